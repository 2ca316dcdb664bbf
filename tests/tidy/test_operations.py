"""docs/operations.md knows every line that says something is wrong, and only what there is."""

import ast
import re
from collections.abc import Iterator

from tests.tidy.sources import ROOT, modules

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
LINES = PAGE[PAGE.index("## Logs") : PAGE.index("## Dead letters")]
SERIES = re.compile(r"`(tandem_[a-z_]+?)(?:_total)?`")
OF_DATABASE = {"tandem_app"}
OF_LIBRARIES = {"Failed to restore the pool connection floor; retrying"}


def _said(*levels: str) -> Iterator[str]:
    """List what is logged at these levels, by the constants it is called with."""
    ours = (module for name, module in modules().items() if not name.startswith("protocol."))
    for module in ours:
        for node in ast.walk(module.tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "log"
                and node.func.attr in levels
                and isinstance(node.args[0], ast.Constant)
            ):
                yield str(node.args[0].value)


def test_every_line_that_says_something_is_wrong_is_explained() -> None:
    shown = [line.rstrip(" …") for line in re.findall(r"`([^`]+)`", LINES)]
    said = set(_said("warning", "error", "exception"))
    assert len(said) > 20
    assert [line for line in said if not any(line.startswith(part) for part in shown)] == []


def test_every_line_that_is_explained_exists() -> None:
    explained = [
        line.rstrip(" …")
        for row in re.findall(r"^\| (`[^|]*`) \|", LINES, re.MULTILINE)
        for line in re.findall(r"`([^`]+)`", row)
    ]
    said = set(_said("info", "warning", "error", "exception")) | OF_LIBRARIES
    assert len(explained) > 20
    assert [line for line in explained if not any(one.startswith(line) for one in said)] == []


def test_every_series_exists() -> None:
    named = set(SERIES.findall(PAGE)) - OF_DATABASE
    observing = "".join(
        module.path.read_text(encoding="utf-8")
        for name, module in modules().items()
        if name.startswith("backend.observability")
    )
    assert len(named) > 10
    assert [name for name in named if name.removeprefix("tandem_") not in observing] == []

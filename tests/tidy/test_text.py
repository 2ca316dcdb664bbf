"""The text of the project: short functions, short files, nothing dead, nothing of one machine."""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.tidy.sources import ROOT, files, imported_by, modules, place, python_files

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 400
LONGER_FILES = {
    "protocol/clients/javascript/tandem.js",  # one ES module, so that no build is needed
}
TEXT = {".cfg", ".css", ".html", ".js", ".json", ".md", ".mjs", ".py", ".sh", ".toml", ".ts"} | {
    ".txt",
    ".yaml",
    ".yml",
    "",
}
LENGTH_COUNTS = {".css", ".html", ".js", ".mjs", ".py"}
FOUND_BY_FOLDER = re.compile(
    r"backend\.(commands\.\w+|domains\.\w+\.(actor|invariants|jobs|privacy|reactions|routes|tables))"
)
"""What `backend.cli` and `backend.rooms` find by itself, and Piccolo by its name."""


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _texts() -> Iterator[tuple[Path, str]]:
    for path in files():
        if path.suffix in TEXT:
            try:
                yield path, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def test_no_function_is_longer_than_a_screen() -> None:
    wrong = [
        f"{place(path)}:{function.lineno} {function.name}"
        for path in python_files()
        for function in _functions(path)
        if (function.end_lineno or 0) - function.lineno >= FUNCTION_LINES_MAX
    ]
    assert not wrong


def test_no_file_is_longer_than_can_be_read_in_one_sitting() -> None:
    wrong = [
        f"{place(path)} has {count} lines"
        for path, text in _texts()
        if path.suffix in LENGTH_COUNTS and place(path) not in LONGER_FILES
        if (count := len(text.splitlines())) > FILE_LINES_MAX
    ]
    assert not wrong


def test_those_that_may_be_longer_are() -> None:
    for name in LONGER_FILES:
        assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) > FILE_LINES_MAX


def test_no_module_is_dead() -> None:
    used = {name for module in modules().values() for name in imported_by(module)}
    said = "\n".join(text for _, text in _texts())
    wrong = [
        place(module.path)
        for name, module in modules().items()
        if name not in used
        and not module.is_package
        and not FOUND_BY_FOLDER.fullmatch(name)
        and not re.search(rf"[\"'\s]{_as_started(name)}[\"':\s]", said)  # started with -m
        and not re.search(rf"with_name\(\"{module.path.name}\"\)", said)  # started by its path
    ]
    assert not wrong


def _as_started(name: str) -> str:
    """Write a module as it is started; a package is, by its own name, for its `__main__`."""
    return re.escape(name.removesuffix(".__main__"))


def _machine_words() -> re.Pattern[str]:
    words = ["/" + "work/", "/" + "root/", "/" + r"home/[a-z]\w*/"]
    registries = ["pypi" + r"\.org", "python" + r"hosted\.org", "registry" + r"\.npmjs\.org"]
    for name in ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "NPM_CONFIG_REGISTRY"):
        host = urlsplit(os.environ.get(name, "")).hostname
        if host:
            registries.append(re.escape(host))
    return re.compile("|".join([*words, *registries]))


def test_nothing_names_a_folder_of_one_machine_or_a_registry() -> None:
    pattern = _machine_words()
    wrong = [
        f"{place(path)}: {found[0]}" for path, text in _texts() if (found := pattern.search(text))
    ]
    assert not wrong


def test_nothing_is_left_for_later() -> None:
    pattern = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    wrong = [
        f"{place(path)}: {found[0]}" for path, text in _texts() if (found := pattern.search(text))
    ]
    assert not wrong


@pytest.mark.parametrize("text", ["see /" + "work/x", "https://pypi" + ".org/simple"])
def test_the_search_for_machines_finds_one(text: str) -> None:
    assert _machine_words().search(text)

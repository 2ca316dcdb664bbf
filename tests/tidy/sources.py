"""The project's own text as the tidy tests see it: files, modules, and who imports whom."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("actors", "backend", "protocol")
ROOMS = "backend.domains"
_SKIPPED = {"__pycache__", "build", "dist", "node_modules"}


@cache
def files() -> tuple[Path, ...]:
    """List every file that belongs to the project, whether it is committed yet or not."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        said = subprocess.run(asked, cwd=ROOT, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return tuple(sorted(_walk(ROOT)))  # an unpacked archive has no history
    return tuple(path for line in said.stdout.splitlines() if (path := ROOT / line).is_file())


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name in _SKIPPED:
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path


def python_files() -> list[Path]:
    """List the Python files."""
    return [path for path in files() if path.suffix == ".py"]


def place(path: Path) -> str:
    """Name a file as a person would."""
    return path.relative_to(ROOT).as_posix()


@dataclass(frozen=True)
class Module:
    """One module of the project."""

    name: str
    path: Path
    tree: ast.Module
    imports: dict[str, str] = field(default_factory=dict)
    """What its names stand for: `store` → `backend.domains.journal.store`."""

    @property
    def is_package(self) -> bool:
        """Tell whether it is an `__init__`."""
        return self.path.name == "__init__.py"


@cache
def modules() -> dict[str, Module]:
    """Read every module of the packages."""
    found = {}
    for path in python_files():
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[0] in PACKAGES:
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found[name] = Module(name, path, tree, _imports_in(tree))
    return found


def _imports_in(tree: ast.Module) -> dict[str, str]:
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def imported_by(module: Module) -> set[str]:
    """List the modules of the project a module imports."""
    return {found for name in module.imports.values() if (found := module_of(name)) is not None}


def module_of(name: str) -> str | None:
    """Find the module in which something with this full name stands."""
    known = modules()
    while name:
        if name in known:
            return name
        name = name.rpartition(".")[0]
    return None


def room_of(name: str) -> str | None:
    """Name the room a module belongs to."""
    return name.split(".")[2] if name.startswith(f"{ROOMS}.") else None


def file_of(name: str) -> str:
    """Name the file of a room a module is: `rules` for `backend.domains.journal.rules`."""
    parts = name.split(".")
    return parts[3] if len(parts) > 3 else "__init__"


def in_rooms() -> list[Module]:
    """List the modules of all rooms."""
    return [module for name, module in modules().items() if room_of(name)]

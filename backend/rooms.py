"""The rooms: found by their folders, so that a new one changes no list."""

import importlib
import importlib.util
import pkgutil
from functools import cache
from types import ModuleType
from typing import Any

from backend import domains
from backend.persistence import privacy
from backend.persistence.personal_data import Catalogue


@cache
def names() -> tuple[str, ...]:
    """List the rooms there are."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(domains.__path__)))


@cache
def modules(file: str) -> tuple[ModuleType, ...]:
    """Import one of the fixed files of every room that has it."""
    paths = [f"{domains.__name__}.{room}.{file}" for room in names()]
    there = [path for path in paths if importlib.util.find_spec(path) is not None]
    return tuple(importlib.import_module(path) for path in there)


def words() -> list[ModuleType]:
    """Import the words of every room: what clients say and hear, what actors tell each other."""
    return [*modules("messages"), *modules("tells")]


def offered(name: str) -> list[Any]:
    """Gather what rooms offer to the house under an agreed name, in the rooms' order."""
    found = [importlib.import_module(f"{domains.__name__}.{room}") for room in names()]
    return [getattr(room, name) for room in found if hasattr(room, name)]


def catalogue() -> Catalogue:
    """Gather what the engine and the rooms say of personal data."""
    found = {module.__name__.split(".")[-2]: module for module in [privacy, *modules("privacy")]}
    return Catalogue({room: module.PERSONAL_DATA for room, module in found.items()})

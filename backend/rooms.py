"""The rooms: found by their folders, so that a new one changes no list."""

import importlib
import importlib.util
import pkgutil
from types import ModuleType
from typing import Any

from backend import domains
from backend.persistence import privacy
from backend.persistence.personal_data import Catalogue


def names() -> list[str]:
    """List the rooms there are."""
    return sorted(found.name for found in pkgutil.iter_modules(domains.__path__))


def modules(file: str) -> list[ModuleType]:
    """Import one of the fixed files of every room that has it."""
    found = []
    for room in names():
        path = f"{domains.__name__}.{room}.{file}"
        if importlib.util.find_spec(path) is not None:
            found.append(importlib.import_module(path))
    return found


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

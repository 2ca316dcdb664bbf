"""What Piccolo looks for: the engine, and the registry of every app that has tables.

Nothing imports this but Piccolo itself: it imports the tables of every room.
"""

import pkgutil
from pathlib import Path

from piccolo.conf.apps import AppRegistry

from backend.persistence.engine import DB

_DOMAINS = Path(__file__).parent.parent / "domains"


def _apps() -> list[str]:
    """Name the tables of the engine and of every room."""
    rooms = sorted(
        found.name
        for found in pkgutil.iter_modules([str(_DOMAINS)])
        if (_DOMAINS / found.name / "tables.py").exists()
    )
    return ["backend.persistence.tables", *(f"backend.domains.{room}.tables" for room in rooms)]


APP_REGISTRY = AppRegistry(apps=_apps())

__all__ = ["APP_REGISTRY", "DB"]

"""The Piccolo engine every table of the process is bound to, and the registry of its apps.

Piccolo finds both here (PICCOLO_CONF names this module). The engine is told where the database is
when `Database.open` is called, so that importing a table never connects to anything.
"""

import os
import pkgutil
from pathlib import Path

from piccolo.conf.apps import AppRegistry
from piccolo.engine.postgres import PostgresEngine

os.environ.setdefault("PICCOLO_CONF", __name__)

DB = PostgresEngine(config={})

_DOMAINS = Path(__file__).parent.parent / "domains"


def rooms() -> list[str]:
    """List the rooms there are: every folder of `backend/domains` that has tables."""
    return sorted(
        found.name
        for found in pkgutil.iter_modules([str(_DOMAINS)])
        if (_DOMAINS / found.name / "tables.py").exists()
    )


APP_REGISTRY = AppRegistry(
    apps=["backend.persistence.tables", *(f"backend.domains.{room}.tables" for room in rooms())]
)

"""The Piccolo engine every table of the process is bound to.

It is told where the database is when `Database.open` is called, so that importing a table never
connects to anything.
"""

import os

from piccolo.engine.postgres import PostgresEngine

os.environ.setdefault("PICCOLO_CONF", "backend.persistence.piccolo_conf")

DB = PostgresEngine(config={})

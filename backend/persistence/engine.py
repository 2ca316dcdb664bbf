"""The Piccolo engine every table of the process is bound to.

It is told where the database is when `Database.open` is called, so that importing a table never
connects to anything.
"""

import os

from piccolo.engine.postgres import PostgresEngine

from backend.persistence.transaction import Transaction

os.environ.setdefault("PICCOLO_CONF", "backend.persistence.piccolo_conf")


class LateEngine(PostgresEngine):
    """An engine that does not ask the server for its version when it is made."""

    async def check_version(self) -> None:
        """Wait: where the server is, is not known yet."""

    def transaction(self, allow_nested: bool = True) -> Transaction:  # noqa: FBT001, FBT002 - theirs
        """Begin something that is done as one."""
        return Transaction(self, allow_nested)


DB = LateEngine(config={})

"""The Piccolo engine every table of the process is bound to.

It is told where the database is when `Database.open` is called, so that importing a table never
connects to anything.
"""

import os

from asyncpg import Connection
from piccolo.engine.postgres import PostgresEngine

from backend.persistence.hosts import connect
from backend.persistence.transaction import Transaction

os.environ.setdefault("PICCOLO_CONF", "backend.persistence.piccolo_conf")


class LateEngine(PostgresEngine):
    """An engine that does not ask the server for its version when it is made."""

    async def check_version(self) -> None:
        """Wait: where the server is, is not known yet."""

    async def get_new_connection(self) -> Connection:
        """Open a connection beside the pool; migrations do."""
        connection: Connection = await connect(**self.config)
        return connection

    def transaction(self, allow_nested: bool = True) -> Transaction:  # noqa: FBT001, FBT002 - theirs
        """Begin something that is done as one."""
        return Transaction(self, allow_nested)

    def one_moment(self) -> Transaction:
        """Begin to read what is so at one moment; not within another transaction."""
        transaction = Transaction(self, allow_nested=False)
        transaction.reads_one_moment = True
        return transaction


DB = LateEngine(config={})

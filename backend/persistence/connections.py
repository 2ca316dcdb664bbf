"""The connection of a lane: opened anew when lost, and able to learn how a lost commit ended."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

from backend.persistence.database import Database
from backend.persistence.guards import Connection
from backend.persistence.sqlstate import CONNECTION_PROBLEMS, Unreachable, ends_session, words_of

log = structlog.get_logger()

END_OF_BACKEND_S = 10.0
PREPARED_WITHIN_S = 30.0
"""The tables of many days may have to be made."""
ROLLED_BACK_WITHIN_S = 1.0
_POLL_S = 0.02


class LaneConnection:
    """One session, prepared for batches."""

    def __init__(
        self, database: Database, name: str, prepare: Callable[[Connection], Awaitable[None]]
    ) -> None:
        """Name it; `prepare` is run on every new session before it is used."""
        self._database = database
        self._name = name
        self._prepare = prepare
        self._connection: Connection | None = None
        self._backend_pid = 0

    async def ready(self) -> Connection:
        """Give an open session. Raises Unreachable."""
        if self._connection is None or self._connection.is_closed():
            try:
                self._connection = await self._open()
            except CONNECTION_PROBLEMS as problem:
                raise Unreachable(words_of(problem)) from problem
        return self._connection

    async def _open(self) -> Connection:
        connection = await self._database.connection(self._name)
        # Batches vary in size only: one plan serves all, and a changed estimate is no surprise.
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        # Every row is found by its key, one by one. A table whose rows come and go, such as `tell`,
        # may look empty when the plan is made, and be long of dead rows when it is used.
        for way in ("seqscan", "hashjoin", "mergejoin"):
            await connection.execute(f"SET enable_{way} = off")
        await connection.execute("SET synchronous_commit = on")
        if connection.get_server_version().major >= 17:  # noqa: PLR2004 - where it came
            await connection.execute("SET transaction_timeout = '30s'")
        await self._prepare(connection)
        self._backend_pid = connection.get_server_pid()
        return connection

    def is_lost(self, problem: Exception) -> bool:
        """Tell whether the session ended with this error, or may have."""
        if self._connection is None or self._connection.is_closed():
            return True
        if isinstance(problem, asyncpg.PostgresError):
            return ends_session(problem)
        return isinstance(problem, OSError | TimeoutError | asyncpg.InternalClientError)

    async def roll_back(self) -> None:
        """Take back what is not committed; a session that cannot do it is let go of."""
        connection = self._connection
        if connection is None or connection.is_closed() or not connection.is_in_transaction():
            return
        try:
            await connection.execute("ROLLBACK", timeout=ROLLED_BACK_WITHIN_S)
        except CONNECTION_PROBLEMS:
            self.drop()

    def drop(self) -> None:
        """Let go of the session without a word; the next batch opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def close(self) -> None:
        """Say goodbye."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            await connection.close()

    async def has_committed(self, xid: str) -> bool:
        """Learn how a transaction ended whose COMMIT was not answered.

        First the end of its backend is made a fact, so that it cannot commit after we have looked.
        Waits as long as the database is away: until it is known, nobody may go on.
        """
        lost_pid = self._backend_pid
        self.drop()
        while True:
            try:
                return await self._look_up(xid, lost_pid)
            except (*CONNECTION_PROBLEMS, Unreachable) as problem:
                log.warning("how a commit ended is not known yet", problem=words_of(problem))
                self.drop()
                await asyncio.sleep(0.2)

    async def _look_up(self, xid: str, lost_pid: int) -> bool:
        connection = await self.ready()
        # Only the role that signed in may see and end its sessions, not the one it has taken on.
        await connection.execute("SET ROLE NONE")
        try:
            return await self._end_of(connection, xid, lost_pid)
        finally:
            self.drop()

    async def _end_of(self, connection: Connection, xid: str, lost_pid: int) -> bool:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + END_OF_BACKEND_S
        while await connection.fetchval(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid = $1 AND backend_xid = $2::text::xid8::xid",
            lost_pid,
            xid,
        ):
            if loop.time() > deadline:
                break
            await asyncio.sleep(_POLL_S)
        try:
            status = await connection.fetchval("SELECT pg_xact_status($1::text::xid8)", xid)
        except asyncpg.InvalidParameterValueError:
            # Not yet begun, says this server: it is another one, or was restored, and never saw it.
            return False
        if status == "in progress":
            message = "the lost transaction is still running"
            raise Unreachable(message)
        return bool(status == "committed")

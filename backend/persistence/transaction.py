"""Transactions on pooled connections: however one ends, its connection finds back to the pool.

Piccolo's own (1.36) waits for a connection without limit, and keeps it when BEGIN, COMMIT or
ROLLBACK is not answered.
"""

import asyncio
from types import TracebackType
from typing import Self, cast

import asyncpg
from piccolo.engine.postgres import PostgresTransaction

from backend.persistence.answering import is_away, say_away, temporary, temporary_when_away
from backend.persistence.pooled import give_back, let_go, take
from backend.persistence.sqlstate import CONNECTION_PROBLEMS, ends_session
from protocol.common import Temporary, TimedOut


class Transaction(PostgresTransaction):
    """What is done inside is committed together when the block ends well, else not at all.

    Raises Temporary when the database is away; TimedOut when it did not answer the COMMIT, so that
    nobody is told that nothing was changed who cannot know.
    """

    reads_one_moment = False
    """Whether it only reads, and all of it as it was at one moment."""

    async def begin(self) -> None:
        """Begin, with one statement in any case."""
        if self.reads_one_moment:
            self.transaction = self.connection.transaction(
                isolation="repeatable_read", readonly=True
            )
        await self.transaction.start()

    async def __aenter__(self) -> Self:
        """Begin, or join the transaction that was begun further out."""
        if self._parent is not None or self.engine.pool is None:
            return cast("Self", await super().__aenter__())
        self.connection = await take(self.engine.pool)
        try:
            self.transaction = self.connection.transaction()
            with temporary_when_away(self.connection):
                await self.begin()
        except BaseException:
            let_go(self.connection)
            await give_back(self.engine.pool, self.connection)
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Commit, or take back; the one who began does it."""
        if self._parent is not None or self.engine.pool is None:
            return bool(await super().__aexit__(kind, problem, trace))
        try:
            if problem is None:
                await self._commit_within_limits()
            else:
                await self._take_back(problem)
        finally:
            self.engine.current_transaction.reset(self.context)
            await give_back(self.engine.pool, self.connection)
        return False

    async def _commit_within_limits(self) -> None:
        if self._committed or self._rolled_back:
            return
        loop = asyncio.get_running_loop()
        begun_at = loop.time()
        try:
            await self.commit()  # type: ignore[no-untyped-call]  # Piccolo says no types
        except CONNECTION_PROBLEMS as problem:
            is_lost = is_away(problem, self.connection)
            let_go(self.connection)
            if not is_lost:
                raise
            if isinstance(problem, asyncpg.PostgresError) and not ends_session(problem):
                raise temporary(problem) from problem
            say_away(problem)
            raise TimedOut(waited_ms=int((loop.time() - begun_at) * 1000)) from problem

    async def _take_back(self, problem: BaseException) -> None:
        """Roll back. Raises Temporary where it was for want of the database that this must be."""
        if isinstance(problem, Temporary):
            let_go(self.connection)
        elif isinstance(problem, CONNECTION_PROBLEMS) and is_away(problem, self.connection):
            let_go(self.connection)
            raise temporary(problem) from problem
        else:
            try:
                await self.rollback()  # type: ignore[no-untyped-call]
            except CONNECTION_PROBLEMS:
                let_go(self.connection)

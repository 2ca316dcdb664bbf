"""The sessions of a lane: opened anew when lost, and able to learn how a lost commit ended."""

import asyncio

import asyncpg
import structlog

from backend.persistence.ports import Mark, OpenSession, Session
from backend.persistence.sqlstate import CONNECTION_PROBLEMS, Unreachable, ends_session, words_of

log = structlog.get_logger()

END_OF_BACKEND_S = 10.0
ROLLED_BACK_WITHIN_S = 1.0
_POLL_S = 0.02


class Sessions:
    """One session at a time."""

    def __init__(self, open_session: OpenSession, name: str) -> None:
        """Name them; nothing is connected yet."""
        self._open_session = open_session
        self._name = name
        self._session: Session | None = None
        self._pid = 0

    async def ready(self) -> Session:
        """Give an open session. Raises Unreachable."""
        if self._session is None or self._session.is_closed:
            try:
                self._session = await self._open_session(self._name)
            except CONNECTION_PROBLEMS as problem:
                raise Unreachable(words_of(problem)) from problem
            self._pid = self._session.pid
        return self._session

    def is_lost(self, problem: Exception) -> bool:
        """Tell whether the session ended with this error, or may have."""
        if self._session is None or self._session.is_closed:
            return True
        if isinstance(problem, asyncpg.PostgresError):
            return ends_session(problem)
        return isinstance(problem, OSError | TimeoutError | asyncpg.InternalClientError)

    async def roll_back(self) -> None:
        """Take back what is not committed; a session that cannot do it is let go of."""
        session = self._session
        if session is None or session.is_closed or not session.is_in_transaction:
            return
        try:
            await session.roll_back(within_s=ROLLED_BACK_WITHIN_S)
        except CONNECTION_PROBLEMS:
            self.drop()

    def drop(self) -> None:
        """Let go of the session without a word; the next batch opens another."""
        session, self._session = self._session, None
        if session is not None:
            session.terminate()

    async def close(self) -> None:
        """Say goodbye."""
        session, self._session = self._session, None
        if session is not None and not session.is_closed:
            await session.close()

    async def has_committed(self, mark: Mark) -> bool:
        """Learn how a transaction ended whose COMMIT was not answered.

        First the end of its backend is made a fact, so that it cannot commit after we have looked.
        Waits as long as the database is away: until it is known, nobody may go on. Where nobody
        can tell any more it is said not to have: who tries again finds at the fence how it is.
        """
        lost_pid = self._pid
        self.drop()
        while True:
            try:
                return await self._look_up(mark, lost_pid)
            except (*CONNECTION_PROBLEMS, Unreachable) as problem:
                log.warning("how a commit ended is not known yet", problem=words_of(problem))
                self.drop()
                await asyncio.sleep(0.2)

    async def _look_up(self, mark: Mark, lost_pid: int) -> bool:
        session = await self.ready()
        await session.step_out_of_role()
        try:
            return await _has_committed(session, mark, lost_pid)
        finally:
            self.drop()


async def _has_committed(session: Session, mark: Mark, lost_pid: int) -> bool:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + END_OF_BACKEND_S
    while await session.end_other(lost_pid, mark.xid):
        if loop.time() > deadline:
            break
        await asyncio.sleep(_POLL_S)
    if await session.is_running(mark.xid):
        message = "the lost transaction is still running"
        raise Unreachable(message)
    return await session.has_left(mark)

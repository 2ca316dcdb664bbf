"""A session of a lane with the simulated database."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from actors.outcome import Stored
from backend.persistence.guards import Question
from backend.persistence.outbox import OutboxJob
from backend.persistence.plan import Plan
from backend.persistence.ports import Mark, Opened, Row
from backend.persistence.session import COMMITTED_WITHIN_S
from backend.persistence.tells import Sent
from tests.simulation import statements
from tests.simulation.connecting import Connection, Database
from tests.simulation.server import Backend
from tests.simulation.statements import Broken, Opening, Writing, take_from_purse
from tests.simulation.transactions import End, Running
from tests.support.counter import TAKE


async def open_session(
    database: Database, broken: Collection[Broken], name: str
) -> "SimulatedSession":
    """Open a session for batches. Raises OSError or TimeoutError."""
    return SimulatedSession(await database.connection(name), broken)


class Asking:
    """The connection as guards see it: it knows the one statement that the counter's asks."""

    def __init__(self, connection: Connection) -> None:
        """Ask over this one."""
        self._connection = connection

    async def fetchval(self, query: str, purse: UUID, wanted: int) -> Any:
        """Take from a purse."""
        assert query == TAKE
        return await self._connection.ask(take_from_purse(purse, wanted))


class SimulatedSession:
    """Implements `backend.persistence.ports.Session`."""

    def __init__(self, connection: Connection, broken: Collection[Broken]) -> None:
        """Take over a connection that is open."""
        self.connection = Asking(connection)
        self._connection = connection
        self._broken = broken
        self.is_in_transaction = False

    @property
    def pid(self) -> int:
        """By which the database knows it."""
        return self._connection.pid

    @property
    def is_closed(self) -> bool:
        """Tell whether it has ended."""
        return self._connection.is_closed()

    async def begin(self) -> None:
        """Begin a transaction, unless one is begun."""
        if not self.is_in_transaction:
            await self._connection.ask(statements.begin)
            self.is_in_transaction = True

    async def open(
        self, plans: Sequence[Plan], node_id: UUID, questions: Sequence[Question]
    ) -> tuple[Opened, list[list[Row]]]:
        """Fence the turns, store outcomes, delete tells; no guard here has a question."""
        assert not questions
        opened: Opened = await self._connection.ask(Opening(plans, node_id, self._broken))
        return opened, []

    async def write(
        self, plans: Sequence[Plan], sent: Sent, jobs: list[OutboxJob], now: datetime
    ) -> None:
        """Write the rows of all turns; no turn here wants a job done."""
        assert not jobs
        await self._connection.ask(Writing(plans, sent, now))

    async def check(self) -> None:
        """Nothing is left to be checked at the commit."""

    async def commit(self) -> None:
        """Make it durable, and begin the next transaction."""
        await self._connection.ask(statements.commit, COMMITTED_WITHIN_S)

    async def roll_back(self, within_s: float | None = None) -> None:
        """Take back what is not committed."""
        await self._connection.ask(statements.roll_back, within_s)
        self.is_in_transaction = False

    async def stored(self, ids: Collection[UUID]) -> dict[UUID, Stored]:
        """Read the outcomes that are known of commands."""
        found: dict[UUID, Stored] = await self._connection.ask(partial(_stored, ids))
        return found

    async def waiting(self, ids: Collection[UUID]) -> set[UUID]:
        """Tell which of these tells nobody has heard yet."""
        found: set[UUID] = await self._connection.ask(partial(_waiting, ids))
        return found

    async def step_out_of_role(self) -> None:
        """There are no roles here."""

    async def end_other(self, pid: int, xid: str) -> bool:
        """Have the session end that works on a transaction; False when there is none."""
        return bool(await self._connection.ask(partial(_end_other, pid, xid)))

    async def is_running(self, xid: str) -> bool:
        """Tell whether a transaction is still under way."""
        return bool(await self._connection.ask(partial(_end_of, xid)) is End.IN_PROGRESS)

    async def has_left(self, mark: Mark) -> bool:
        """Tell whether the transaction has committed, by what it leaves."""
        if Broken.UNANSWERED in self._broken:
            return True
        if Broken.NUMBER in self._broken:
            return bool(await self._connection.ask(partial(_end_of, mark.xid)) is End.COMMITTED)
        return bool(await self._connection.ask(partial(_has_left, mark)))

    def terminate(self) -> None:
        """Let go of it without a word."""
        self._connection.terminate()

    async def close(self) -> None:
        """Say goodbye."""
        self._connection.terminate()


def _stored(ids: Collection[UUID], backend: Backend) -> Running:
    outcomes = backend.server.tables.outcomes
    yield from ()
    return {known: outcomes[known] for known in ids if known in outcomes}


def _waiting(ids: Collection[UUID], backend: Backend) -> Running:
    tells = backend.server.tables.tells
    yield from ()
    return {waiting for waiting in ids if waiting in tells}


def _end_other(pid: int, xid: str, backend: Backend) -> Running:
    other = backend.server.backends.get(pid)
    yield from ()
    if other is None or other.transaction is None or other.transaction.xid != xid:
        return False
    other.terminate()
    return True


def _has_left(mark: Mark, backend: Backend) -> Running:
    tables = backend.server.tables
    yield from ()
    return any(
        tables.head(address).version == version and tables.written_by[address] == mark.xid
        for address, version in mark.versions.items()
    )


def _end_of(xid: str, backend: Backend) -> Running:
    yield from ()
    return backend.server.ends[xid].end

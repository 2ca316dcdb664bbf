"""What is read of the simulated database: actors, the log of events, tells that were left."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from actors.letter import TellLetter
from actors.part import AnyPart
from actors.ports import Loaded
from backend.persistence.database import Record
from backend.persistence.event_log import Logged
from backend.persistence.left_tells import BROUGHT_AT_ONCE_MAX, LEASE
from backend.persistence.sqlstate import CONNECTION_PROBLEMS
from backend.persistence.tells import LOADED_AT_ONCE_MAX, TellReader, parts_of
from backend.persistence.work import Work
from protocol.address import Address, key_of
from protocol.common import Temporary
from protocol.position import Position
from tests.simulation.connecting import Connection, Database
from tests.simulation.server import Backend
from tests.simulation.tables import Tables, TellRow
from tests.simulation.transactions import Running

_T = TypeVar("_T")
_moment: ContextVar["Moment | None"] = ContextVar("moment", default=None)


class Pool:
    """The connections of a node over which it reads."""

    def __init__(self, database: Database) -> None:
        """Begin with none."""
        self._database = database
        self._free: list[Connection] = []

    async def ask(self, look: Callable[[Tables], _T]) -> _T:
        """Look at the tables, or change them at once. Raises Temporary."""

        def run(backend: Backend) -> Running:
            yield from ()
            return look(backend.server.tables)

        try:
            self._free = [kept for kept in self._free if not kept.is_closed()]
            connection = (
                self._free.pop() if self._free else await self._database.connection("tandem reader")
            )
            try:
                found: _T = await connection.ask(run)
            except BaseException:
                connection.terminate()
                raise
        except CONNECTION_PROBLEMS as problem:
            raise Temporary(why="the database is away") from problem
        self._free.append(connection)
        return found


class SimulatedStore:
    """Implements `actors.ports.Store`."""

    def __init__(self, pool: Pool, tells: TellReader) -> None:
        """Read over these connections."""
        self._pool = pool
        self._tells = tells

    def new_work(self) -> Work:
        """Begin what one command wants written."""
        return Work()

    async def load(
        self, wanted: Mapping[Address, Collection[AnyPart]], waking: Collection[Address]
    ) -> Mapping[Address, Loaded]:
        """Read Parts of many actors as they are at one moment; of those `waking`, their tells."""

        def look(tables: Tables) -> dict[Address, Loaded]:
            return {
                address: Loaded(
                    tables.head(address),
                    dict.fromkeys(parts, tables.total(key_of(address))),
                    self._waiting_for(tables, address) if address in waking else (),
                )
                for address, parts in wanted.items()
            }

        return await self._pool.ask(look)

    def _waiting_for(self, tables: Tables, receiver: Address) -> tuple[TellLetter, ...]:
        rows = [row for row in tables.tells.values() if row.receiver == receiver and not row.tries]
        rows.sort(key=lambda row: row.id)
        return tuple(self._tells.letter_of(row.record()) for row in rows[:LOADED_AT_ONCE_MAX])


class Moment:
    """The log as it was when somebody began to read."""

    def __init__(self, tables: Tables) -> None:
        """Keep it; what is logged is never changed."""
        self.heads = {topic: Position(h.generation, h.seq) for topic, h in tables.heads.items()}
        self.events = {topic: list(events) for topic, events in tables.events.items()}


class SimulatedLog:
    """Implements `backend.fanout.ports.EventLog`."""

    def __init__(self, pool: Pool) -> None:
        """Read over these connections."""
        self._pool = pool

    @asynccontextmanager
    async def one_moment(self) -> AsyncIterator[None]:
        """Have every read inside see the same moment. Raises Temporary."""
        token = _moment.set(await self._pool.ask(Moment))
        try:
            yield
        finally:
            _moment.reset(token)

    async def heads_of(self, topics: Sequence[str]) -> dict[str, Position]:
        """Read where topics stand."""
        heads = _now().heads
        return {topic: heads.get(Address(topic), Position(1, 0)) for topic in topics}

    async def read_after(self, topic: str, position: Position, count_max: int) -> list[Logged]:
        """Read the events of a topic behind a position."""
        events = _now().events.get(Address(topic), [])
        return [event for event in events if event.number > position.number][:count_max]


def _now() -> Moment:
    moment = _moment.get()
    assert moment is not None, "the log is read within a moment"
    return moment


class SimulatedLeftTells:
    """Implements `backend.persistence.ports.LeftTells`."""

    def __init__(self, pool: Pool) -> None:
        """Read and write over these connections."""
        self._pool = pool

    async def claim(
        self, now: datetime, *, sent_before: datetime, woken: Collection[Address]
    ) -> list[Record]:
        """Claim tells that wait, oldest first."""

        def is_due(row: TellRow) -> bool:
            if row.retry_at is not None:
                return row.retry_at <= now
            return row.sent_at <= sent_before or row.receiver in woken

        def look(tables: Tables) -> list[Record]:
            due = sorted((row for row in tables.tells.values() if is_due(row)), key=_by_id)
            for row in due[:BROUGHT_AT_ONCE_MAX]:
                row.retry_at = now + LEASE
            return [row.record() for row in due[:BROUGHT_AT_ONCE_MAX]]

        return await self._pool.ask(look)

    async def set_aside(self, tell_id: UUID, tries: int, retry_at: datetime) -> None:
        """Have a tell brought again later, alone."""

        def change(tables: Tables) -> None:
            row = tables.tells.get(tell_id)
            if row is not None:
                row.tries, row.retry_at = tries, retry_at

        await self._pool.ask(change)

    async def take_apart(self, letter: TellLetter, now: datetime) -> None:
        """Make each tell of a letter a row of its own."""

        def change(tables: Tables) -> None:
            gone = tables.tells.pop(letter.id, None)
            if gone is not None:
                for part_id, tells in parts_of(letter):
                    row = TellRow(part_id, gone.receiver, tells, gone.sent_at, gone.tries, now)
                    tables.tells[part_id] = row

        await self._pool.ask(change)

    async def bury(self, tell_id: UUID, tries: int, reason: str, now: datetime) -> Address | None:
        """Make a tell a dead letter."""
        del tries, now

        def change(tables: Tables) -> Address | None:
            gone = tables.tells.pop(tell_id, None)
            if gone is None:
                return None
            tables.dead_letters.append((gone.receiver, reason))
            return gone.receiver

        return await self._pool.ask(change)


def _by_id(row: TellRow) -> UUID:
    return row.id

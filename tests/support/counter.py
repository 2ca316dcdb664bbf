"""A room for tests of the engine: counters, and purses that may not go below nothing."""

from collections.abc import Mapping, Sequence
from typing import ClassVar
from uuid import UUID, uuid4

import msgspec
from piccolo.columns import UUID as UUIDColumn  # noqa: N811 - a column type beside the value's
from piccolo.columns import Integer, Varchar
from piccolo.table import Table

from actors.kind import ActorKind
from actors.outcome import Outcome
from actors.part import Load, Part
from actors.principal import Principal
from actors.turn import Turn
from backend.persistence.database import Record, fetch
from backend.persistence.guards import Connection, Guarded, Verdict
from protocol.address import address_of, key_of
from protocol.ids import uuid7
from protocol.messages import Answer, Command, Event, Query, Tell
from protocol.refusals import Refusal, Refused
from tests.support.clock import FakeClock

COUNTER = ActorKind("counter")
BY_MAX = 999
"""What the table takes; the rules know nothing of it."""
BY_ALLOWED_MAX = 100
A_BUG = 13
NOT_FIRST = 77
"""Refused for the moment, as long as the counter stands at nothing."""

SQL = f"""
CREATE TABLE IF NOT EXISTS test_count (
    id uuid PRIMARY KEY,
    counter uuid NOT NULL,
    by integer NOT NULL CHECK (by <= {BY_MAX}),
    note varchar(50)
);
CREATE TABLE IF NOT EXISTS test_purse (id uuid PRIMARY KEY, held integer NOT NULL);
GRANT SELECT, INSERT, UPDATE, DELETE ON test_count, test_purse TO tandem_app;
"""


TAKE = "UPDATE test_purse SET held = held - $2 WHERE id = $1 AND held >= $2 RETURNING 1"


class Count(Table, tablename="test_count"):
    """One step of a counter."""

    id = UUIDColumn(primary_key=True)
    counter = UUIDColumn()
    by = Integer()
    note = Varchar(length=50, null=True)


class Total(msgspec.Struct, frozen=True):
    """What the counter stands at."""

    value: int = 0
    heard: int = 0


class Counted(Event, frozen=True, tag="test.counted"):
    """The counter moved."""

    value: int


class HeardOf(Event, frozen=True, tag="test.heard"):
    """Another counter moved."""

    conflated: ClassVar[bool] = True
    heard: int


class TooMuch(Refusal):
    """The rules say no."""

    code = "test.too_much"
    sentence = "{by} is too much."
    by: int


class NotYet(Refusal):
    """The rules say: later."""

    code = "test.not_yet"
    sentence = "Count something smaller first."
    temporary = True


class PurseEmpty(Refusal):
    """The database says no."""

    code = "test.purse_empty"
    sentence = "The purse holds less than {wanted}."
    wanted: int


class Add(Command, frozen=True, tag="test.add"):
    """Move the counter."""

    actor: ClassVar = "counter"
    reply: ClassVar = Counted
    refusals: ClassVar = (TooMuch, NotYet, PurseEmpty)
    by: int
    purse: UUID | None = None
    let_know: UUID | None = None
    note: str | None = None


class Value(Answer, frozen=True, tag="test.value"):
    """What the counter stands at."""

    value: int
    heard: int


class Read(Query, frozen=True, tag="test.read"):
    """Ask what the counter stands at."""

    actor: ClassVar = "counter"
    reply: ClassVar = Value


class Moved(Tell, frozen=True, tag="test.moved"):
    """Another counter moved."""

    actor: ClassVar = "counter"
    by: int


class Purse:
    """A guard: takes from a purse that may not go below nothing."""

    name = "purse"

    def question(self, guarded: Sequence[Guarded]) -> None:
        """Ask nothing beforehand."""

    async def judge(
        self, connection: Connection, guarded: Sequence[Guarded], rows: Sequence[Record]
    ) -> Verdict:
        """Take one after the other, in order."""
        del rows
        verdict = Verdict()
        for found in guarded:
            purse, wanted = found.item
            took = await connection.fetchval(TAKE, purse, wanted)
            if not took:
                verdict.failures.append((found, PurseEmpty(wanted=wanted)))
        return verdict


PURSE = Purse()


async def load_from_table(keys: Sequence[UUID]) -> Mapping[UUID, Total]:
    """Read what counters stand at."""
    rows = await fetch(
        "SELECT counter, sum(by) AS value, count(*) FILTER (WHERE note = 'heard') AS heard "
        "FROM test_count WHERE counter = ANY($1) GROUP BY counter",
        list(keys),
    )
    return {row["counter"]: Total(row["value"], row["heard"]) for row in rows}


def counted(state: Total, event: Counted) -> Total:
    """Follow a step of one's own."""
    return Total(event.value, state.heard)


def heard_of(state: Total, event: HeardOf) -> Total:
    """Follow what another one did."""
    return Total(state.value, event.heard)


def add(command: Add, total: Total, turn: Turn) -> Counted:
    """Move the counter."""
    if command.by == A_BUG:
        raise RuntimeError(f"{A_BUG} is a bug")
    if BY_ALLOWED_MAX < command.by <= BY_MAX:
        raise TooMuch(by=command.by)
    if command.by == NOT_FIRST and not total.value:
        raise NotYet
    key = key_of(turn.address)
    turn.work.insert(Count, id=turn.command_id, counter=key, by=command.by, note=command.note)
    if command.purse is not None:
        turn.work.guard(PURSE, (command.purse, command.by))
    if command.let_know is not None:
        turn.work.tell(address_of("counter", command.let_know), Moved(by=command.by))
    return turn.publish(Counted(value=total.value + command.by))


def read(_query: Read, total: Total, _turn: Turn) -> Value:
    """Say what it stands at."""
    return Value(value=total.value, heard=total.heard)


def moved(tell: Moved, total: Total, turn: Turn) -> None:
    """Note that another one moved."""
    if tell.by == -A_BUG:
        raise RuntimeError(f"{-A_BUG} is a bug when told")
    key = key_of(turn.address)
    turn.work.insert(Count, id=turn.new_id(), counter=key, by=0, note="heard")
    turn.publish(HeardOf(heard=total.heard + 1))


def make_part(load: Load[Total] = load_from_table) -> Part[Total]:
    """Make the counter's Part; each test has its own."""
    total = Part("total", of=COUNTER, empty=Total(), load=load)
    total.evolves(Counted)(counted)
    total.evolves(HeardOf)(heard_of)
    total.handles(Add)(add)
    total.handles(Read)(read)
    total.hears(Moved)(moved)
    return total


ANNA = Principal(uuid4())
BEN = Principal(uuid4())


def new_id(clock: FakeClock) -> UUID:
    """Make the id of a command that is given now."""
    return uuid7(int(clock.now().timestamp() * 1000))


def value_of(outcome: Outcome) -> int:
    """Read what a granted outcome says."""
    assert outcome.granted, outcome.body
    return int(msgspec.json.decode(outcome.body)["value"])


def refused_of(outcome: Outcome) -> Refused:
    """Read why an outcome was refused."""
    assert not outcome.granted, outcome.body
    return msgspec.json.decode(outcome.body, type=Refused)


def code_of(outcome: Outcome) -> str:
    """Read the code of a refusal."""
    return refused_of(outcome).code

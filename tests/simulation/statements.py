"""The statements of a batch, as PostgreSQL runs them: what is seen, what is locked, in what order.

opening: UPDATE head … WHERE version = …   sees the heads of when it began; where another
                                           transaction has the row it waits, and judges anew
         INSERT … ON CONFLICT DO NOTHING   waits for whoever inserts the same, then leaves it
         DELETE FROM tell                  waits for whoever deletes the same
         shard … owner = …                 as it was when the statement began, however long it
                                           has waited
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, cast
from uuid import UUID

import asyncpg
import msgspec

from actors.outcome import Stored
from actors.ports import Head
from backend.persistence.event_log import Logged
from backend.persistence.plan import Plan
from backend.persistence.ports import Opened
from backend.persistence.tells import Sent
from backend.persistence.work import Insert
from protocol.address import Address
from tests.simulation.server import Backend
from tests.simulation.tables import Fenced, TellRow
from tests.simulation.transactions import End, Running, Transaction
from tests.support.counter import BY_MAX


class Broken(Enum):
    """What a test may take out of the database, to see that it is missed."""

    VERSION = "the fence asks for no version"
    OWNER = "the fence asks for no owner"
    OUTCOMES = "outcomes known before are not noticed"
    TELLS = "tells heard before are not noticed"
    UNANSWERED = "a commit that is not answered is taken for done"
    NUMBER = "a transaction is known again by its number alone"


def begin(backend: Backend) -> Running:
    """BEGIN."""
    backend.begin_transaction()
    yield from ()


def roll_back(backend: Backend) -> Running:
    """ROLLBACK."""
    backend.end_transaction(End.ABORTED)
    backend.is_failed = False
    yield from ()


def commit(backend: Backend) -> Running:
    """COMMIT, which takes a while and is not interrupted; then BEGIN."""
    _transaction(backend)
    backend.server.reached("the beginning of its COMMIT", backend.pid)
    random = backend.server.random
    yield random.uniform(0.0005, 0.004) if random.random() < 0.95 else random.uniform(0.0, 0.5)
    backend.end_transaction(End.COMMITTED)
    backend.begin_transaction()
    backend.server.reached("the end of its COMMIT", backend.pid)


def _transaction(backend: Backend) -> Transaction:
    if backend.transaction is None:
        raise asyncpg.InFailedSQLTransactionError("current transaction is aborted")
    return backend.transaction


class Opening:
    """The opening of a batch."""

    def __init__(self, plans: Sequence[Plan], node_id: UUID, broken: Collection[Broken]) -> None:
        """Open for these turns of a node."""
        self._plans = plans
        self._node_id = node_id
        self._broken = broken
        self._passed: set[Address] = set()

    def __call__(self, backend: Backend) -> Running:
        """Run it."""
        transaction = _transaction(backend)
        xid = backend.server.give_xid(transaction)
        tables = backend.server.tables
        turns = [plan.turn for plan in self._plans]
        seen = {turn.address: tables.head(turn.address).version for turn in turns}
        owners, epochs = list(tables.owners), list(tables.epochs)
        unheard = set(tables.tells)
        for plan in sorted(self._plans, key=lambda plan: plan.turn.address):
            if plan.turn.head.version:
                yield from self._fence(backend, transaction, plan, seen[plan.turn.address])
        for plan in sorted(self._plans, key=lambda plan: plan.turn.address):
            if not plan.turn.head.version:
                yield from self._begin(backend, transaction, plan)
        is_known = yield from self._store(backend, transaction)
        is_heard = yield from self._hear(backend, transaction, unheard)
        ours = {turn.address for turn in turns if owners[turn.shard] == self._node_id}
        for turn in turns:
            if turn.address in self._passed:
                version = transaction.heads[turn.address].version
                owner, epoch = owners[turn.shard], epochs[turn.shard]
                transaction.fenced.append(
                    Fenced(turn.address, turn.shard, version, self._node_id, owner, epoch)
                )
        backend.server.reached("its fence", backend.pid)
        if Broken.OWNER in self._broken:
            ours = set(seen)
        return Opened(xid, self._passed & ours, seen.keys() - ours, is_known, is_heard)

    def _fence(self, backend: Backend, transaction: Transaction, plan: Plan, seen: int) -> Running:
        address, expected = plan.turn.address, plan.turn.head.version
        is_blind = Broken.VERSION in self._broken
        if seen != expected and not is_blind:
            return
        yield from backend.server.locks.take(("head", address), transaction)
        found = backend.server.tables.head(address)
        if found.version == expected or is_blind:
            self._pass(transaction, plan, found.version)

    def _begin(self, backend: Backend, transaction: Transaction, plan: Plan) -> Running:
        address = plan.turn.address
        yield from backend.server.locks.take(("head", address), transaction)
        found = backend.server.tables.head(address)
        if not found.version or Broken.VERSION in self._broken:
            self._pass(transaction, plan, found.version)

    def _pass(self, transaction: Transaction, plan: Plan, version: int) -> None:
        turn = plan.turn
        transaction.heads[turn.address] = Head(version + 1, plan.seq, turn.head.generation)
        self._passed.add(turn.address)

    def _store(self, backend: Backend, transaction: Transaction) -> Running:
        is_known = False
        for plan in self._plans:
            for _, step, letter in plan.commands:
                command_id = cast("UUID", letter.id)
                yield from backend.server.locks.take(("outcome", command_id), transaction)
                known = {**backend.server.tables.outcomes, **transaction.outcomes}
                if command_id in known and Broken.OUTCOMES not in self._broken:
                    is_known = True
                else:
                    transaction.outcomes[command_id] = Stored(
                        plan.turn.address,
                        letter.principal.user_id,
                        letter.fingerprint,
                        step.outcome,
                    )
        return is_known

    def _hear(self, backend: Backend, transaction: Transaction, unheard: set[UUID]) -> Running:
        is_heard = False
        for tell_id in (letter.id for plan in self._plans for _, letter in plan.tells):
            if tell_id in unheard:
                yield from backend.server.locks.take(("tell", tell_id), transaction)
            is_there = tell_id in unheard and tell_id in backend.server.tables.tells
            if is_there and tell_id not in transaction.heard:
                transaction.heard[tell_id] = None
            else:
                is_heard = True
        return is_heard and Broken.TELLS not in self._broken


class Writing:
    """The writes of a batch."""

    def __init__(self, plans: Sequence[Plan], sent: Sent, now: datetime) -> None:
        """Write the rows of these turns, and these letters."""
        self._plans = plans
        self._sent = sent
        self._now = now

    def __call__(self, backend: Backend) -> Running:
        """Run it."""
        transaction = _transaction(backend)
        for plan in self._plans:
            address = plan.turn.address
            # No key keeps a number from being given twice here: that would be seen.
            for event in plan.numbered:
                logged = Logged(event.number, plan.turn.now, event.body)
                transaction.events.append((address, logged))
            for _, work in plan.works():
                for write in work.writes:
                    self._insert(backend, transaction, write)
        for receiver, letter in self._sent:
            tells = msgspec.json.encode(letter.tells).decode()
            transaction.tells.append(TellRow(letter.id, receiver, tells, self._now))
        backend.server.reached("its last write", backend.pid)
        yield from ()

    def _insert(self, backend: Backend, transaction: Transaction, write: Any) -> None:
        assert isinstance(write, Insert)
        row_id = write.columns["id"]
        if write.columns["by"] > BY_MAX:
            raise asyncpg.CheckViolationError("by")
        if row_id in backend.server.tables.counts or row_id in transaction.counts:
            raise asyncpg.UniqueViolationError(f"test_count {row_id}")
        transaction.counts[row_id] = write.columns


def take_from_purse(purse: UUID, wanted: int) -> Any:
    """UPDATE test_purse … WHERE held >= … RETURNING 1."""

    def run(backend: Backend) -> Running:
        transaction = _transaction(backend)
        yield from backend.server.locks.take(("purse", purse), transaction)
        held = transaction.purses.get(purse, backend.server.tables.purses[purse])
        if held < wanted:
            return None
        transaction.purses[purse] = held - wanted
        return 1

    return run

"""A database server: sessions whose statements take time, wait for each other, and may be ended."""

import itertools
from collections import deque
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from tests.simulation.scheduling import Schedule
from tests.simulation.tables import Tables
from tests.simulation.transactions import End, Locks, Running, Transaction

DEADLOCK_AFTER_S = 1.0
LOCK_TIMEOUT_S = 10.0
IDLE_IN_TRANSACTION_S = 15.0

Statement = Callable[["Backend"], Running]
Answer = Callable[[Any, Exception | None], None]


class Server:
    """The database: what is durable, who is connected, and what is on its way."""

    def __init__(self, schedule: Schedule, random: Random, shards: int) -> None:
        """Begin empty."""
        self.schedule = schedule
        self.random = random
        self.tables = Tables(shards)
        self.locks = Locks()
        self.ends: dict[str, Transaction] = {}
        """Every transaction that ever wrote, by its xid."""
        self.backends: dict[int, Backend] = {}
        self.is_up = True
        self.clock_is_off_s = 0.0
        self.started_at = 0.0
        """By its own clock."""
        self.reached: Callable[[str, int], None] = _nobody_listens
        """Who hears that the commit of a session has come to a place."""
        self.changed: dict[int, Callable[[], None]] = {}
        """Whom to tell, by session, when shards have moved."""
        self._pids = itertools.count(1)
        self._next_xid = 1

    def now(self) -> float:
        """Read the server's own clock."""
        return self.schedule.now + self.clock_is_off_s

    def connect(self, name: str, hang_up: Callable[[], None]) -> "Backend":
        """Begin a session; `hang_up` is called when the server ends it."""
        backend = Backend(self, next(self._pids), name, hang_up)
        self.backends[backend.pid] = backend
        return backend

    def give_xid(self, transaction: Transaction) -> str:
        """Give a transaction that writes its number."""
        if not transaction.xid:
            transaction.xid = str(self._next_xid)
            self._next_xid += 1
            self.ends[transaction.xid] = transaction
        return transaction.xid

    def shut_down(self) -> None:
        """End all sessions at once, whatever they are doing."""
        self.is_up = False
        for backend in list(self.backends.values()):
            backend.die()

    def start_up(self) -> None:
        """Begin anew with what is durable.

        The numbers of those that came to nothing are given again, for nobody wrote them down.
        """
        self.is_up = True
        self.started_at = self.now()
        durable = [int(xid) for xid, of in self.ends.items() if of.end is End.COMMITTED]
        self._next_xid = max(durable, default=0) + 1

    def has_lease(self, node_id: UUID | None) -> bool:
        """Tell whether a node has one; while the server was down nobody could renew theirs.

        What lies more than a lease ahead was written before the clock was put back.
        """
        row = self.tables.nodes.get(node_id) if node_id is not None else None
        if row is None:
            return False
        ago_s = (self.now() - row.heartbeat_at, self.now() - self.started_at)
        return any(-row.lease_s <= since_s < row.lease_s for since_s in ago_s)

    def notify(self, by: "Backend") -> None:
        """Tell the others that shards have moved."""
        for pid, changed in list(self.changed.items()):
            if pid != by.pid:
                changed()


class Backend:
    """One session, as the server sees it: statements one after the other."""

    def __init__(self, server: Server, pid: int, name: str, hang_up: Callable[[], None]) -> None:
        """Wait for statements."""
        self.server = server
        self.pid = pid
        self.name = name
        self.transaction: Transaction | None = None
        self.is_failed = False
        """Whether its transaction has failed, and waits to be rolled back."""
        self.is_alive = True
        self._hang_up = hang_up
        self._waiting: deque[tuple[int, Statement, Answer]] = deque()
        self._current: tuple[int, Running, Answer] | None = None
        self._is_firm = False
        """Whether it does what nothing interrupts."""
        self._must_die = False
        self._moments = itertools.count()
        self._moment = 0
        """Which wait this is: what was set off for another one is nobody's concern."""

    # From the client.

    def receive(self, number: int, statement: Statement, answer: Answer) -> None:
        """Take a statement; it is run when those before it have ended."""
        if self.is_alive:
            self._waiting.append((number, statement, answer))
            self._next()

    def cancel(self, number: int) -> None:
        """Have a statement stopped, if it is under way and can be."""
        if self._current is not None and self._current[0] == number and not self._is_firm:
            self._fail(asyncpg.QueryCanceledError("canceling statement due to user request"))

    def hear_no_more(self) -> None:
        """Hear that the client has gone: end when what it sent before is done."""
        self.receive(0, _leave, _to_nobody)

    def leave(self) -> None:
        """End when the present statement is done."""
        self._must_die = True

    # The life of a statement.

    def _next(self) -> None:
        if self._current is not None or not self._waiting or not self.is_alive:
            return
        self._moment = next(self._moments)
        number, statement, answer = self._waiting.popleft()
        self._current = (number, statement(self), answer)
        self._go_on()

    def _go_on(self) -> None:
        if self._current is None:
            return
        _, running, answer = self._current
        self._moment = next(self._moments)
        self._is_firm = False
        if self.transaction is not None:
            self.transaction.waits_for = None
        try:
            waits_for = next(running)
        except StopIteration as end:
            self._finish(answer, end.value, None)
        except asyncpg.PostgresError as problem:
            self._fail(problem)
        else:
            self._wait(waits_for)

    def _wait(self, waits_for: Transaction | float) -> None:
        schedule = self.server.schedule
        if isinstance(waits_for, float):
            self._is_firm = True
            schedule.after(waits_for, self._at, self._moment, self._go_on)
            return
        waits_for.waiters.append(partial(self._at, self._moment, self._go_on))
        if self.transaction is not None:
            self.transaction.waits_for = waits_for
        schedule.after(DEADLOCK_AFTER_S, self._at, self._moment, self._look_for_deadlock)
        schedule.after(LOCK_TIMEOUT_S, self._at, self._moment, self._waited_too_long)

    def _at(self, moment: int, call: Callable[[], None]) -> None:
        if moment == self._moment and self.is_alive:
            call()

    def _look_for_deadlock(self) -> None:
        if self.transaction is not None and self.transaction.waits_in_a_circle():
            self._fail(asyncpg.DeadlockDetectedError("deadlock detected"))

    def _waited_too_long(self) -> None:
        self._fail(asyncpg.LockNotAvailableError("canceling statement due to lock timeout"))

    def _idle_too_long(self) -> None:
        if self._current is None and self.transaction is not None:
            self.die()

    def _fail(self, problem: Exception) -> None:
        assert self._current is not None
        _, running, answer = self._current
        running.close()
        if self.transaction is not None:
            self.end_transaction(End.ABORTED)
            self.is_failed = True
        self._finish(answer, None, problem)

    def _finish(self, answer: Answer, result: Any, problem: Exception | None) -> None:
        self._current = None
        self._is_firm = False
        self._moment = next(self._moments)
        answer(result, problem)
        if self._must_die:
            self.die()
            return
        if self.transaction is not None:
            schedule = self.server.schedule
            schedule.after(IDLE_IN_TRANSACTION_S, self._at, self._moment, self._idle_too_long)
        self._next()

    # Ends.

    def begin_transaction(self) -> None:
        """Begin one."""
        self.transaction = Transaction()
        self.is_failed = False

    def end_transaction(self, end: End) -> None:
        """End it, and let those go on who wait for that."""
        transaction, self.transaction = self.transaction, None
        if transaction is None:
            return
        if end is End.COMMITTED:
            transaction.apply(self.server.tables)
        transaction.end = end
        transaction.waits_for = None
        waiters, transaction.waiters = transaction.waiters, []
        for waiter in waiters:
            self.server.schedule.after(0.0, waiter)

    def terminate(self) -> None:
        """End the session, when what nothing interrupts is done."""
        if self._is_firm:
            self._must_die = True
        else:
            self.die()

    def die(self) -> None:
        """End at once: what was not committed never will be."""
        if not self.is_alive:
            return
        self.is_alive = False
        self.server.backends.pop(self.pid, None)
        self.server.changed.pop(self.pid, None)
        self._waiting.clear()
        if self._current is not None:
            self._current[1].close()
            self._current = None
        self.end_transaction(End.ABORTED)
        self._hang_up()


def _nobody_listens(_place: str, _pid: int) -> None:
    return


def _leave(backend: Backend) -> Running:
    backend.leave()
    yield from ()


def _to_nobody(_result: Any, _problem: Exception | None) -> None:
    """Nobody waits for an answer."""

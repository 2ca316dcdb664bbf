"""Lanes: each takes all the turns that gathered while its previous batch was being committed.

There is no artificial delay; batches grow with load by themselves. An actor is always in the same
lane, so its turns keep their order.
"""

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID

import asyncpg
import structlog

from actors.ports import Clock
from actors.turn import Turn
from backend.persistence.batch import Batch
from backend.persistence.connections import LaneConnection, Unreachable
from backend.persistence.guards import Connection
from backend.persistence.sqlstate import Kind, kind_of_problem
from protocol.common import Internal

log = structlog.get_logger()

BATCH_STEPS_MAX = 2_048
WAITING_TURNS_MAX = 20_000
AGAIN_MAX = 3
HOLD_S = 5.0
BACK_OFF_S = (0.05, 0.1, 0.2, 0.4, 0.8)

Relay = Callable[[Batch], None]


class Lane:
    """One connection, and the turns that wait for it."""

    def __init__(
        self, name: str, connection: LaneConnection, node_id: UUID, clock: Clock, relay: Relay
    ) -> None:
        """Begin with nothing waiting; `relay` is handed every committed batch."""
        self.name = name
        self._connection = connection
        self._node_id = node_id
        self._clock = clock
        self._relay = relay
        self._waiting: list[Turn] = []
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_closing = False
        self.batches = 0
        self.steps = 0

    def start(self) -> None:
        """Begin to take turns."""
        self._task = asyncio.create_task(self._run(), name=f"lane {self.name}")

    async def close(self) -> None:
        """Commit what waits, then stop."""
        self._is_closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
        await self._connection.close()

    def put(self, turn: Turn) -> None:
        """Have a turn committed with the next batch."""
        self._waiting.append(turn)
        self._wake.set()

    @property
    def waiting(self) -> int:
        """How many turns wait."""
        return len(self._waiting)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            if not self._waiting:
                if self._is_closing:
                    return
                self._wake.clear()
                continue
            await self._commit(self._take())

    def _take(self) -> list[Turn]:
        steps = 0
        for count, turn in enumerate(self._waiting, 1):  # noqa: B007 - the count is what is wanted
            steps += len(turn.steps)
            if steps >= BATCH_STEPS_MAX:
                break
        taken = self._waiting[:count]
        del self._waiting[:count]
        return taken

    async def _commit(self, turns: Sequence[Turn]) -> None:
        """Commit turns, whatever it takes within the limits; every turn is settled by then."""
        try:
            await self._commit_or_hold(turns)
        except Exception:
            # A bug in what commits must not stop the lane: the turns are given up, nothing is
            # acknowledged, and their actors begin anew from what the database says.
            log.exception("a batch failed", lane=self.name, turns=len(turns))
            self._connection.drop()
            Batch(turns, self._node_id, self._clock.now()).give_up("it could not be written")

    async def _commit_or_hold(self, turns: Sequence[Turn]) -> None:
        held_since = self._clock.monotonic()
        again = 0
        while True:
            batch = Batch(turns, self._node_id, self._clock.now())
            try:
                await self._attempt(batch)
            except Unreachable as problem:
                if self._clock.monotonic() - held_since >= HOLD_S:
                    log.warning("the database is away", lane=self.name, problem=str(problem))
                    batch.give_up("the database is away")
                    return
            except asyncpg.PostgresError as problem:
                kind = kind_of_problem(problem)
                log.warning("a batch was refused", lane=self.name, sqlstate=problem.sqlstate,
                            problem=str(problem), turns=len(turns))
                if kind is Kind.GUILTY:
                    await self._find_the_guilty(turns, problem)
                    return
                if kind is Kind.AGAIN and again >= AGAIN_MAX:
                    batch.give_up("too many wanted the same")
                    return
                if self._clock.monotonic() - held_since >= HOLD_S:
                    batch.give_up("the database cannot write")
                    return
            else:
                self._settle(batch)
                return
            await asyncio.sleep(BACK_OFF_S[min(again, len(BACK_OFF_S) - 1)])
            again += 1

    async def _attempt(self, batch: Batch) -> None:
        """Run one transaction. Raises Unreachable when it surely did not commit."""
        connection = await self._connection.ready()
        try:
            await batch.commit(connection)
        except asyncpg.PostgresError as problem:
            if not self._connection.is_lost(problem):
                batch.xid = None
                await self._roll_back(connection)
                raise
            await self._after_loss(batch, problem)
        except (OSError, asyncpg.InterfaceError, TimeoutError) as problem:
            await self._after_loss(batch, problem)

    async def _after_loss(self, batch: Batch, problem: Exception) -> None:
        xid, batch.xid = batch.xid, None
        if xid is None or not await self._connection.has_committed(xid):
            self._connection.drop()
            raise Unreachable(str(problem)) from problem

    async def _roll_back(self, connection: Connection) -> None:
        try:
            await connection.execute("ROLLBACK")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            self._connection.drop()

    async def _find_the_guilty(self, turns: Sequence[Turn], problem: asyncpg.PostgresError) -> None:
        """Commit the halves apart, until the one command the database objects to stands alone."""
        if len(turns) > 1:
            middle = len(turns) // 2
            await self._commit_or_hold(turns[:middle])
            await self._commit_or_hold(turns[middle:])
            return
        turn = turns[0]
        batch = Batch(turns, self._node_id, self._clock.now())
        plan = batch.plans[0]
        for steps in range(1, len(turn.steps) + 1):
            plan.cut_at(steps)
            try:
                await self._try_alone(batch)
            except asyncpg.PostgresError as guilty:
                problem = guilty
                break
        reference = f"sql-{problem.sqlstate}"
        log.error("a command wrote what the database refuses", address=turn.address,
                  sqlstate=problem.sqlstate, problem=str(problem), step=steps - 1)
        plan.fail(steps - 1, Internal(reference=reference))
        await self._attempt(batch)
        self._settle(batch)

    async def _try_alone(self, batch: Batch) -> None:
        """Write the planned steps and take them back, to see whether the database objects."""
        connection = await self._connection.ready()
        try:
            await batch.rehearse(connection)
        finally:
            await self._roll_back(connection)

    def _settle(self, batch: Batch) -> None:
        self.batches += 1
        self.steps += sum(len(plan.steps) for plan in batch.plans)
        batch.settle()
        self._relay(batch)

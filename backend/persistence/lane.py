"""Lanes: each commits, batch by batch, the turns that gathered meanwhile.

There is no artificial delay; batches grow with load by themselves. An actor has one turn on its way
at a time, so its turns keep their order whichever lane takes them.
"""

import asyncio
from collections.abc import Callable, Sequence
from time import perf_counter
from uuid import UUID

import asyncpg
import structlog

from actors.letter import ids_of
from actors.ports import Clock
from actors.turn import Step, Turn
from backend.persistence.batch import Batch
from backend.persistence.commit_queue import CommitQueue
from backend.persistence.failpoints import reach
from backend.persistence.sessions import Sessions
from backend.persistence.silence import Silence
from backend.persistence.sqlstate import (
    BLAMING,
    Kind,
    Trouble,
    Unreachable,
    kind_of_problem,
    words_of,
)
from backend.persistence.tells import LetterIds
from protocol.common import Internal, Temporary
from protocol.refusals import Refusal

log = structlog.get_logger()

AGAIN_MAX = 3
REST_AFTER_S = 2.0
"""How long a begun transaction waits for the next batch; far less than the database allows."""
CLOSE_WITHIN_S = 10.0
BACK_OFF_S = (0.05, 0.1, 0.2, 0.4, 0.8)

Relay = Callable[[Batch, float], None]


class Lane:
    """One session, and the queue it takes turns from."""

    def __init__(  # noqa: PLR0913 - made in one place
        self,
        name: str,
        queue: CommitQueue,
        sessions: Sessions,
        node_id: UUID,
        *,
        clock: Clock,
        machine: Clock,
        letter_ids: LetterIds,
        relay: Relay,
    ) -> None:
        """Share a queue; `relay` is handed every committed batch.

        By the `machine`'s clock it is told how long the database is silent, by the other one when
        something was done.
        """
        self.name = name
        self.queue = queue
        queue.shared_by(self)
        self._sessions = sessions
        self._node_id = node_id
        self._clock = clock
        self._letter_ids = letter_ids
        self._relay = relay
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_closing = False
        self._resting: asyncio.TimerHandle | None = None
        self.is_busy = False
        """Whether a batch is on its way."""
        self.under_way: Sequence[Turn] = ()
        """The turns of that batch."""
        self.silence = Silence(machine)
        self.is_held = False
        """Whether the database is away, and what waits is held for it."""
        self.batches = 0
        self.steps = 0

    def start(self) -> None:
        """Begin to take turns."""
        self._task = asyncio.create_task(self._run(), name=f"lane {self.name}")
        self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Go on after a bug: the turns that wait must not wait for ever."""
        if not task.cancelled() and task.exception() is not None and not self._is_closing:
            log.error("a lane failed and begins anew", lane=self.name, exc_info=task.exception())
            self.is_busy = False
            self.under_way = ()
            self._sessions.drop()
            self.start()

    async def close(self) -> None:
        """Commit what waits, then stop; a database that is away is not waited for."""
        self._is_closing = True
        self.queue.left_by(self)
        self._wake.set()
        if self._task is not None:
            _, unfinished = await asyncio.wait({self._task}, timeout=CLOSE_WITHIN_S)
            if unfinished:
                log.warning("a lane was stopped with turns in it", lane=self.name)
                self._task.cancel()
        await self._sessions.close()

    def wake(self) -> None:
        """Look whether there is something to take."""
        self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            if self.queue.is_for(self):
                self.is_busy = True
                if await self._may_try():
                    self.under_way = self.queue.take()
                    await self._commit(self.under_way)
                    self.under_way = ()
                self.is_busy = False
                self.queue.freed()
                self._rest_later()
            elif self._is_closing:
                return
            else:
                self._wake.clear()
                await self._rest()

    async def _may_try(self) -> bool:
        """After a long silence look first whether the database is back; nobody waits for that."""
        if self.silence.is_long:
            try:
                await self._sessions.ready()
            except Unreachable:
                await asyncio.sleep(BACK_OFF_S[0])
                return False
        return True

    def _rest_later(self) -> None:
        if self._resting is None and not self.queue:
            self._resting = asyncio.get_running_loop().call_later(REST_AFTER_S, self._wake.set)

    async def _rest(self) -> None:
        """End the transaction that was begun for whoever came next; nobody has for a while."""
        if self._resting is not None and self._resting.when() <= asyncio.get_running_loop().time():
            self._resting = None
            if self.is_held:
                return
            self.silence.begin()
            await self._sessions.roll_back()
            self.silence.end()

    async def _commit(self, turns: Sequence[Turn]) -> None:
        """Commit turns, whatever it takes within the limits; every turn is settled by then."""
        try:
            await self._commit_or_hold(turns)
        except Exception:
            # A bug in what commits must not stop the lane: the turns are given up, nothing is
            # acknowledged, and their actors begin anew from what the database says.
            log.exception(
                "a batch failed",
                lane=self.name,
                turns=len(turns),
                correlation_ids=_ids_of(turns),
            )
            self._sessions.drop()
            for turn in turns:
                turn.give_up("it could not be written")

    def _batch(self, turns: Sequence[Turn]) -> Batch:
        return Batch(turns, self._node_id, self._clock.now(), self._letter_ids)

    async def _commit_or_hold(self, turns: Sequence[Turn]) -> None:
        trouble = Trouble()
        while True:
            batch = self._batch(turns)
            begun = perf_counter()
            self.silence.begin()
            try:
                if trouble.kind is Kind.GUILTY:
                    await self._take_out_the_guilty(batch)
                await self._attempt(batch)
            except Exception as problem:  # noqa: BLE001 - each kind is dealt with
                trouble.meet(problem)
                log.warning(
                    "a batch was refused",
                    lane=self.name,
                    kind=trouble.kind.value,
                    problem=words_of(problem),
                    turns=len(turns),
                    correlation_ids=_ids_of(turns),
                )
                self._heard(is_away=trouble.kind is Kind.HOLD)
            else:
                self._heard(is_away=False)
                self._settle(batch, perf_counter() - begun)
                return
            if trouble.kind is Kind.GUILTY and len(turns) > 1:
                # The halves apart, until the one turn the database objects to stands alone.
                middle = len(turns) // 2
                await self._commit(turns[:middle])
                await self._commit(turns[middle:])
                return
            if trouble.kind is Kind.UNPREPARED:
                self._sessions.drop()
            why = self._reason_to_give_up(trouble)
            if why is not None:
                batch.give_up(why)
                return
            if trouble.kind is not Kind.GUILTY:
                await asyncio.sleep(BACK_OFF_S[min(trouble.times, len(BACK_OFF_S)) - 1])

    def _reason_to_give_up(self, trouble: Trouble) -> str | None:
        if trouble.kind is not Kind.HOLD:
            return "too many wanted the same" if trouble.again > AGAIN_MAX else None
        # Once the database has been away for so long, what comes is tried once and given up.
        return "the database is away" if self.silence.is_long else None

    def _heard(self, *, is_away: bool) -> None:
        """Note whether the database does what it is asked for."""
        self.is_held = is_away
        if not is_away:
            self.silence.end()

    async def _attempt(self, batch: Batch) -> None:
        """Run one transaction. Raises Unreachable when it surely did not commit."""
        session = await self._sessions.ready()
        try:
            await batch.commit(session)
        except Exception as problem:
            if not self._sessions.is_lost(problem):
                await self._sessions.roll_back()
                raise
            if batch.mark is None or not await self._sessions.has_committed(batch.mark):
                self._sessions.drop()
                raise Unreachable(words_of(problem)) from problem

    async def _take_out_the_guilty(self, batch: Batch) -> None:
        """Cut the batch's only turn before the first step the database objects to."""
        turn = batch.plans[0].turn
        rehearsal = self._batch([turn])
        for place, step in enumerate(turn.steps):
            rehearsal.plans[0].cut_at(place + 1)
            try:
                await self._rehearse(rehearsal)
            except Exception as problem:
                if kind_of_problem(problem) not in BLAMING:
                    raise
                batch.plans[0].fail(place, self._blame(step, problem, turn, place))
                return

    def _blame(self, step: Step, problem: Exception, turn: Turn, place: int) -> Refusal:
        log.error(
            "a command wrote what the database refuses",
            address=turn.address,
            command_id=step.letter.id,
            step=place,
            problem=words_of(problem),
            # The database's own words say it; of a bug of ours the trace is needed.
            exc_info=None
            if isinstance(problem, asyncpg.PostgresError | asyncpg.InterfaceError)
            else problem,
        )
        if step.letter.forced is not None:
            # Not even its refusal can be written down.
            return Temporary(why="it could not be written")
        return Internal(reference=f"sql-{getattr(problem, 'sqlstate', None)}")

    async def _rehearse(self, batch: Batch) -> None:
        """Write the planned steps and take them back. Raises what a commit would raise."""
        session = await self._sessions.ready()
        try:
            await batch.rehearse(session)
        except Exception as problem:
            if self._sessions.is_lost(problem):
                self._sessions.drop()
                raise Unreachable(words_of(problem)) from problem
            raise
        finally:
            await self._sessions.roll_back()

    def _settle(self, batch: Batch, took_s: float) -> None:
        self.batches += 1
        self.steps += sum(len(plan.steps) for plan in batch.plans)
        batch.settle()
        reach("commit.settled")
        try:
            self._relay(batch, took_s)
        except Exception:
            # What was to be relayed stands in its table; others bring it.
            log.exception("what was committed could not be relayed", lane=self.name)


def _ids_of(turns: Sequence[Turn]) -> list[UUID | str]:
    """Name the commands of turns for a line of the log."""
    return ids_of(letter for turn in turns for letter in turn.letters)

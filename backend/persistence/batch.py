"""A batch: the turns of many actors in one transaction.

    opening (fence, outcomes, tells heard) with guards → rows, events, tells, jobs → COMMIT

The first thing the database has against a turn cuts it there; the transaction is rolled back and
what remains is tried again. Numbers stay without hole, because only first steps are ever committed.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from actors.turn import Turn
from backend.persistence import event_log, outbox, outcomes, tells
from backend.persistence.failpoints import reach
from backend.persistence.guards import Connection, Guard, Guarded
from backend.persistence.opening import Opened, open_batch
from backend.persistence.outbox import OutboxJob
from backend.persistence.plan import Plan
from backend.persistence.tells import Sent
from backend.persistence.work import PlannedJob
from backend.persistence.writing import waves_of, write_all
from protocol.address import Address
from protocol.messages import Tell
from protocol.refusals import Refusal

Told = list[tuple[Address, Tell]]

COMMIT = "COMMIT; BEGIN"
"""Whoever commits next finds a transaction begun; the lane ends it when nobody comes."""
COMMITTED_WITHIN_S = 30.0
"""What was sent before a COMMIT may be given up sooner, for it surely comes to nothing. Once that
is on its way, its end must be learned, and it is often learned soonest by waiting."""


async def _begin(connection: Connection) -> None:
    if not connection.is_in_transaction():
        await connection.execute("BEGIN")


class Batch:
    """Turns on their way into the database."""

    def __init__(self, turns: Sequence[Turn], node_id: UUID, now: datetime) -> None:
        """Plan to commit all of every turn."""
        self.plans = [Plan(turn) for turn in turns]
        self.trying: list[Plan] = []
        """The plans in the current transaction."""
        self.now = now
        self.xid: str | None = None
        """The transaction whose end is not known while COMMIT is on its way."""
        self.sent: Sent = []
        self.jobs: list[OutboxJob] = []
        self._node_id = node_id

    async def commit(self, connection: Connection) -> None:
        """Bring as much of every turn as nothing speaks against into the database.

        Raises what the database raises, with nothing committed, except while `xid` is set: then
        nobody knows yet.
        """
        while not await self._attempt(connection):
            pass

    async def _attempt(self, connection: Connection) -> bool:
        """Try once; False when turns were cut and what remains must be tried again.

        Every failed attempt leaves fewer steps, so there are only so many.
        """
        self.trying = [plan for plan in self.plans if plan.writes and not plan.settled.is_lost]
        if not self.trying:
            return True
        reach("commit.begin")
        await _begin(connection)
        judged = await self._judge(connection)
        if judged is None:
            return False
        reach("commit.judged")
        xid, told = judged
        await self._write(connection, told)
        reach("commit.written")
        self.xid = xid
        await connection.execute(COMMIT, timeout=COMMITTED_WITHIN_S)
        self.xid = None
        reach("commit.answered")
        return True

    async def rehearse(self, connection: Connection) -> None:
        """Do all but the COMMIT, to see whether the database objects; the caller rolls back."""
        self.trying = [plan for plan in self.plans if plan.writes]
        if self.trying:
            await _begin(connection)
            judged = await self._judge(connection)
            if judged is not None:
                _, told = judged
                await self._write(connection, told)
                # What would be checked at the COMMIT is checked now.
                await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")

    async def _judge(self, connection: Connection) -> tuple[str, Told] | None:
        """Open, and ask all that may refuse a step; None when turns were cut or lost.

        Returns the transaction's id, and what the guards have to tell.
        """
        asked = [(guard, items, guard.question(items)) for guard, items in self._guarded()]
        questions = [question for _, _, question in asked if question is not None]
        opened, answers = await open_batch(connection, self.trying, self._node_id, questions)
        lost = [plan for plan in self.trying if plan.turn.address not in opened.addresses]
        if lost or opened.has_known_command or opened.has_heard_tell:
            # Not judged: what guards found rests on turns of which something will be left out.
            await connection.execute("ROLLBACK")
            await self._leave_out(connection, opened, lost)
            return None
        rows = iter(answers)
        verdicts = [
            await guard.judge(connection, items, next(rows) if question is not None else ())
            for guard, items, question in asked
        ]
        failing = [verdict.failures for verdict in verdicts if verdict.failures]
        if failing:
            await connection.execute("ROLLBACK")
            self._cut(failing)
            return None
        return opened.xid, [tell for verdict in verdicts for tell in verdict.tells]

    def _cut(self, failing: Sequence[Sequence[tuple[Guarded, Refusal]]]) -> None:
        """Cut turns before what guards refuse.

        A guard knows what its own failures change for the items after them, but not what another's
        do: where several refuse, only the earliest turn's are certain. The next try finds the rest.
        """
        failures = [failure for found in failing for failure in found]
        first = min(failed.turn for failed, _ in failures)
        for failed, refusal in failures:
            if len(failing) == 1 or failed.turn == first:
                self.trying[failed.turn].fail(failed.step, refusal)

    async def _leave_out(
        self, connection: Connection, opened: Opened, lost: Sequence[Plan]
    ) -> None:
        """Leave out what is not ours any more, and what has been done before."""
        for plan in lost:
            plan.settled.is_lost = True
            plan.settled.is_elsewhere = plan.turn.address in opened.elsewhere
        remaining = [plan for plan in self.trying if not plan.settled.is_lost]
        if opened.has_known_command:
            await outcomes.fail_known(connection, remaining)
        if opened.has_heard_tell:
            await tells.fail_heard(connection, remaining)

    def _guarded(self) -> list[tuple[Guard, list[Guarded]]]:
        found: dict[str, tuple[Guard, list[Guarded]]] = {}
        for place, plan in enumerate(self.trying):
            for step, work in plan.works():
                for guard, item in work.guards:
                    found.setdefault(guard.name, (guard, []))[1].append(Guarded(place, step, item))
        return [found[name] for name in sorted(found)]

    async def _write(self, connection: Connection, told: Told) -> None:
        writes = [[work.writes for _, work in plan.works()] for plan in self.trying]
        told_by_turns = [
            tell for plan in self.trying for _, work in plan.works() for tell in work.tells
        ]
        self.sent = tells.gather([*told_by_turns, *told], int(self.now.timestamp() * 1000))
        self.jobs = outbox.address_jobs(self._planned_jobs(), self.now)
        engine_rows = [
            *event_log.rows(self.trying),
            *tells.rows(self.sent, self.now),
            *outbox.rows(self.jobs),
        ]
        await write_all(connection, waves_of(writes), engine_rows)

    def _planned_jobs(self) -> list[tuple[str | None, PlannedJob]]:
        return [
            (str(plan.steps[place].letter.id), job)
            for plan in self.trying
            for place, work in plan.works()
            for job in work.jobs
        ]

    def settle(self) -> None:
        """Tell every actor how its turn ended."""
        for plan in self.plans:
            if not plan.turn.is_settled:
                plan.settle()

    def give_up(self, why: str) -> None:
        """Tell every actor that nothing was committed."""
        for plan in self.plans:
            if not plan.turn.is_settled:
                plan.settled.unavailable = why
                plan.turn.settle(plan.settled)

"""A batch: the turns of many actors in one transaction.

    opening (fence, outcomes, tells heard) with guards → rows, events, tells, jobs → COMMIT

The first thing the database has against a turn cuts it there; the transaction is rolled back and
what remains is tried again. Numbers stay without hole, because only first steps are ever committed.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from actors.turn import Turn
from backend.persistence import outbox, outcomes, tells
from backend.persistence.failpoints import reach
from backend.persistence.guards import Guard, Guarded
from backend.persistence.outbox import OutboxJob
from backend.persistence.plan import Plan
from backend.persistence.ports import Mark, Opened, Session
from backend.persistence.tells import LetterIds, Sent
from backend.persistence.work import PlannedJob
from protocol.address import Address
from protocol.messages import Tell
from protocol.refusals import Refusal

Told = list[tuple[Address, Tell]]


class Batch:
    """Turns on their way into the database."""

    def __init__(
        self, turns: Sequence[Turn], node_id: UUID, now: datetime, letter_ids: LetterIds
    ) -> None:
        """Plan to commit all of every turn."""
        self.plans = [Plan(turn) for turn in turns]
        self.trying: list[Plan] = []
        """The plans in the current transaction."""
        self.now = now
        self.mark: Mark | None = None
        """Of the transaction whose end is not known while COMMIT is on its way."""
        self.sent: Sent = []
        self.jobs: list[OutboxJob] = []
        self._node_id = node_id
        self._letter_ids = letter_ids

    async def commit(self, session: Session) -> None:
        """Bring as much of every turn as nothing speaks against into the database.

        Raises what the database raises, with nothing committed, except while `mark` is set: then
        nobody knows yet.
        """
        while not await self._attempt(session):
            pass

    async def _attempt(self, session: Session) -> bool:
        """Try once; False when turns were cut and what remains must be tried again.

        Every failed attempt leaves fewer steps, so there are only so many.
        """
        self.trying = [plan for plan in self.plans if plan.writes and not plan.settled.is_lost]
        if not self.trying:
            return True
        reach("commit.begin")
        await session.begin()
        judged = await self._judge(session)
        if judged is None:
            return False
        reach("commit.judged")
        xid, told = judged
        await self._write(session, told)
        reach("commit.written")
        self.mark = Mark(xid, {plan.turn.address: plan.version for plan in self.trying})
        await session.commit()
        self.mark = None
        reach("commit.answered")
        return True

    async def rehearse(self, session: Session) -> None:
        """Do all but the COMMIT, to see whether the database objects; the caller rolls back."""
        self.trying = [plan for plan in self.plans if plan.writes]
        if self.trying:
            await session.begin()
            judged = await self._judge(session)
            if judged is not None:
                _, told = judged
                await self._write(session, told)
                await session.check()

    async def _judge(self, session: Session) -> tuple[str, Told] | None:
        """Open, and ask all that may refuse a step; None when turns were cut or lost.

        Returns the transaction's id, and what the guards have to tell.
        """
        asked = [(guard, items, guard.question(items)) for guard, items in self._guarded()]
        questions = [question for _, _, question in asked if question is not None]
        opened, answers = await session.open(self.trying, self._node_id, questions)
        lost = [plan for plan in self.trying if plan.turn.address not in opened.addresses]
        if lost or opened.has_known_command or opened.has_heard_tell:
            # Not judged: what guards found rests on turns of which something will be left out.
            await session.roll_back()
            await self._leave_out(session, opened, lost)
            return None
        rows = iter(answers)
        verdicts = [
            await guard.judge(session.connection, items, next(rows) if question is not None else ())
            for guard, items, question in asked
        ]
        failing = [verdict.failures for verdict in verdicts if verdict.failures]
        if failing:
            await session.roll_back()
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

    async def _leave_out(self, session: Session, opened: Opened, lost: Sequence[Plan]) -> None:
        """Leave out what is not ours any more, and what has been done before."""
        for plan in lost:
            plan.settled.is_lost = True
            plan.settled.is_elsewhere = plan.turn.address in opened.elsewhere
        remaining = [plan for plan in self.trying if not plan.settled.is_lost]
        if opened.has_known_command:
            await outcomes.fail_known(session.stored, remaining)
        if opened.has_heard_tell:
            await tells.fail_heard(session.waiting, remaining)

    def _guarded(self) -> list[tuple[Guard, list[Guarded]]]:
        found: dict[str, tuple[Guard, list[Guarded]]] = {}
        for place, plan in enumerate(self.trying):
            for step, work in plan.works():
                for guard, item in work.guards:
                    found.setdefault(guard.name, (guard, []))[1].append(Guarded(place, step, item))
        return [found[name] for name in sorted(found)]

    async def _write(self, session: Session, told: Told) -> None:
        told_by_turns = [
            tell for plan in self.trying for _, work in plan.works() for tell in work.tells
        ]
        now_ms = int(self.now.timestamp() * 1000)
        self.sent = tells.gather([*told_by_turns, *told], self._letter_ids, now_ms)
        self.jobs = outbox.address_jobs(self._planned_jobs(), self.now)
        await session.write(self.trying, self.sent, self.jobs, self.now)

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

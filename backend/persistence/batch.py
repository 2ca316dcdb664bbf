"""A batch: the turns of many actors in one transaction.

    BEGIN → fence → outcomes, tells and guards → rows, events, tells, jobs → COMMIT

The first thing the database has against a turn cuts it there; the transaction is rolled back and
what remains is tried again. Numbers stay without hole, because only first steps are ever committed.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID


from actors.turn import Turn
from backend.persistence import event_log, heads, outbox, outcomes, tells
from backend.persistence.failpoints import reach
from backend.persistence.guards import Connection, Guard, Guarded, Verdict
from backend.persistence.outbox import OutboxJob
from backend.persistence.plan import Plan
from backend.persistence.tells import Sent
from backend.persistence.work import PlannedJob
from backend.persistence.writing import waves_of, write_all
from protocol.address import Address
from protocol.messages import Tell



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
        self.trying = [plan for plan in self.plans if plan.writes and not plan.settled.lost]
        if not self.trying:
            return True
        reach("commit.begin")
        await connection.execute("BEGIN")
        xid = await self._fence(connection)
        reach("commit.fenced")
        if not self.trying:
            await connection.execute("ROLLBACK")
            return True
        told = await self._guards(connection)
        if told is None:
            return False
        reach("commit.guarded")
        await self._write(connection, told)
        reach("commit.written")
        self.xid = xid
        await connection.execute("COMMIT")
        self.xid = None
        reach("commit.answered")
        return True

    async def rehearse(self, connection: Connection) -> None:
        """Do all but the COMMIT, to see whether the database objects; the caller rolls back."""
        self.trying = [plan for plan in self.plans if plan.writes]
        if self.trying:
            await connection.execute("BEGIN")
            await self._fence(connection)
            told = await self._guards(connection)
            if told is not None:
                await self._write(connection, told)

    async def _fence(self, connection: Connection) -> str:
        fenced = await heads.fence(connection, self.trying, self._node_id)
        for plan in self.trying:
            if plan.turn.address not in fenced.addresses:
                plan.settled.lost = True
        self.trying = [plan for plan in self.trying if not plan.settled.lost]
        return fenced.xid

    async def _guards(self, connection: Connection) -> list[tuple[Address, Tell]] | None:
        """Ask all that may refuse a step; None when one did, and turns were cut."""
        if not await outcomes.store(connection, self.trying):
            await connection.execute("ROLLBACK")
            await outcomes.fail_known(connection, self.trying)
            return None
        if not await tells.hear(connection, self.trying):
            await connection.execute("ROLLBACK")
            await tells.fail_heard(connection, self.trying)
            return None
        told: list[tuple[Address, Tell]] = []
        for guard, guarded in self._guarded():
            verdict: Verdict = await guard.judge(connection, guarded)
            if verdict.failures:
                await connection.execute("ROLLBACK")
                for failed, refusal in verdict.failures:
                    self.trying[failed.turn].fail(failed.step, refusal)
                return None
            told += verdict.tells
        return told

    def _guarded(self) -> list[tuple[Guard, list[Guarded]]]:
        found: dict[str, tuple[Guard, list[Guarded]]] = {}
        for place, plan in enumerate(self.trying):
            for step, work in plan.works():
                for guard, item in work.guards:
                    found.setdefault(guard.name, (guard, []))[1].append(Guarded(place, step, item))
        return [found[name] for name in sorted(found)]

    async def _write(self, connection: Connection, told: list[tuple[Address, Tell]]) -> None:
        writes = [[work.writes for _, work in plan.works()] for plan in self.trying]
        await write_all(connection, waves_of(writes))
        await event_log.append(connection, self.trying)
        told_by_turns = [tell for plan in self.trying for _, work in plan.works() for tell in work.tells]
        self.sent = tells.gather([*told_by_turns, *told], int(self.now.timestamp() * 1000))
        await tells.send(connection, self.sent, self.now)
        self.jobs = outbox.address_jobs(self._planned_jobs(), self.now)
        await outbox.put(connection, self.jobs)

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
            plan.settle()

    def give_up(self, why: str) -> None:
        """Tell every actor that nothing was committed."""
        for plan in self.plans:
            plan.settled.unavailable = why
            plan.turn.settle(plan.settled)



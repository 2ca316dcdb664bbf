"""What is committed reaches every socket, at its own node too, though nobody was handed it."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from backend.persistence.plan import Plan
from backend.persistence.ports import Mark
from backend.persistence.session import PostgresSession
from protocol.address import Address
from tests.cluster.conftest import Nodes
from tests.support.couple import Couple
from tests.support.until import until


async def test_events_that_could_not_be_published_are_read_from_the_log_at_every_node(
    couple: Couple, nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = nodes.owner_of(couple.address)
    async with couple.phones() as (anna, ben):
        with monkeypatch.context() as broken:

            def fail(topic: Address, *_rest: object) -> None:
                if topic == couple.address:
                    broken.undo()
                    raise RuntimeError("a bug")

            broken.setattr(owner.house.fanout.hub, "publish", fail)
            await anna.do("moods.log", mood="calm", mood_score=9)
        # Nothing more happens, and neither of the two nodes was told.
        for phone in (anna, ben):
            assert (await phone.sees("moods.logged"))["mood_score"] == 9
        # They saw it while the log was read; that all of it was read is noted after that.
        await until(lambda: owner.house.fanout.feeds.doubtful == 0)


class Unlearned:
    """Loses the answer to the next COMMIT of an actor, and has it called lost."""

    def __init__(self, address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
        self.address = address
        self.times = 0
        open_, commit = PostgresSession.open, PostgresSession.commit

        async def note(
            session: PostgresSession,
            plans: Sequence[Plan],
            node_id: UUID,
            questions: Sequence[object],
        ) -> object:
            self._is_in = address in {plan.turn.address for plan in plans}
            return await open_(session, plans, node_id, questions)  # type: ignore[arg-type]

        async def commit_unnoticed(session: PostgresSession) -> None:
            await commit(session)
            if self._is_in and not self.times:
                self.times += 1
                session.terminate()
                raise ConnectionResetError("the answer to COMMIT was lost")

        async def has_left(_session: PostgresSession, _mark: Mark) -> bool:
            # As when another turn of the batch was overtaken by its new owner meanwhile.
            return False

        monkeypatch.setattr(PostgresSession, "open", note)
        monkeypatch.setattr(PostgresSession, "commit", commit_unnoticed)
        monkeypatch.setattr(PostgresSession, "has_left", has_left)


async def test_a_commit_that_is_taken_for_lost_is_seen_by_all_who_follow_its_topic(
    couple: Couple, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with couple.phones() as (anna, ben):
        unlearned = Unlearned(couple.address, monkeypatch)
        # What had committed is found by its id, and its answer is given.
        await anna.do("moods.log", mood="calm", mood_score=9)
        assert unlearned.times == 1
        for phone in (anna, ben):
            assert (await phone.sees("moods.logged"))["mood_score"] == 9
        await ben.do("moods.log", mood="calm", mood_score=3)
        assert (await anna.sees("moods.logged"))["mood_score"] == 3

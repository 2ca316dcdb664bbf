"""Each invariant of the three rooms notices what it is there for."""

import asyncpg
import pytest

from backend.domains.checkins import invariants as of_check_ins
from backend.domains.journal import invariants as of_moods
from backend.domains.relationships import invariants as of_relationships
from backend.persistence.invariants import Invariant
from tests.support.clock import FakeClock
from tests.support.couple import Couple
from tests.support.node import Node
from tests.support.people import Person, sign_up
from tests.support.servers import Servers

BREAKING: list[tuple[type[Invariant], str]] = [
    (
        of_check_ins.StreakIsWhatTheRowsSay,
        "UPDATE pair_streak SET best_days = best_days + 1 WHERE relationship_id = $1",
    ),
    (
        of_check_ins.OneCheckInADay,
        """INSERT INTO daily_checkin SELECT gen_random_uuid(), relationship_id, user_id, local_day,
           time_zone, 1, 1, 1, NULL, 'open', made_at, received_at FROM daily_checkin
           WHERE relationship_id = $1""",
    ),
    (
        of_check_ins.CheckInsAreOfMembers,
        """UPDATE daily_checkin SET user_id = (SELECT u.id FROM "user" AS u, relationship AS r
           WHERE r.id = $1 AND u.id NOT IN (r.user_1_id, r.user_2_id) LIMIT 1)
           WHERE relationship_id = $1""",
    ),
    (
        of_check_ins.CheckInCoinsComeOnceADay,
        """INSERT INTO transfer (id, debit_account_id, credit_account_id, amount_minor, asset,
                                 phase, reason, reference, created_at)
           SELECT gen_random_uuid(), t.debit_account_id, t.credit_account_id, t.amount_minor,
                  t.asset, t.phase, t.reason, t.reference, t.created_at
           FROM transfer AS t JOIN daily_checkin AS c ON t.reference = 'checkin/' || c.id
           WHERE c.relationship_id = $1""",
    ),
    (
        of_relationships.InvitationsFitTheirRelationships,
        """UPDATE invitation SET status = 'pending', answered_at = NULL, answered_by_id = NULL
           WHERE relationship_id = $1""",
    ),
    (
        of_relationships.TheBlockedAreApart,
        "INSERT INTO block SELECT user_1_id, user_2_id, now() FROM relationship WHERE id = $1",
    ),
    (
        of_relationships.TwoHaveOneRelationship,
        """INSERT INTO relationship (id, user_1_id, user_2_id, relationship_type, status,
                                     privacy_level, created_at, updated_at)
           SELECT gen_random_uuid(), user_2_id, user_1_id, 'friends', 'active', 'open', now(), now()
           FROM relationship WHERE id = $1""",
    ),
    (
        of_moods.SharedMoodsAreOfMembers,
        "UPDATE mood_log SET is_shared = false WHERE relationship_id = $1",
    ),
]


@pytest.fixture
async def stranger(node: Node, clock: FakeClock) -> Person:
    """Somebody who belongs to neither."""
    return await sign_up(node, clock, "Mallory")


@pytest.mark.parametrize(("kind", "breaking"), BREAKING)
async def test_it_notices(
    servers: Servers, couple: Couple, stranger: Person, kind: type[Invariant], breaking: str
) -> None:
    del stranger  # Somebody to take another's place.
    async with couple.phones() as (anna, ben):
        for phone in (anna, ben):
            await phone.check_in()
            await phone.do("moods.log", mood="calm", mood_score=5)
    invariant = kind()
    assert invariant.sentence.endswith(".")
    before = set(await invariant.broken())
    owner = await asyncpg.connect(servers.urls.owner)
    transaction = owner.transaction()
    await transaction.start()
    try:
        await owner.execute("DROP INDEX daily_checkin_day, relationship_pair")
        await owner.execute(breaking, couple.relationship_id)
        rows = await owner.fetch(invariant.query)
        assert len(rows) > len(before)
    finally:
        await transaction.rollback()
        await owner.close()
    assert set(await invariant.broken()) == before

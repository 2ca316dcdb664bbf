"""Check-ins over real sockets: what is refused, what a turn does, and how far pages reach."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.domains.checkins.messages import SubmitCheckIn, UndoCheckIn
from backend.domains.journal.messages import DeleteMood
from backend.persistence.database import fetch
from protocol.clients.python import Refused
from protocol.ids import uuid7
from tests.support.clock import FakeClock
from tests.support.couple import Couple, later, read, unite
from tests.support.node import Node
from tests.support.people import sign_up
from tests.support.verify import (
    Ask,
    in_one_turn,
    until_quiet,
    verify,
    verify_with_a_refusal_at_each_position,
)

SUBMIT = SubmitCheckIn(connection_score=8, mood_score=7, relationship_satisfaction=9)


@pytest.mark.parametrize(
    "wrong",
    [
        {"connection_score": 0},
        {"mood_score": 11},
        {"relationship_satisfaction": 7.5},
        {"connection_score": "8"},
        {"gratitude_note": "x" * 501},
        {"gratitude_note": ""},
        {"gratitude_note": "with\0nul"},
        {"privacy_level": "secret"},
        {"mood_score": None},
    ],
)
async def test_what_is_out_of_range_is_refused_by_its_path(
    couple: Couple, wrong: dict[str, Any]
) -> None:
    async with couple.phones() as (anna, _):
        with pytest.raises(Refused) as refused:
            await anna.check_in(**wrong)
    assert refused.value.code == "invalid"
    assert next(iter(wrong)) in refused.value.facts["path"]


async def test_a_check_in_is_at_most_two_days_late(couple: Couple, clock: FakeClock) -> None:
    async with couple.phones() as (anna, _):
        with pytest.raises(Refused, match="made_at_too_old"):
            await anna.check_in(made_at=clock.now() - timedelta(hours=48, seconds=1))
        with pytest.raises(Refused, match="made_at_ahead"):
            await anna.check_in(made_at=clock.now() + timedelta(minutes=1))
        told = await anna.check_in(made_at=clock.now() - timedelta(hours=48))
        assert told["check_in"]["local_day"] == "2026-02-28"


def together(couple: Couple) -> list[Ask]:
    """Make commands that leave the day as it was."""
    anna, ben = couple.anna.principal, couple.ben.principal
    now_ms = int(couple.anna.clock.now().timestamp() * 1000)
    annas, bens = uuid7(now_ms), uuid7(now_ms)
    return [
        Ask(SUBMIT, anna, id=annas),
        Ask(SUBMIT, ben, id=bens),
        Ask(UndoCheckIn(check_in_id=annas), anna),
        Ask(UndoCheckIn(check_in_id=bens), ben),
    ]


async def test_a_refusal_at_each_position_of_a_turn_leaves_the_others_be(couple: Couple) -> None:
    anna = couple.anna.principal
    by_the_database = Ask(DeleteMood(mood_log_id=UUID(int=1)), anna)
    by_the_rules = Ask(UndoCheckIn(check_in_id=UUID(int=1)), anna)
    for refused in (by_the_database, by_the_rules):
        await verify_with_a_refusal_at_each_position(
            couple.anna.node, couple.address, lambda: together(couple), refused, "not_found"
        )
    rows = await fetch(
        "SELECT count(*) AS n FROM daily_checkin WHERE relationship_id = $1", couple.relationship_id
    )
    assert rows[0]["n"] == 0
    for person in (couple.anna, couple.ben):
        assert await coins_of(person.user_id) == 5


async def test_of_two_submits_in_one_turn_the_first_is_in(couple: Couple) -> None:
    anna = couple.anna.principal
    outcomes = await in_one_turn(
        couple.anna.node, couple.address, [Ask(SUBMIT, anna), Ask(SUBMIT, anna)]
    )
    assert [outcome.granted for outcome in outcomes] == [True, False]
    assert b"checkins.already_submitted" in outcomes[1].body


async def coins_of(user_id: UUID) -> int:
    """Count somebody's coins."""
    rows = await fetch(
        "SELECT credits_posted - debits_posted AS coins FROM account "
        "WHERE owner_id = $1 AND asset = 'coin'",
        user_id,
    )
    return int(rows[0]["coins"]) if rows else 0


async def test_two_relationships_do_not_pay_twice(
    couple: Couple, node: Node, clock: FakeClock
) -> None:
    carl = await sign_up(node, clock, "Carl")
    other = Couple(couple.anna, carl, await unite(couple.anna, carl))
    for one in (couple, other):
        async with one.phones() as (anna, _):
            await anna.check_in()
    await until_quiet(node)
    assert await coins_of(couple.anna.user_id) == 5


async def test_a_streak_outlives_sleep_and_restart(couple: Couple, clock: FakeClock) -> None:
    path = f"/v1/relationships/{couple.relationship_id}/streak"
    assert (await read(couple.ben, path)).json() == {
        "current_days": 0,
        "best_days": 0,
        "last_day": None,
    }
    async with couple.phones() as (anna, ben):
        for day in range(12):
            await anna.check_in()
            if day != 2:
                await ben.check_in()
            await verify(couple.anna.node)
            couple.anna.node.house.system.actors.clear()  # As after a restart.
            await clock.jump(hours=24)
    await later(couple.ben)
    assert (await read(couple.ben, path)).json() == {
        "current_days": 9,
        "best_days": 9,
        "last_day": "2026-03-13",
    }


async def test_pages_go_back_through_all_of_them(couple: Couple, clock: FakeClock) -> None:
    async with couple.phones() as (anna, ben):
        for _ in range(3):
            await anna.check_in()
            await ben.check_in()
            await clock.jump(hours=24)
    await later(couple.anna)
    path = f"/v1/relationships/{couple.relationship_id}/check-ins"
    seen: list[tuple[str, str]] = []
    after: dict[str, str] = {}
    for _ in range(4):
        page = (await read(couple.anna, path, limit=2, **after)).json()
        seen += [(found["local_day"], found["user_id"]) for found in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert [day for day, _ in seen] == [f"2026-03-0{day}" for day in (4, 4, 3, 3, 2, 2)]
    assert len(set(seen)) == 6

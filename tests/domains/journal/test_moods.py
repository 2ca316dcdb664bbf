"""Moods: several a day, shared or private, edited and deleted live."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from actors.principal import Principal
from backend.domains.journal import limits, rules
from backend.domains.journal.messages import DeleteMood, EditMood, LogMood
from backend.persistence.database import fetch
from protocol.clients.python import Refused
from protocol.ids import uuid7
from protocol.limits import SNAPSHOT_BYTES_MAX
from tests.support.clock import FakeClock
from tests.support.couple import Couple, Phone, become_a_couple, later, read, snapshot_of
from tests.support.node import Node
from tests.support.verify import (
    Ask,
    in_one_turn,
    until_quiet,
    verify_with_a_refusal_at_each_position,
)


async def log(phone: Phone, **fields: Any) -> dict[str, Any]:
    """Log a mood for both."""
    told: dict[str, Any] = await phone.do("moods.log", **{**CALM, **fields})
    return told


CALM = {"mood": "calm", "mood_score": 6}


async def test_a_shared_mood_is_seen_edited_and_deleted_live(couple: Couple) -> None:
    async with couple.phones() as (anna, ben):
        logged = await log(anna, notes="A walk")
        assert await ben.sees("moods.logged") == logged
        arrived = await ben.hears("notifications.arrived")
        assert arrived["items"][0]["title"] == "Anna shared a mood"

        mood_log_id = logged["mood_log_id"]
        edited = await anna.do("moods.edit", mood_log_id=mood_log_id, mood="glad", mood_score=9)
        assert await ben.sees("moods.edited") == edited
        shown = (await ben.snapshot())["moods"]["latest"]
        assert [(mood["mood"], mood["mood_score"], mood["notes"]) for mood in shown] == [
            ("glad", 9, None)
        ]

        deleted = await anna.do("moods.delete", mood_log_id=mood_log_id)
        assert await ben.sees("moods.deleted") == deleted
        assert (await ben.snapshot())["moods"]["latest"] == []
        assert (await read(couple.anna, "/v1/moods")).json()["items"] == []
        rows = await fetch(
            "SELECT mood, mood_score, notes FROM mood_log WHERE id = $1", mood_log_id
        )
        assert dict(rows[0]) == {"mood": None, "mood_score": None, "notes": None}


async def test_only_its_author_changes_a_mood_and_only_where_it_is(
    couple: Couple, node: Node, clock: FakeClock
) -> None:
    other = await become_a_couple(node, clock)
    async with couple.phones() as (anna, ben), other.phones() as (carla, _):
        mood_log_id = (await log(anna))["mood_log_id"]
        gone = (await log(anna))["mood_log_id"]
        await anna.do("moods.delete", mood_log_id=gone)
        edit = {"mood": "sly", "mood_score": 1}
        for phone, which in (
            (ben, mood_log_id),
            (carla, mood_log_id),
            (anna, gone),
            (anna, str(uuid7())),
        ):
            for tag, fields in (("moods.edit", edit), ("moods.delete", {})):
                with pytest.raises(Refused, match="not_found"):
                    await phone.do(tag, mood_log_id=which, **fields)
        with pytest.raises(Refused, match="not_found"):
            await anna.do_alone("moods.delete_private", mood_log_id=mood_log_id)
        shown = (await ben.snapshot())["moods"]["latest"]
        assert [mood["mood"] for mood in shown] == ["calm"]


async def test_a_private_mood_is_seen_by_oneself_alone(couple: Couple) -> None:
    async with couple.phones() as (anna, ben):
        secret = {"mood": "doubtful", "mood_score": 3, "notes": "Nobody knows"}
        logged = await anna.do_alone("moods.log_private", **secret)
        assert await anna.hears("moods.private_logged") == logged
        mood_log_id = logged["mood_log_id"]
        own = (await read(couple.anna, "/v1/moods")).json()["items"]
        assert [(mood["mood"], mood["relationship_id"]) for mood in own] == [("doubtful", None)]

        edit = {**secret, "mood": "better", "mood_log_id": mood_log_id}
        assert await anna.do_alone("moods.edit_private", **edit) == await anna.hears(
            "moods.private_edited"
        )
        with pytest.raises(Refused, match="not_found"):
            await anna.do("moods.delete", mood_log_id=mood_log_id)
        with pytest.raises(Refused, match="not_found"):
            await ben.do_alone("moods.delete_private", mood_log_id=mood_log_id)

        page = await read(couple.ben, f"/v1/relationships/{couple.relationship_id}/moods")
        averages = await read(
            couple.ben, f"/v1/relationships/{couple.relationship_id}/moods/averages"
        )
        inbox = await snapshot_of(couple.ben, couple.ben.address)
        seen = f"{await ben.snapshot()}{page.text}{averages.text}{inbox}"
        assert "better" not in seen
        assert str(logged["mood_log_id"]) not in seen
        assert averages.json() == []

        assert await anna.do_alone(
            "moods.delete_private", mood_log_id=mood_log_id
        ) == await anna.hears("moods.private_deleted")
        assert (await read(couple.anna, "/v1/moods")).json()["items"] == []


async def test_a_mood_may_be_logged_edited_and_deleted_in_one_turn(couple: Couple) -> None:
    anna, ben = couple.anna.principal, couple.ben.principal
    mood_log_id = uuid7(int(couple.anna.clock.now().timestamp() * 1000))
    again = EditMood(mood_log_id=mood_log_id, mood="better", mood_score=7)
    outcomes = await in_one_turn(
        couple.anna.node,
        couple.address,
        [
            Ask(LogMood(mood="low", mood_score=2), anna, id=mood_log_id),
            Ask(EditMood(mood_log_id=mood_log_id, mood="so so", mood_score=5), anna),
            Ask(EditMood(mood_log_id=mood_log_id, mood="mine", mood_score=5), ben),
            Ask(again, anna),
            Ask(DeleteMood(mood_log_id=mood_log_id), anna),
            Ask(again, anna),
        ],
    )
    assert [outcome.granted for outcome in outcomes] == [True, True, False, True, True, False]
    rows = await fetch("SELECT mood, deleted_at FROM mood_log WHERE id = $1", mood_log_id)
    assert rows[0]["mood"] is None
    assert rows[0]["deleted_at"] is not None


async def test_edits_of_one_mood_in_one_turn_follow_each_other(couple: Couple) -> None:
    anna = couple.anna.principal
    async with couple.phones() as (phone, _):
        mood_log_id = UUID((await log(phone))["mood_log_id"])
    edits = [EditMood(mood_log_id=mood_log_id, mood=str(n), mood_score=n) for n in range(1, 5)]
    outcomes = await in_one_turn(
        couple.anna.node, couple.address, [Ask(edit, anna) for edit in edits]
    )
    assert all(outcome.granted for outcome in outcomes)
    rows = await fetch("SELECT mood, mood_score FROM mood_log WHERE id = $1", mood_log_id)
    assert dict(rows[0]) == {"mood": "4", "mood_score": 4}


async def test_a_refusal_at_each_position_of_a_turn_leaves_the_others_be(couple: Couple) -> None:
    anna, ben = couple.anna.principal, couple.ben.principal
    granted = [
        Ask(LogMood(mood="calm", mood_score=5), anna),
        Ask(LogMood(mood="glad", mood_score=8), ben),
        Ask(LogMood(mood="calm", mood_score=6), anna),
        Ask(LogMood(mood="glad", mood_score=9), ben),
    ]
    by_the_database = Ask(DeleteMood(mood_log_id=UUID(int=1)), anna)
    a_stranger = Ask(LogMood(mood="calm", mood_score=5), Principal(UUID(int=2)))
    for refused in (by_the_database, a_stranger):
        await verify_with_a_refusal_at_each_position(
            couple.anna.node, couple.address, lambda: granted, refused, "not_found"
        )
    rows = await fetch(
        "SELECT count(*) AS n FROM mood_log WHERE relationship_id = $1", couple.relationship_id
    )
    assert rows[0]["n"] == 2 * 5 * len(granted)
    numbers = await fetch(
        "SELECT number FROM event WHERE topic = $1 ORDER BY number", couple.address
    )
    assert [row["number"] for row in numbers] == list(range(1, len(numbers) + 1))


async def test_a_day_has_a_limit_and_so_have_its_coins(
    couple: Couple, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOODS_PER_DAY_MAX", 12)
    async with couple.phones() as (anna, ben):
        for _ in range(12):
            await log(anna)
        with pytest.raises(Refused) as refused:
            await log(anna)
        assert refused.value.code == "moods.too_many"
        assert refused.value.facts == {"count_max": 12, "local_day": "2026-03-02"}
        await log(ben)
        # Another place, the same day: the coins are counted for the person.
        await anna.do_alone("moods.log_private", **CALM)
        await until_quiet(couple.anna.node)
        assert await coins(couple.anna.user_id) == limits.MOOD_COINS_PER_DAY_MAX
        assert await coins(couple.ben.user_id) == 1
        await clock.jump(hours=24)
        await log(anna)
        assert await coins(couple.anna.user_id) == limits.MOOD_COINS_PER_DAY_MAX + 1


async def coins(user_id: UUID) -> int:
    """Count somebody's coins."""
    rows = await fetch(
        "SELECT credits_posted - debits_posted AS coins FROM account "
        "WHERE owner_id = $1 AND asset = 'coin'",
        user_id,
    )
    return int(rows[0]["coins"]) if rows else 0


async def test_what_is_deleted_still_counts_for_the_day(
    couple: Couple, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOODS_PER_DAY_MAX", 2)
    async with couple.phones() as (anna, _):
        for _ in range(2):
            await anna.do("moods.delete", mood_log_id=(await log(anna))["mood_log_id"])
        couple.anna.node.house.system.actors.clear()  # As after a restart.
        with pytest.raises(Refused, match="too_many"):
            await log(anna)


async def test_pages_go_back_through_all_of_them(couple: Couple, clock: FakeClock) -> None:
    async with couple.phones() as (anna, ben):
        for number in range(7):
            await log(anna if number % 2 else ben, mood_score=number + 1)
            await clock.jump(hours=12)
        await anna.do_alone("moods.log_private", **CALM)
    await later(couple.anna)
    path = f"/v1/relationships/{couple.relationship_id}/moods"
    scores: list[int] = []
    after: dict[str, str] = {}
    for _ in range(4):
        page = (await read(couple.anna, path, limit=2, **after)).json()
        scores += [mood["mood_score"] for mood in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert scores == [7, 6, 5, 4, 3, 2, 1]
    own = (await read(couple.anna, "/v1/moods")).json()
    assert [mood["mood_score"] for mood in own["items"]] == [6, 6, 4, 2]
    assert own["next"] is None


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"after": "what?"}, "invalid"),
        ({"after": "ä"}, "invalid"),
        ({"limit": 0}, "invalid"),
        ({"limit": 101}, "invalid"),
    ],
)
async def test_a_page_that_is_none_is_refused_by_name(
    couple: Couple, parameters: dict[str, Any], code: str
) -> None:
    answer = await read(couple.anna, "/v1/moods", **parameters)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_averages_by_day_week_and_month(couple: Couple, clock: FakeClock) -> None:
    async with couple.phones() as (anna, ben):
        for score in (2, 5):
            await log(anna, mood_score=score)
        await ben.do_alone("moods.log_private", mood="calm", mood_score=10)
        await clock.jump(hours=24 * 7)
        await log(anna, mood_score=9)
        await log(ben, mood_score=4)
        gone = await log(ben, mood_score=1)
        await ben.do("moods.delete", mood_log_id=gone["mood_log_id"])
    await later(couple.anna, couple.ben)
    path = f"/v1/relationships/{couple.relationship_id}/moods/averages"
    annas, bens = str(couple.anna.user_id), str(couple.ben.user_id)

    def flat(averages: list[dict[str, Any]]) -> set[tuple[str, str, int, float]]:
        return {
            (one["user_id"], one["first_day"], one["moods"], one["average_score"])
            for one in averages
        }

    by_day = (await read(couple.ben, path)).json()
    assert flat(by_day) == {
        (annas, "2026-03-02", 2, 3.5),
        (annas, "2026-03-09", 1, 9.0),
        (bens, "2026-03-09", 1, 4.0),
    }
    by_month = (await read(couple.ben, path, by="month")).json()
    assert flat(by_month) == {(annas, "2026-03-01", 3, 5.33), (bens, "2026-03-01", 1, 4.0)}
    own = (await read(couple.ben, "/v1/moods/averages", by="week")).json()
    assert flat(own) == {(bens, "2026-03-02", 1, 10.0), (bens, "2026-03-09", 1, 4.0)}
    one_day = {"first_day": "2026-03-09", "last_day": "2026-03-09"}
    assert len((await read(couple.anna, "/v1/moods/averages", **one_day)).json()) == 1
    for at_the_end in (
        {"first_day": "9999-12-31", "last_day": "9999-12-31"},
        {"last_day": "0001-01-01"},
    ):
        empty = await read(couple.anna, "/v1/moods/averages", **at_the_end)
        assert (empty.status_code, empty.json()) == (200, [])
    for wrong in (
        {"first_day": "2026-03-09", "last_day": "2026-03-08"},
        {"first_day": "2020-01-01", "last_day": "2026-03-08"},
        {"first_day": "0001-01-01"},
        {"first_day": "9999-12-31"},
        {"by": "year"},
    ):
        answer = await read(couple.anna, "/v1/moods/averages", **wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_snapshot_stays_small_whatever_people_write(couple: Couple) -> None:
    async with couple.phones() as (anna, ben):
        for phone in (anna, ben):
            for _ in range(4):
                await log(phone, mood="🙂" * 64, notes="🙂" * 2_000)
            await phone.check_in(gratitude_note="🙂" * 500)
        shown = await anna.snapshot()
    assert len(msgspec.json.encode(shown)) <= SNAPSHOT_BYTES_MAX
    assert len(shown["moods"]["latest"]) == 5
    assert shown["moods"]["latest"][0]["notes"].endswith("…")


async def test_nothing_new_is_shared_while_paused_not_even_by_an_edit(couple: Couple) -> None:
    async with couple.phones() as (anna, ben):
        mood_log_id = (await log(anna))["mood_log_id"]
        await ben.do("relationships.change", status="paused")

        with pytest.raises(Refused) as refused:
            await anna.do("moods.edit", mood_log_id=mood_log_id, mood="glad", mood_score=9)

        assert refused.value.code == "relationships.paused"
        await anna.do("moods.delete", mood_log_id=mood_log_id)
        assert (await ben.snapshot())["moods"]["latest"] == []

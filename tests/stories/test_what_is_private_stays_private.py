"""The privacy level decides what the partner's push, snapshot and pages carry."""

import pytest

from backend.persistence.database import fetch
from tests.support.clock import FakeClock
from tests.support.couple import Couple, Phone, become_a_couple, read, snapshot_of
from tests.support.node import Node
from tests.support.verify import until_quiet

NOTE = "Only for me, perhaps"


async def everything_ben_can_read(couple: Couple, ben: Phone) -> str:
    """Gather what Ben's phone was and would be told."""
    page = await read(couple.ben, f"/v1/relationships/{couple.relationship_id}/check-ins")
    inbox = await snapshot_of(couple.ben, couple.ben.address)
    return f"{await ben.snapshot()}{page.text}{inbox}"


@pytest.mark.parametrize(
    ("level", "scores", "note"),
    [("open", 8, NOTE), ("scores_only", 8, None), ("private", None, None)],
)
async def test_the_partner_sees_what_the_level_allows(
    node: Node, clock: FakeClock, level: str, scores: int | None, note: str | None
) -> None:
    couple = await become_a_couple(node, clock, privacy_level=level)
    async with couple.phones() as (anna, ben):
        told = await anna.check_in(gratitude_note=NOTE)
        seen = (await ben.sees("checkins.submitted"))["check_in"]
        assert (seen["connection_score"], seen["gratitude_note"]) == (scores, note)
        assert seen["local_day"] == "2026-03-02"
        recent = (await ben.snapshot())["check_ins"]["recent"]
        assert recent == [seen]
        path = f"/v1/relationships/{couple.relationship_id}/check-ins"
        assert (await read(couple.ben, path)).json() == {"items": [seen], "next": None}
        assert (NOTE in await everything_ben_can_read(couple, ben)) is (note is not None)

        # Anna sees her own whole, on every device; the one she used is told at once.
        own = (await anna.snapshot())["check_ins"]["recent"][0]
        assert told["check_in"] == own
        assert (own["connection_score"], own["gratitude_note"]) == (8, NOTE)
        assert (await read(couple.anna, path)).json()["items"] == [own]
        if level != "open":
            kept = await anna.hears("checkins.kept")
            assert kept["relationship_id"] == str(couple.relationship_id)
            assert kept["check_in"] == own
    rows = await fetch("SELECT body FROM event WHERE topic = $1", couple.address)
    assert any(NOTE in row["body"] for row in rows) is (note is not None)


async def test_one_check_in_may_be_kept_closer_than_the_others(couple: Couple) -> None:
    async with couple.phones() as (anna, ben):
        told = await anna.check_in(gratitude_note=NOTE, privacy_level="private")
        seen = (await ben.sees("checkins.submitted"))["check_in"]
        assert seen["mood_score"] is None
        assert seen["gratitude_note"] is None
        told = await anna.do(
            "checkins.amend",
            check_in_id=told["check_in"]["check_in_id"],
            connection_score=4,
            mood_score=4,
            relationship_satisfaction=4,
            privacy_level="scores_only",
            gratitude_note=NOTE,
        )
        assert told["check_in"]["gratitude_note"] == NOTE
        seen = (await ben.sees("checkins.amended"))["check_in"]
        assert (seen["mood_score"], seen["gratitude_note"]) == (4, None)
        assert NOTE not in await everything_ben_can_read(couple, ben)


@pytest.mark.parametrize("is_forgotten", [False, True])
async def test_an_amendment_that_names_no_level_shows_no_more_than_before(
    couple: Couple, node: Node, *, is_forgotten: bool
) -> None:
    scores = {"connection_score": 4, "mood_score": 4, "relationship_satisfaction": 4}
    async with couple.phones() as (anna, ben):
        told = await anna.check_in(gratitude_note=NOTE, privacy_level="private")
        check_in_id = told["check_in"]["check_in_id"]
        for level, shown in ((None, None), ("scores_only", 4), (None, 4)):
            if is_forgotten:
                await until_quiet(node)
                node.house.system.actors.pop(couple.address)
            await anna.do(
                "checkins.amend",
                check_in_id=check_in_id,
                gratitude_note=NOTE,
                privacy_level=level,
                **scores,
            )
            seen = (await ben.sees("checkins.amended"))["check_in"]
            assert (seen["mood_score"], seen["gratitude_note"]) == (shown, None)
        assert NOTE not in await everything_ben_can_read(couple, ben)


async def test_a_stricter_level_hides_what_was_and_a_more_open_one_shows_no_more(
    couple: Couple,
) -> None:
    async with couple.phones() as (anna, ben):
        await anna.check_in(gratitude_note=NOTE)
        await anna.do("relationships.change", privacy_level="private")
        changed = await ben.sees("relationships.changed")
        assert changed["relationship"]["privacy_level"] == "private"
        assert changed["changed_by"] == str(couple.anna.user_id)
        assert NOTE not in await everything_ben_can_read(couple, ben)

        await ben.check_in(gratitude_note="Under the seal")
        await anna.do("relationships.change", privacy_level="open")
        shown = str(await anna.snapshot())
        assert "Under the seal" not in shown
        assert NOTE in shown


async def test_what_was_written_offline_under_a_seal_stays_sealed_when_the_partner_opens_it(
    couple: Couple, clock: FakeClock
) -> None:
    async with couple.phones() as (anna, ben):
        await anna.do("relationships.change", privacy_level="private")
        written_at = clock.now()
        await clock.jump(minutes=10)
        await ben.do("relationships.change", privacy_level="open")

        await anna.check_in(gratitude_note=NOTE, made_at=written_at)

        seen = (await ben.sees("checkins.submitted"))["check_in"]
        assert (seen["mood_score"], seen["gratitude_note"]) == (None, None)
        assert NOTE not in await everything_ben_can_read(couple, ben)

"""Anna checks in, and Ben sees it that moment; when he was away he gets it when he comes back."""

from tests.support.clock import FakeClock
from tests.support.couple import Couple, later, read


async def test_ben_sees_annas_check_in_live(couple: Couple) -> None:
    async with couple.phones() as (anna, ben):
        told = await anna.check_in(gratitude_note="Thank you for breakfast")

        seen = await ben.sees("checkins.submitted")

        assert seen == told
        assert seen["check_in"] == {
            "check_in_id": seen["check_in"]["check_in_id"],
            "user_id": str(couple.anna.user_id),
            "local_day": "2026-03-02",
            "made_at": "2026-03-02T09:00:00Z",
            "amended_at": None,
            "privacy_level": "open",
            "connection_score": 8,
            "mood_score": 7,
            "relationship_satisfaction": 9,
            "gratitude_note": "Thank you for breakfast",
        }
        assert await anna.sees("checkins.submitted") == seen


async def test_ben_is_notified_and_anna_has_her_coins(couple: Couple) -> None:
    async with couple.phones() as (anna, ben):
        await anna.check_in(gratitude_note="Between us")

        arrived = await ben.hears("notifications.arrived")
        assert arrived["items"][0]["notification_type"] == "checkin_submitted"
        assert arrived["items"][0]["title"] == "Anna checked in"
        assert arrived["items"][0]["relationship_id"] == str(couple.relationship_id)
        assert "Between us" not in str(arrived)

        changed = await anna.hears("ledger.balance_changed")
        coins = {balance["asset"]: balance for balance in changed["balances"]}["coin"]
        assert coins["available_minor"] == 5


async def test_when_both_have_checked_in_it_is_a_moment_and_a_streak(
    couple: Couple, clock: FakeClock
) -> None:
    async with couple.phones() as (anna, ben):
        for day in range(1, 4):
            await anna.check_in()
            await ben.check_in()
            both = await anna.sees("checkins.both_checked_in")
            assert both == {
                "type": "checkins.both_checked_in",
                "local_day": f"2026-03-0{day + 1}",
            }
            streak = (await anna.sees("streaks.changed"))["streak"]
            assert (streak["current_days"], streak["best_days"]) == (day, day)
            await clock.jump(hours=24)
        assert (await ben.sees("streaks.changed"))["streak"]["current_days"] == 1


async def test_ben_was_away_and_gets_in_order_what_may_still_be_told(
    couple: Couple,
) -> None:
    async with couple.phones() as (anna, ben):
        ben.client.cut()
        first = await anna.check_in()
        await anna.do("checkins.amend", **{**SCORES, "check_in_id": id_of(first)})
        await anna.do("moods.log", mood="calm", mood_score=6)
        await anna.do("checkins.undo", check_in_id=id_of(first))
        last = await anna.check_in(mood_score=3)

        ben.client.restore()

        seen = [await ben.ours.next_push() for _ in range(5)]
        assert [push.event["type"] for push in seen] == [
            "events.withdrawn",
            "events.withdrawn",
            "moods.logged",
            "checkins.undone",
            "checkins.submitted",
        ]
        assert seen[0].event["by"] == seen[1].event["by"] == seen[3].pos
        assert seen[-1].event == last
        numbers = [int(push.pos.partition(".")[2]) for push in seen]
        assert numbers == list(range(numbers[0], numbers[0] + 5))


async def test_ben_acts_while_away_and_it_counts_from_when_he_acted(
    couple: Couple, clock: FakeClock
) -> None:
    async with couple.phones() as (anna, ben):
        yesterday = clock.now()
        await clock.jump(hours=24)
        told = await ben.check_in(made_at=yesterday)
        assert told["check_in"]["local_day"] == "2026-03-02"
        assert (await anna.sees("checkins.submitted")) == told
    await later(couple.anna)
    page = (await read(couple.anna, f"/v1/relationships/{couple.relationship_id}/check-ins")).json()
    assert [found["local_day"] for found in page["items"]] == ["2026-03-02"]


SCORES = {"connection_score": 5, "mood_score": 5, "relationship_satisfaction": 5}


def id_of(told: dict[str, dict[str, str]]) -> str:
    """Read the id of a check-in."""
    return told["check_in"]["check_in_id"]

"""A promise with money on it: held, proved or missed, disputed, settled, and given back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.domains.ledger import Purpose
from protocol.clients.python import Refused
from protocol.messages import Role
from tests.support.clock import FakeClock
from tests.support.couple import Couple, snapshot_of
from tests.support.people import sign_up
from tests.support.promises import (
    Promise,
    can_stake,
    forfeited,
    let_pass,
    look,
    owns,
    promise,
    stake,
    wanted_from,
    with_partner,
)
from tests.support.verify import until_quiet

NOTE = {"note": "Ten pages."}
WEEK_MINOR = 700
MONTH = {"first_day": 30, "last_day": 36}


@pytest.fixture(autouse=True)
async def template(couple: Couple) -> None:
    """Something to promise, and money to put on it."""
    await can_stake(couple.anna)


async def test_all_that_can_be_lost_is_held_and_what_was_not_missed_comes_back(
    couple: Couple,
) -> None:
    async with couple.phones() as (anna, _):
        made = await promise(couple, anna, stake=stake())
        assert await owns(couple.anna) == (1_000 - WEEK_MINOR, WEEK_MINOR)
        for _ in range(6):
            await made.ask(anna.client, "challenges.prove", proof=NOTE)
            await let_pass(couple.anna, couple.ben, days=1)
    await let_pass(couple.anna, couple.ben, days=1)
    found = await made.occurrences(couple.anna)
    outcomes = [found[key]["outcome"] for key in sorted(found)]
    assert outcomes == ["done"] * 6 + ["missed"]
    await let_pass(couple.anna, days=4)
    assert await owns(couple.anna) == (900, 0)
    assert await forfeited(made, Purpose.CHARITY) == 100
    state = await snapshot_of(couple.anna, made.topic)
    assert state["challenge"]["status"] == "ended"
    assert state["challenge"]["tally"] == {
        "done": 6,
        "missed": 1,
        "excused": 0,
        "forfeited_minor": 100,
    }


async def test_who_follows_sees_it_live(couple: Couple) -> None:
    async with couple.phones() as (anna, ben):
        made = await promise(couple, anna, stake=stake("partner"), **with_partner(couple))
        hers, his = await made.follow(anna.client), await made.follow(ben.client)
        done = await made.ask(anna.client, "challenges.prove", proof=NOTE)
        for seen in (hers, his):
            told = (await seen.next_push("challenges.done")).event
            assert told["occurrence"] == done["occurrence"]
            assert told["proof"]["note"] == "Ten pages."


async def test_what_was_missed_goes_to_the_partner_once(couple: Couple) -> None:
    async with couple.phones() as (anna, _):
        made = await promise(couple, anna, stake=stake("partner"), **with_partner(couple))
    await let_pass(couple.anna, couple.ben, days=1)
    assert await owns(couple.ben) == (0, 0)
    await let_pass(couple.anna, couple.ben, days=3, minutes=1)
    assert await owns(couple.ben) == (100, 0)
    assert await owns(couple.anna) == (300, 600)
    for _ in range(3):
        await look(node_of=couple.anna)
    assert await owns(couple.ben) == (100, 0)
    assert (await made.occurrences(couple.ben))[first_of(couple)]["status"] == "settled"


def first_of(couple: Couple) -> str:
    """Name the first day of a promise made at the beginning."""
    day = couple.anna.clock.now().date()
    return str(min(day, day.replace(month=3, day=2)))


async def test_it_cannot_be_begun_with_money_one_does_not_have(couple: Couple) -> None:
    async with couple.phones() as (anna, _):
        with pytest.raises(Refused) as refused:
            await promise(couple, anna, stake=stake(amount_minor=200))
        assert refused.value.code == "ledger.insufficient_funds"
        assert refused.value.facts["amount_minor"] == 1_400
    assert await owns(couple.anna) == (1_000, 0)


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"template_slug": "no-such"}, "template_unknown"),
    ({"template_version": 2}, "template_changed"),
    ({"settings": {}}, "settings_wrong"),
    ({"settings": {"pages": 0}}, "settings_wrong"),
    ({"settings": {"pages": 1, "more": True}}, "settings_wrong"),
    ({"first_day": "2026-03-01"}, "days_wrong"),
    ({"last_day": "2026-03-01"}, "days_wrong"),
    ({"last_day": "2026-09-01"}, "template_forbids"),
    ({"schedule": {"type": "dates", "dates": ["2027-01-01"]}}, "days_wrong"),
    ({"window": {"opens_minute": 600, "closes_minute": 600}}, "window_wrong"),
    ({"window": {"opens_minute": 0, "closes_minute": 60}}, "window_over"),
    ({"proof": "partner"}, "partner_needed"),
    ({"stake": stake("partner")}, "partner_needed"),
    ({"stake": stake("house")}, "partner_needed"),
    ({"stake": stake(amount_minor=10_001)}, "template_forbids"),
    ({"stake": stake(asset="coin")}, "template_forbids"),
)


async def test_what_is_not_allowed_is_refused_by_name_and_holds_nothing(couple: Couple) -> None:
    judge = {**with_partner(couple), "proof": "partner", "stake": stake("partner")}
    async with couple.phones() as (anna, _):
        for wrong, code in (*REFUSED, (judge, "partner_needed")):
            with pytest.raises(Refused) as refused:
                await promise(couple, anna, **{"stake": stake(), **wrong})
            assert refused.value.code == f"challenges.{code}", wrong
    assert await owns(couple.anna) == (1_000, 0)


async def test_nobody_makes_a_stranger_gain_by_their_promise(couple: Couple) -> None:
    eve = await sign_up(couple.anna.node, couple.anna.clock, "Eve")
    async with couple.phones() as (anna, _):
        for who, code in ((eve, "not_found"), (couple.anna, "challenges.partner_needed")):
            stranger = {**with_partner(couple), "partner_id": str(who.user_id)}
            with pytest.raises(Refused) as refused:
                await promise(couple, anna, stake=stake("partner"), **stranger)
            assert refused.value.code == code


async def test_our_own_absence_makes_nobody_miss(couple: Couple) -> None:
    async with couple.phones() as (anna, _):
        made = await promise(couple, anna, stake=stake())
    await let_pass(couple.anna, couple.ben, hours=1)
    await let_pass(couple.anna, couple.ben, is_served=False, minutes=30)
    await let_pass(couple.anna, couple.ben, days=4)
    found = await made.occurrences(couple.anna)
    first, second = sorted(found)[:2]
    assert (found[first]["outcome"], found[first]["excuse"]) == ("excused", "outage")
    assert found[second]["outcome"] == "missed"


async def test_what_was_done_in_time_counts_though_it_is_told_late(couple: Couple) -> None:
    async with couple.phones() as (anna, _):
        made = await promise(couple, anna, stake=stake())
        acted_at = couple.anna.clock.now() + timedelta(hours=2)
        await let_pass(couple.anna, couple.ben, days=1, hours=12)
        first = first_of(couple)
        assert (await made.occurrences(couple.anna))[first]["outcome"] == "missed"
    async with couple.phones() as (anna, _):
        await made.ask(anna.client, "challenges.prove", proof=NOTE, made_at=acted_at, key=first)
    assert (await made.occurrences(couple.anna))[first]["outcome"] == "done"


async def test_a_dispute_is_ruled_on_by_who_gains_nothing(couple: Couple) -> None:
    async with couple.phones() as (anna, _):
        made = await promise(couple, anna, stake=stake("charity"), **with_partner(couple))
    await let_pass(couple.anna, couple.ben, days=1)
    first = first_of(couple)
    async with couple.phones() as (anna, ben):
        with pytest.raises(Refused, match=r"challenges\.not_disputable"):
            await made.ask(ben.client, "challenges.dispute", key=first, note="He did.")
        await made.ask(anna.client, "challenges.dispute", key=first, note="I read in bed.")
        with pytest.raises(Refused, match=r"challenges\.not_referee"):
            await made.ask(anna.client, "challenges.rule", key=first, outcome="done")
        ruled = await made.ask(ben.client, "challenges.rule", key=first, outcome="done")
        assert ruled["occurrence"]["outcome"] == "done"
    await let_pass(couple.anna, couple.ben, days=2)
    assert (await made.occurrences(couple.anna))[first]["status"] == "settled"
    assert await owns(couple.anna) == (300, 700)


async def test_who_gets_the_money_does_not_rule_on_it(couple: Couple) -> None:
    async with couple.phones() as (anna, _):
        made = await promise(couple, anna, stake=stake("partner"), **with_partner(couple))
    await let_pass(couple.anna, couple.ben, days=1)
    first = first_of(couple)
    async with couple.phones() as (anna, ben):
        await made.ask(anna.client, "challenges.dispute", key=first, note="I read in bed.")
        with pytest.raises(Refused, match=r"challenges\.not_referee"):
            await made.ask(ben.client, "challenges.rule", key=first, outcome="missed")
    # Nobody else rules either: then it is as who promised it says.
    await let_pass(couple.anna, couple.ben, days=14, minutes=1)
    assert (await made.occurrences(couple.anna))[first]["excuse"] == "unruled"


async def test_what_would_go_to_the_house_an_admin_excuses_and_never_forfeits(
    couple: Couple, clock: FakeClock
) -> None:
    root = await sign_up(couple.anna.node, clock, "Root", role=Role.ADMIN)
    first, second = (str(clock.now().date() + timedelta(days=days)) for days in (0, 1))
    async with couple.phones() as (anna, _):
        made = await promise(
            couple, anna, stake=stake("house"), last_day=second, **with_partner(couple)
        )
    await let_pass(couple.anna, couple.ben, root, days=1)
    async with couple.phones() as (anna, _), root.phone() as roots:
        await made.ask(anna.client, "challenges.dispute", key=first, note="I read in bed.")
        with pytest.raises(Refused, match=r"challenges\.not_referee"):
            await made.ask(roots, "challenges.rule", key=first, outcome="missed")
        await made.ask(roots, "challenges.rule", key=first, outcome="excused")
    assert await forfeited(made, Purpose.HOUSE) == 0
    # The second day nobody disputes.
    await let_pass(couple.anna, couple.ben, days=4, minutes=1)
    assert await forfeited(made, Purpose.HOUSE) == 100
    assert await owns(couple.anna) == (900, 0)


async def test_what_is_made_easier_is_so_from_the_seventh_day_on(couple: Couple) -> None:
    async with couple.phones() as (anna, _):
        today = couple.anna.clock.now().date()
        month = {"last_day": str(today + timedelta(days=9))}
        made = await promise(couple, anna, stake=stake(), **month)
        asked = await made.ask(anna.client, "challenges.quit")
        assert asked["from_day"] == str(today + timedelta(days=7))
        with pytest.raises(Refused, match=r"challenges\.change_pending"):
            await made.ask(anna.client, "challenges.quit")
    for _ in range(12):
        await let_pass(couple.anna, couple.ben, days=1)
    assert len(await made.occurrences(couple.anna)) == 7
    assert await owns(couple.anna) == (300, 0)


async def test_it_is_called_off_before_it_begins_and_not_after(couple: Couple) -> None:
    async with couple.phones() as (anna, _):
        tomorrow = {"first_day": str(couple.anna.clock.now().date() + timedelta(days=1))}
        made = await promise(couple, anna, stake=stake(), **tomorrow)
        await made.ask(anna.client, "challenges.call_off")
        assert await owns(couple.anna) == (1_000, 0)
        begun = await promise(couple, anna, stake=stake())
        with pytest.raises(Refused, match=r"challenges\.has_begun"):
            await begun.ask(anna.client, "challenges.call_off")


@pytest.mark.parametrize("how", ["leave", "block"])
async def test_parting_ends_what_cannot_go_on_and_the_other_sees_it_no_more(
    couple: Couple, how: str
) -> None:
    async with couple.phones() as (anna, ben):
        made = await promise(couple, anna, stake=stake("partner"), **with_partner(couple))
        his = await made.follow(ben.client)
        assert his.snapshot is not None
        await anna.do(f"relationships.{how}")
        await until_quiet(couple.anna.node)
        with pytest.raises(Refused, match="not_found"):
            await made.ask(ben.client, "challenges.excuse", key=first_of(couple))
        with pytest.raises(Refused, match="not_found"):
            await snapshot_of(couple.ben, made.topic)
    await let_pass(couple.anna, couple.ben, days=1)
    assert await owns(couple.anna) == (1_000, 0)
    assert await owns(couple.ben) == (0, 0)


async def test_parting_long_before_it_begins_gives_all_of_it_back(couple: Couple) -> None:
    async with couple.phones() as (anna, _):
        today = couple.anna.clock.now().date()
        in_a_month = {name: str(today + timedelta(days=n)) for name, n in MONTH.items()}
        await promise(couple, anna, stake=stake("partner"), **in_a_month, **with_partner(couple))
        assert await owns(couple.anna) == (1_000 - WEEK_MINOR, WEEK_MINOR)
        await anna.do("relationships.leave")
        await until_quiet(couple.anna.node)
    await let_pass(couple.anna, couple.ben, minutes=1)
    assert await owns(couple.anna) == (1_000, 0)


async def test_strangers_see_nothing_of_it(couple: Couple) -> None:
    async with couple.phones() as (anna, ben):
        made = await promise(couple, anna)
        with pytest.raises(Refused, match="not_found"):
            await made.ask(ben.client, "challenges.prove", proof=NOTE)
        with pytest.raises(Refused, match="not_found"):
            await snapshot_of(couple.ben, made.topic)


async def test_an_owner_who_moves_takes_the_windows_along(couple: Couple) -> None:
    async with couple.phones() as (anna, _):
        made = await promise(couple, anna)
        before = await made.occurrences(couple.anna)
        await anna.do_alone("identity.change_profile", time_zone="America/New_York")
    await let_pass(couple.anna, minutes=1)
    after = await made.occurrences(couple.anna)
    keys = sorted(before)
    assert before[keys[0]] == after[keys[0]]
    assert before[keys[1]]["due_at"] == "2026-03-03T23:00:00Z"
    assert after[keys[1]]["due_at"] == "2026-03-04T05:00:00Z"


async def test_an_admin_keeps_a_promise_of_their_own_as_everybody_does(
    couple: Couple, clock: FakeClock
) -> None:
    admin = await sign_up(couple.anna.node, clock, "Root", role=Role.ADMIN)
    async with couple.phones() as (anna, _), admin.phone() as phone:
        others = await promise(couple, anna)
        started = await phone.ask(wanted_from(clock.now().date()))
        own = Promise(couple, UUID(started["challenge_id"]))
        done = await own.ask(phone, "challenges.prove", proof=NOTE)
        assert done["occurrence"]["status"] == "done"
        with pytest.raises(Refused, match="not_found"):
            await others.ask(phone, "challenges.prove", proof=NOTE)
    assert len(await own.occurrences(admin)) == 7

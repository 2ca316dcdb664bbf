"""What protects people from putting more on a promise than they want: tight at once, loose late."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from backend.domains.ledger import Asset
from backend.domains.stakes import rules
from backend.domains.stakes.messages import (
    AdultsOnly,
    AlreadyExcluded,
    AssetLimits,
    Excluded,
    LimitExceeded,
    Protection,
)
from backend.domains.stakes.rules import Exposure, Stakes
from protocol.clients.python import Refused
from tests.support.clock import FakeClock
from tests.support.couple import Couple, later
from tests.support.promises import give, have_template, let_pass, owns, promise, stake

NOW = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = timedelta(days=7)
ADULT = Protection(adult_at=NOW)


def limited(**limits: int) -> dict[Asset, AssetLimits]:
    return {Asset.USD: AssetLimits(**limits)}


def check(stakes: Stakes, each: int = 100, total: int = 700, now: datetime = NOW) -> None:
    rules.check(stakes, Asset.USD, each_minor=each, total_minor=total, now=now)


def test_money_is_for_who_said_that_they_are_of_age() -> None:
    with pytest.raises(AdultsOnly):
        check(Stakes())
    check(Stakes(ADULT))
    not_after_all = rules.state_adult(ADULT, NOW, is_adult=False)
    with pytest.raises(AdultsOnly):
        check(Stakes(not_after_all))


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        ({"each_minor": 99}, "one occurrence"),
        ({"challenge_minor": 699}, "one challenge"),
        ({"open_minor": 899}, "all that goes on"),
    ],
)
def test_a_limit_names_what_it_is_for(limits: dict[str, int], what: str) -> None:
    open_ = {UUID(int=1): Exposure(Asset.USD, 200), UUID(int=2): Exposure(Asset.USDC, 10**9)}
    tight = Stakes(rules.set_limits(ADULT, limited(**limits), NOW), open_)
    with pytest.raises(LimitExceeded) as refused:
        check(tight)
    assert refused.value.what == what
    (name,) = limits
    loose = Stakes(rules.set_limits(ADULT, limited(**{name: limits[name] + 1}), NOW), open_)
    check(loose)


def test_tighter_limits_hold_at_once_and_looser_ones_after_a_week() -> None:
    held = rules.set_limits(ADULT, limited(challenge_minor=1_000), NOW)
    assert held.next_limits is None
    looser = rules.set_limits(held, limited(challenge_minor=5_000), NOW)
    assert rules.limits_at(looser, NOW + WEEK - timedelta(seconds=1)) == held.limits
    assert rules.limits_at(looser, NOW + WEEK) == limited(challenge_minor=5_000)
    tighter = rules.set_limits(looser, limited(challenge_minor=10), NOW)
    assert rules.limits_at(tighter, NOW) == limited(challenge_minor=10)
    assert tighter.next_limits is None, "what was to be looser is not, after all"


def test_of_two_limits_each_goes_its_own_way() -> None:
    held = rules.set_limits(ADULT, limited(challenge_minor=1_000, each_minor=100), NOW)
    mixed = rules.set_limits(held, limited(challenge_minor=500, each_minor=200), NOW)
    assert rules.limits_at(mixed, NOW) == limited(challenge_minor=500, each_minor=100)
    assert rules.limits_at(mixed, NOW + WEEK) == limited(challenge_minor=500, each_minor=200)


def test_a_limit_that_is_taken_away_goes_after_a_week() -> None:
    held = rules.set_limits(ADULT, limited(each_minor=100), NOW)
    free = rules.set_limits(held, {}, NOW)
    assert rules.limits_at(free, NOW) == held.limits
    assert rules.limits_at(free, NOW + WEEK) == {}


def test_looser_limits_asked_for_twice_wait_a_week_from_the_second_time() -> None:
    held = rules.set_limits(ADULT, limited(each_minor=1), NOW)
    once = rules.set_limits(held, limited(each_minor=50), NOW)
    twice = rules.set_limits(once, limited(each_minor=80), NOW + timedelta(days=6))
    assert rules.limits_at(twice, NOW + timedelta(days=12)) == held.limits
    assert rules.limits_at(twice, NOW + timedelta(days=13)) == limited(each_minor=80)


def test_who_is_shut_out_stays_out_until_then() -> None:
    out = rules.exclude(ADULT, 30, NOW)
    with pytest.raises(Excluded):
        check(Stakes(out), now=NOW + timedelta(days=29))
    check(Stakes(out), now=NOW + timedelta(days=30))
    with pytest.raises(AlreadyExcluded):
        rules.exclude(out, 29, NOW)
    assert rules.exclude(out, 31, NOW).excluded_until == NOW + timedelta(days=31)


async def test_somebody_sets_themselves_limits_and_is_held_to_them(
    couple: Couple, clock: FakeClock
) -> None:
    await have_template(clock)
    await give(couple.anna, 10_000)
    async with couple.phones() as (anna, _):
        with pytest.raises(Refused, match=r"stakes\.adults_only"):
            await promise(couple, anna, stake=stake())
        await promise(couple, anna)  # Without money on it, anybody may.
        await anna.do_alone("stakes.state_adult", is_adult=True)
        limits = {"usd": {"open_minor": 1_000}}
        await anna.do_alone("stakes.set_limits", limits=limits)
        await promise(couple, anna, stake=stake())
        with pytest.raises(Refused) as refused:
            await promise(couple, anna, stake=stake())
        assert refused.value.facts["amount_minor"] == 1_400
        told = await anna.do_alone("stakes.set_limits", limits={})
        assert told["protection"]["next_limits"] == {}
        with pytest.raises(Refused, match=r"stakes\.limit_exceeded"):
            await promise(couple, anna, stake=stake())
        assert await owns(couple.anna) == (9_300, 700)
    await later(couple.anna, couple.ben, days=7)
    async with couple.phones() as (anna, _):
        await promise(couple, anna, stake=stake())
        await anna.do_alone("stakes.exclude_myself", days=30)
        with pytest.raises(Refused, match=r"stakes\.excluded"):
            await promise(couple, anna, stake=stake())
        with pytest.raises(Refused, match=r"stakes\.already_excluded"):
            await anna.do_alone("stakes.exclude_myself", days=1)


async def test_what_is_at_stake_goes_on_as_it_was_promised_for_who_shuts_themselves_out(
    couple: Couple, clock: FakeClock
) -> None:
    await have_template(clock)
    await give(couple.anna, 1_000)
    async with couple.phones() as (anna, _):
        await anna.do_alone("stakes.state_adult", is_adult=True)
        made = await promise(couple, anna, stake=stake())
        await anna.do_alone("stakes.exclude_myself", days=30)
        await made.ask(anna.client, "challenges.prove", proof={"note": "Ten pages."})
    await let_pass(couple.anna, couple.ben, days=5, minutes=1)
    assert await owns(couple.anna) == (300, 600)
    await let_pass(couple.anna, couple.ben, days=6)
    assert await owns(couple.anna) == (400, 0)

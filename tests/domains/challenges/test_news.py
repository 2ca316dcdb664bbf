"""What people are told when something they put money on was missed, and in whose place it comes."""

from typing import Any

import pytest

from backend.domains.ledger import Asset
from backend.domains.stakes import in_words
from backend.persistence.database import fetch
from tests.support.couple import Couple
from tests.support.people import Person
from tests.support.promises import Promise, can_stake, let_pass, promise, stake, with_partner
from tests.support.verify import until_quiet


@pytest.fixture(autouse=True)
async def template(couple: Couple) -> None:
    """Something to promise, and money to put on it."""
    await can_stake(couple.anna)


async def told(person: Person, kind: str) -> list[dict[str, Any]]:
    """Read what somebody was told of a kind, by what it says."""
    query = (
        "SELECT title, relationship_id, collapse_key FROM notification"
        " WHERE user_id = $1 AND notification_type = $2 ORDER BY title"
    )
    return [dict(row) for row in await fetch(query, person.user_id, kind)]


async def made_to(couple: Couple, forfeits_to: str) -> Promise:
    """Have Anna put a dollar and a half a day on a promise she follows with Ben for two days."""
    async with couple.phones() as (anna, _):
        two_days = {"last_day": str(couple.anna.clock.now().date().replace(day=3))}
        wanted = stake(forfeits_to, amount_minor=150)
        return await promise(couple, anna, stake=wanted, **two_days, **with_partner(couple))


@pytest.mark.parametrize(
    ("forfeits_to", "whose"),
    [("partner", "your partner"), ("charity", "charity"), ("house", "us")],
)
async def test_who_missed_it_is_told_how_much_goes_where(
    couple: Couple, forfeits_to: str, whose: str
) -> None:
    made = await made_to(couple, forfeits_to)
    await let_pass(couple.anna, couple.ben, days=5)
    hers = await told(couple.anna, "challenge_forfeited")
    assert hers[0] == {
        "title": f"You missed 2026-03-02: 1.50 USD goes to {whose}",
        "relationship_id": None,
        "collapse_key": f"{made.challenge_id}/2026-03-02",
    }
    (missed, *_) = await told(couple.anna, "challenge_missed")
    assert missed["collapse_key"] == hers[0]["collapse_key"]
    his = [one["title"] for one in await told(couple.ben, "challenge_forfeited")][:1]
    is_his = forfeits_to == "partner"
    assert his == (["Anna missed 2026-03-02: 1.50 USD comes to you"] if is_his else [])


async def test_who_has_parted_hears_of_the_money_and_of_nobody(couple: Couple) -> None:
    await made_to(couple, "partner")
    await let_pass(couple.anna, couple.ben, days=2)
    async with couple.phones() as (anna, _):
        await anna.do("relationships.block")
        await until_quiet(couple.anna.node)
    await let_pass(couple.anna, couple.ben, days=4)
    first, _ = await told(couple.ben, "challenge_forfeited")
    assert first["title"] == "Somebody missed 2026-03-02: 1.50 USD comes to you"
    assert first["relationship_id"] is None


async def test_nobody_is_told_of_money_where_none_was_put_on_it(couple: Couple) -> None:
    async with couple.phones() as (anna, _):
        await promise(couple, anna, **with_partner(couple))
    await let_pass(couple.anna, couple.ben, days=5)
    assert len(await told(couple.anna, "challenge_missed")) > 1
    assert await told(couple.anna, "challenge_forfeited") == []


@pytest.mark.parametrize(
    ("asset", "amount_minor", "said"),
    [
        (Asset.USD, 5, "0.05 USD"),
        (Asset.USD, 120_000, "1200.00 USD"),
        (Asset.USDC, 1_500_000, "1.50 USDC"),
        (Asset.USDC, 1, "0.000001 USDC"),
        (Asset.COIN, 30, "30 COIN"),
    ],
)
def test_amounts_are_written_as_people_write_them(
    asset: Asset, amount_minor: int, said: str
) -> None:
    assert in_words(asset, amount_minor) == said

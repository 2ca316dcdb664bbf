"""What a person sees of their wallets: on their phones, and over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from backend.domains.ledger import jobs, rules, store
from backend.domains.ledger.accounts import Asset
from backend.domains.ledger.messages import Balance, BalanceMoved
from backend.domains.ledger.posting import post_each
from backend.domains.ledger.rules import Wallet
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from protocol.ids import uuid7
from tests.domains.ledger.book import NOW, Step, award, guarded, hold, post_hold, spend, void_hold
from tests.support.clock import FakeClock
from tests.support.couple import read, snapshot_of
from tests.support.node import Node, running_node
from tests.support.people import Person, sign_up, with_phones
from tests.support.servers import Servers

WELCOME = {"asset": "token", "available_minor": 5, "held_minor": 0, "version": 1}


def coins(available: int, held: int = 0, *, version: int) -> dict[str, Any]:
    """Say what somebody has of coins."""
    return {
        "asset": "coin",
        "available_minor": available,
        "held_minor": held,
        "version": version,
    }


async def move(clock: FakeClock, *steps: Step) -> None:
    """Have a job move something, and tell the people it belongs to."""
    run = JobRun(None, clock=clock, services={})
    async with run.once():
        for address, tell in await post_each([found.item for found in guarded([steps])]):
            run.tell(address, tell)


async def wallet_shown(person: Person) -> list[dict[str, Any]]:
    """Read the wallet in the snapshot of a person's topic."""
    state = await snapshot_of(person, person.address)
    shown: list[dict[str, Any]] = state["wallet"]["balances"]
    return shown


async def test_a_new_person_has_all_wallets_and_the_welcome_tokens(
    node: Node, clock: FakeClock
) -> None:
    anna = await sign_up(node, clock, "Anna")

    assert await wallet_shown(anna) == [WELCOME]
    wallets = (await read(anna, "/v1/wallets")).json()["wallets"]
    assert {found["asset"]: found["available_minor"] for found in wallets} == {
        "coin": 0,
        "token": 5,
        "ai_credit": 0,
        "usd": 0,
        "usdc": 0,
    }


async def test_what_somebody_is_given_is_seen_at_once_on_all_their_phones(
    node: Node, clock: FakeClock
) -> None:
    anna, ben = await sign_up(node, clock, "Anna"), await sign_up(node, clock, "Ben")

    async with with_phones(anna, anna, ben) as (one, two, bens):
        await move(clock, award(anna.user_id, 5))
        for phone in (one, two):
            push = await phone.next_push("ledger.balance_changed")
            assert push.topic == anna.address
            assert push.event["balances"] == [coins(5, version=1), WELCOME]

        await move(clock, award(ben.user_id, 1), award(anna.user_id, 1))
        seen = (await bens.next_push("ledger.balance_changed")).event
        assert seen["balances"] == [coins(1, version=1), WELCOME]


async def test_a_phone_that_was_away_is_shown_the_wallet_as_it_is(
    node: Node, clock: FakeClock
) -> None:
    anna = await sign_up(node, clock, "Anna")
    await move(clock, award(anna.user_id, 5))
    await move(clock, spend(anna.user_id, 2), hold(anna.user_id, 1, id=uuid7()))

    assert await wallet_shown(anna) == [coins(2, 1, version=2), WELCOME]


async def test_the_wallet_survives_a_restart(servers: Servers, clock: FakeClock) -> None:
    async with running_node(servers, clock) as before:
        anna = await sign_up(before, clock, "Anna")
        async with with_phones(anna) as (phone,):
            await move(clock, award(anna.user_id, 5))
            await phone.next_push("ledger.balance_changed")

    async with running_node(servers, clock) as after:
        anna.node = after
        async with with_phones(anna) as (phone,):
            await move(clock, award(anna.user_id, 1))
            seen = (await phone.next_push("ledger.balance_changed")).event
            assert seen["balances"] == [coins(6, version=2), WELCOME]
        assert await wallet_shown(anna) == [coins(6, version=2), WELCOME]


async def test_a_hold_whose_time_is_over_is_given_back_and_seen(
    node: Node, clock: FakeClock
) -> None:
    anna, ben = await sign_up(node, clock, "Anna"), await sign_up(node, clock, "Ben")
    end = clock.now() + timedelta(minutes=5)
    await move(clock, award(anna.user_id, 5), award(ben.user_id, 5))
    await move(
        clock,
        hold(anna.user_id, 3, id=uuid7(), expires_at=end),
        hold(ben.user_id, 3, id=uuid7(), expires_at=end + timedelta(minutes=1)),
        hold(ben.user_id, 1, id=uuid7()),
    )

    async with with_phones(anna) as (phone,):
        await clock.advance(minutes=5)
        await jobs.expire_holds(JobRun(None, clock=clock, services={}))

        seen = (await phone.next_push("ledger.balance_changed")).event
        while seen["balances"][0]["version"] < 3:
            seen = (await phone.next_push("ledger.balance_changed")).event
        assert seen["balances"] == [coins(5, version=3), WELCOME]

    assert await wallet_shown(ben) == [coins(1, 4, version=2), WELCOME]


async def test_expiring_holds_again_or_late_does_no_harm(node: Node, clock: FakeClock) -> None:
    anna = await sign_up(node, clock, "Anna")
    gone, kept = uuid7(), uuid7()
    end = clock.now() + timedelta(minutes=5)
    await move(clock, award(anna.user_id, 5))
    await move(
        clock,
        hold(anna.user_id, 1, id=gone, expires_at=end),
        hold(anna.user_id, 1, id=kept, expires_at=end),
    )
    await clock.advance(minutes=6)
    due = await store.due_holds(clock.now(), 100)
    run = JobRun(None, clock=clock, services={})
    expiries = [jobs.expiry(found, run) for found in due if found.hold_id in {gone, kept}]
    await move(clock, void_hold(gone))

    async with run.once():
        told = await post_each(expiries)
    async with JobRun(None, clock=clock, services={}).once():
        again = await post_each(expiries)

    assert ([address for address, _ in told], again) == ([anna.address], [])
    assert await wallet_shown(anna) == [coins(5, version=4), WELCOME]


async def test_the_balances_of_the_house_are_rolled_up_by_a_job(
    node: Node, clock: FakeClock
) -> None:
    anna = await sign_up(node, clock, "Anna")
    await move(clock, award(anna.user_id, 5))

    await jobs.roll_up_house(JobRun(None, clock=clock, services={}))
    await jobs.roll_up_house(JobRun(None, clock=clock, services={}))

    rows = await fetch(
        "SELECT a.credits_posted - a.debits_posted AS rolled, b.posted_minor AS posted "
        "FROM account AS a JOIN house_balance AS b ON b.account_id = a.id"
    )
    assert [row["rolled"] for row in rows] == [row["posted"] for row in rows]


# -------------------------------------------------------------------------------------- entries


async def entries(person: Person, **parameters: Any) -> dict[str, Any]:
    """Read a page of somebody's coins."""
    answer = await read(person, "/v1/wallets/coin/entries", **parameters)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def test_the_entries_of_a_wallet_are_read_page_by_page_the_latest_first(
    node: Node, clock: FakeClock
) -> None:
    anna = await sign_up(node, clock, "Anna")
    given = [uuid7() for _ in range(7)]
    for place, gift in enumerate(given, 1):
        await move(clock, award(anna.user_id, place, id=gift))

    pages, after = [], None
    for _ in range(3):
        page = await entries(anna, limit=3, **({"after": after} if after else {}))
        pages.append([UUID(entry["transfer_id"]) for entry in page["entries"]])
        after = page["next"]

    assert pages == [given[:3:-1], given[3:0:-1], given[:1]]
    assert after is None


async def test_an_entry_says_what_happened_and_their_sum_is_the_balance(
    node: Node, clock: FakeClock
) -> None:
    anna = await sign_up(node, clock, "Anna")
    held, other, gift = uuid7(), uuid7(), uuid7()
    await move(clock, award(anna.user_id, 10, id=gift))
    await move(clock, hold(anna.user_id, 4, id=held), hold(anna.user_id, 2, id=other))
    await move(clock, post_hold(held, 3), void_hold(other), spend(anna.user_id, 1))

    page = await entries(anna)

    assert [
        (found["phase"], found["reason"], found["amount_minor"], found["posted_minor"])
        for found in page["entries"]
    ] == [
        ("posted", "usage", -1, -1),
        ("void", "refund", -2, 0),
        ("post", "forfeit", -3, -3),
        ("pending", "stake", -2, 0),
        ("pending", "stake", -4, 0),
        ("posted", "award", 10, 10),
    ]
    assert page["entries"][2]["hold_id"] == str(held)
    assert page["entries"][-1] == {
        "transfer_id": str(gift),
        "amount_minor": 10,
        "posted_minor": 10,
        "phase": "posted",
        "hold_id": None,
        "expires_at": None,
        "reason": "award",
        "reference": "test",
        "created_at": NOW.isoformat().replace("+00:00", "Z"),
    }
    assert (await wallet_shown(anna))[0]["available_minor"] == 6


async def test_nobody_reads_what_is_not_theirs(node: Node, clock: FakeClock) -> None:
    anna, ben = await sign_up(node, clock, "Anna"), await sign_up(node, clock, "Ben")
    bens = uuid7()
    await move(clock, award(ben.user_id, 3, id=bens))

    assert (await entries(anna))["entries"] == []
    answer = await read(anna, "/v1/wallets/coin/entries", after=str(bens))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    async with httpx.AsyncClient(base_url=node.http_url) as stranger:
        for path in ("/v1/wallets", "/v1/wallets/coin/entries"):
            refused = await stranger.get(path)
            assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("path", "parameters", "status"),
    [
        ("doubloon", {}, 404),
        ("coin", {"limit": 0}, 422),
        ("coin", {"limit": 101}, 422),
        ("coin", {"limit": "many"}, 422),
        ("coin", {"after": "yesterday"}, 422),
    ],
)
async def test_what_cannot_be_read_is_refused_by_name(
    node: Node, clock: FakeClock, path: str, parameters: dict[str, Any], status: int
) -> None:
    anna = await sign_up(node, clock, "Anna")

    answer = await read(anna, f"/v1/wallets/{path}/entries", **parameters)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


# ---------------------------------------------------------------------------------------- rules


def balance(available: int, version: int, asset: Asset = Asset.COIN) -> Balance:
    """Say what somebody has."""
    return Balance(asset=asset, available_minor=available, held_minor=0, version=version)


def test_a_balance_that_was_overtaken_is_no_news() -> None:
    wallet = Wallet((balance(7, version=3),))

    for late in (balance(5, version=2), balance(7, version=3)):
        assert rules.moved(wallet, BalanceMoved(balance=late)).balances == wallet.balances


def test_balances_stand_in_the_order_of_their_names() -> None:
    wallet = Wallet((balance(5, 1, Asset.TOKEN),))

    changed = rules.moved(wallet, BalanceMoved(balance=balance(1, 1)))

    assert changed.balances == (balance(1, 1), balance(5, 1, Asset.TOKEN))

"""A promise ends with whose it is; one with money on it stands in the way until it is decided."""

from uuid import UUID

import pytest

from backend.domains.challenges import leaving
from backend.persistence.database import fetch
from backend.persistence.personal_data import ErasureWish
from tests.domains.privacy.desk import ask
from tests.domains.privacy.test_erasing import ask_to_be_erased, erased
from tests.domains.privacy.traces import traces_in_database
from tests.support.couple import Couple, later, read, snapshot_of
from tests.support.desk import Desk
from tests.support.people import PASSWORD
from tests.support.promises import (
    can_stake,
    have_template,
    let_pass,
    owns,
    promise,
    stake,
    with_partner,
)
from tests.support.servers import Servers
from tests.support.verify import until_quiet

pytestmark = pytest.mark.usefixtures("verified")

WORDS = ("My secret promise", "A page about Lisbon")


async def test_a_promise_ends_and_its_words_go(
    couple: Couple, desk: Desk, servers: Servers
) -> None:
    await have_template(couple.anna.clock)
    async with couple.phones() as (anna, ben):
        promised = await promise(couple, anna, title=WORDS[0], **with_partner(couple))
        proof = {"note": WORDS[1]}
        done = await promised.ask(anna.client, "challenges.prove", proof=proof)
        key = done["occurrence"]["key"]
        await promised.ask(ben.client, "challenges.dispute", key=key, note="I saw no book")
    assert await traces_in_database(servers, WORDS)

    await erased(couple.anna, desk)

    assert await traces_in_database(servers, WORDS) == []
    (ruling,) = await fetch(
        "SELECT act, note FROM challenge_ruling WHERE challenge_event_id = $1",
        UUID(done["occurrence"]["event_id"]),
    )
    assert (ruling["act"], ruling["note"]) == ("dispute", None)
    (row,) = await fetch(
        "SELECT status, wake_at, ended_at FROM user_challenge WHERE id = $1", promised.challenge_id
    )
    assert (row["status"], row["wake_at"]) == ("ended", None)
    assert row["ended_at"] is not None
    await later(couple.ben, minutes=1)
    assert (await read(couple.ben, "/v1/challenges")).json()["items"] == []


async def test_whoever_follows_is_forgotten_by_the_promise(couple: Couple, desk: Desk) -> None:
    await have_template(couple.anna.clock)
    async with couple.phones() as (anna, _):
        promised = await promise(couple, anna, **with_partner(couple))
    await erased(couple.ben, desk)
    await later(couple.anna, minutes=1)
    shown = (await snapshot_of(couple.anna, promised.topic))["challenge"]
    assert (shown["status"], shown["followers"]) == ("running", [])


async def test_money_on_a_promise_stands_in_the_way(couple: Couple) -> None:
    await can_stake(couple.anna)
    async with couple.phones() as (anna, _):
        await promise(couple, anna, stake=stake())
    refused = await ask_to_be_erased(couple.anna)
    assert (refused.status_code, refused.json()["code"]) == (409, "challenges.stake_goes_on")
    assert refused.json()["facts"] == {"count": 1}
    assert await owns(couple.anna) == (300, 700)


async def test_money_on_a_promise_keeps_an_account_awake(couple: Couple) -> None:
    await can_stake(couple.anna)
    async with couple.phones() as (anna, ben):
        await promise(couple, anna, stake=stake("partner"), **with_partner(couple))
        await promise(couple, ben)
    proof = {"current_password": PASSWORD}
    refused = await ask(couple.anna, "POST", "/v1/me/deactivate", proof)
    assert (refused.status_code, refused.json()["code"]) == (409, "challenges.stake_goes_on")
    assert await owns(couple.anna) == (300, 700)
    # Who only gains by it, or put no money on theirs, may rest; it all goes on as it was promised.
    assert (await ask(couple.ben, "POST", "/v1/me/deactivate", proof)).status_code == 204
    await let_pass(couple.anna, days=4, minutes=1)
    assert await owns(couple.anna) == (300, 600)


async def test_who_may_still_get_what_was_missed_is_not_erased_before_it_is_decided(
    couple: Couple, desk: Desk
) -> None:
    await can_stake(couple.anna)
    late = {"first_day": "2026-03-15", "last_day": "2026-03-21"}
    async with couple.phones() as (anna, _):
        await promise(couple, anna, stake=stake("partner"), **late, **with_partner(couple))
    wish = ErasureWish(user_id=couple.ben.user_id, give_up_balances=False)
    await let_pass(couple.anna, couple.ben, days=14)  # A day is missed, and may still be disputed.
    async with couple.phones() as (_, ben):
        await ben.do("relationships.leave")
    await until_quiet(couple.anna.node)
    assert await leaving.part(wish, desk.job_run())
    assert await owns(couple.anna) == (300, 700)
    await let_pass(couple.anna, couple.ben, days=3)
    assert not await leaving.part(wish, desk.job_run())
    assert await owns(couple.anna) == (900, 0)
    assert await owns(couple.ben) == (100, 0)

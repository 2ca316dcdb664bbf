"""What a referee or an admin has said of a day stays said: nobody proves otherwise afterwards."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from protocol.clients.python import Refused
from protocol.messages import Role
from tests.support.clock import FakeClock
from tests.support.couple import Couple, read
from tests.support.people import Person, sign_up
from tests.support.promises import (
    Promise,
    give,
    have_template,
    let_pass,
    owns,
    promise,
    stake,
    with_partner,
)

NOTE = {"note": "Ten pages."}
FIRST, SECOND = "2026-03-02", "2026-03-03"
DISPUTES = "/v1/challenges/disputes"


@pytest.fixture(autouse=True)
async def template(couple: Couple, clock: FakeClock) -> None:
    """Something to promise, and money to put on it."""
    await have_template(clock)
    await give(couple.anna, 1_000)
    assert (await couple.anna.post("stakes.state_adult", is_adult=True)).status_code == 200


async def missed(couple: Couple, **more: Any) -> tuple[Promise, datetime]:
    """Have Anna miss a day and dispute it; says at which moment she could have done it."""
    async with couple.phones() as (anna, _):
        made = await promise(couple, anna, stake=stake(), **with_partner(couple), **more)
    in_time = couple.anna.clock.now() + timedelta(hours=2)
    await let_pass(couple.anna, couple.ben, days=1)
    async with couple.phones() as (anna, _):
        await made.ask(anna.client, "challenges.dispute", key=FIRST, note="I read in bed.")
    return made, in_time


async def test_who_was_ruled_against_does_not_say_late_that_they_did_it(couple: Couple) -> None:
    made, in_time = await missed(couple)
    async with couple.phones() as (anna, ben):
        await made.ask(ben.client, "challenges.rule", key=FIRST, outcome="missed")
        for named in ({"key": FIRST}, {}):
            with pytest.raises(Refused, match=r"challenges\.not_open"):
                await made.ask(
                    anna.client, "challenges.prove", proof=NOTE, made_at=in_time, **named
                )
    assert (await made.occurrences(couple.anna))[FIRST]["outcome"] == "missed"
    await let_pass(couple.anna, couple.ben, days=1)
    assert await owns(couple.anna) == (300, 600)


async def test_nor_does_a_friend_confirm_what_an_admin_has_ruled_on(
    couple: Couple, clock: FakeClock
) -> None:
    made, in_time = await missed(couple, proof="partner")
    admin = await sign_up(couple.anna.node, clock, "Root", role=Role.ADMIN)
    async with couple.phones() as (_, ben), admin.phone() as phone:
        await made.ask(phone, "challenges.rule", key=FIRST, outcome="missed")
        with pytest.raises(Refused, match=r"challenges\.not_open"):
            await made.ask(ben.client, "challenges.confirm", key=FIRST, made_at=in_time)
    assert (await made.occurrences(couple.anna))[FIRST]["outcome"] == "missed"


async def test_an_admin_finds_what_waits_for_a_ruling_page_by_page_and_rules_on_it(
    couple: Couple, clock: FakeClock
) -> None:
    made, _ = await missed(couple)
    await let_pass(couple.anna, couple.ben, days=1)
    async with couple.phones() as (anna, _):
        await made.ask(anna.client, "challenges.dispute", key=SECOND, note="That day, too.")
    admin = await sign_up(couple.anna.node, clock, "Root", role=Role.ADMIN)
    first, second = await waiting(admin, made)
    assert (first["key"], second["key"]) == (FIRST, SECOND)
    assert (first["amount_minor"], first["note"]) == (100, "I read in bed.")
    assert first["ruled_by"] == "2026-03-17T09:00:00Z"
    async with admin.phone() as phone:
        for one in (first, second):
            await made.ask(phone, "challenges.rule", key=one["key"], outcome="missed")
    assert await waiting(admin, made) == []
    assert (await read(couple.ben, DISPUTES)).status_code == 403


async def waiting(admin: Person, made: Promise) -> list[dict[str, Any]]:
    """Read page by page what waits for a ruling; returns what is of a promise."""
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = (await read(admin, DISPUTES, limit=1, **after)).json()
        found += [one for one in page["items"] if one["challenge_id"] == str(made.challenge_id)]
        if page["next"] is None:
            return found
        after = {"after": page["next"]}

"""What a referee or an admin has said of a day stays said: nobody proves otherwise afterwards."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from protocol.clients.python import Refused
from protocol.messages import Role
from tests.support.clock import FakeClock
from tests.support.couple import Couple
from tests.support.people import sign_up
from tests.support.promises import Promise, can_stake, let_pass, owns, promise, stake, with_partner

NOTE = {"note": "Ten pages."}
FIRST = "2026-03-02"


@pytest.fixture(autouse=True)
async def template(couple: Couple) -> None:
    """Something to promise, and money to put on it."""
    await can_stake(couple.anna)


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


async def test_nor_does_who_ruled_excuse_what_an_admin_is_asked_or_has_ruled(
    couple: Couple, clock: FakeClock
) -> None:
    made, _ = await missed(couple)
    admin = await sign_up(couple.anna.node, clock, "Root", role=Role.ADMIN)
    async with couple.phones() as (anna, ben), admin.phone() as phone:
        await made.ask(ben.client, "challenges.rule", key=FIRST, outcome="missed")
        await made.ask(anna.client, "challenges.dispute", key=FIRST, note="I did read.")
        with pytest.raises(Refused, match=r"challenges\.not_referee"):
            await made.ask(ben.client, "challenges.excuse", key=FIRST)
        await made.ask(phone, "challenges.rule", key=FIRST, outcome="missed")
        with pytest.raises(Refused, match=r"challenges\.not_disputable"):
            await made.ask(ben.client, "challenges.excuse", key=FIRST)
    assert (await made.occurrences(couple.anna))[FIRST]["outcome"] == "missed"

"""The whole of it: in by a letter, money by card, a promise kept and missed, and money back out."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from redis.asyncio import Redis

from backend.embedded.stripe import EmbeddedStripe
from protocol.clients.python import Client
from tests.domains.payments.till import Till, open_till
from tests.support.clock import FakeClock
from tests.support.couple import Couple, later, read, unite
from tests.support.desk import Desk, open_desk
from tests.support.node import Node, running_node
from tests.support.people import Person, sign_up
from tests.support.promises import Promise, be_of_age, have_template, let_pass, owns, stake
from tests.support.servers import Servers
from tests.support.stripe import settings_of, stand_in

__all__ = ["stand_in"]

EMAIL = "anna.of.a.letter@example.org"
DAY_MINOR = 500


@pytest.fixture
async def node(servers: Servers, clock: FakeClock, stand_in: EmbeddedStripe) -> AsyncIterator[Node]:
    """A node that takes cards."""
    async with Redis.from_url(servers.redis_url) as redis:
        await redis.flushdb()
    async with running_node(servers, clock, **settings_of(stand_in)) as running:
        yield running


@pytest.fixture
async def till(servers: Servers, node: Node, stand_in: EmbeddedStripe) -> AsyncIterator[Till]:
    """A till, and the desk where letters are sent."""
    async with open_desk(servers, node) as desk, open_till(desk, stand_in) as opened:
        yield opened


async def come_in_by_a_letter(till: Till, clock: FakeClock) -> Person:
    """Ask for a link, open it, and have an account by that."""
    desk: Desk = till.desk
    stranger = Person(desk.node, clock, UUID(int=0), EMAIL, "")
    asked = await till.ask(stranger, "POST", "/v1/auth/link", email=EMAIL)
    assert asked.status_code == 202, asked.text
    await desk.work()
    letter: Any = desk.mail.taken[-1].get_body(("plain",))
    token = re.findall(r"#sign_in=(\S+)", letter.get_content())[0]
    opened = await till.ask(
        stranger,
        "POST",
        "/v1/auth/link/open",
        token=token,
        name="Anna",
        time_zone="Europe/Berlin",
    )
    assert opened.status_code == 200, opened.text
    told = opened.json()
    return Person(desk.node, clock, UUID(told["user"]["id"]), EMAIL, told["access_token"])


async def begin(couple: Couple, phone: Client) -> Promise:
    """Promise to read on two days, for five dollars each, which Ben gets."""
    today = couple.anna.clock.now().date()
    started = await phone.ask(
        {
            "type": "challenges.start",
            "template_slug": "a-page-a-day",
            "template_version": 1,
            "title": "Read every day",
            "settings": {"pages": 10},
            "schedule": {"type": "daily"},
            "first_day": str(today),
            "last_day": str(today.replace(day=today.day + 1)),
            "proof": "note",
            "stake": stake("partner", DAY_MINOR),
            "relationship_id": str(couple.relationship_id),
            "partner_id": str(couple.ben.user_id),
        }
    )
    return Promise(couple, UUID(started["challenge_id"]))


async def titles(person: Person) -> list[str]:
    """Read somebody's inbox."""
    page = (await read(person, "/v1/notifications")).json()
    return [one["notification"]["title"] for one in page["items"]]


async def test_from_a_letter_to_a_payout(till: Till, clock: FakeClock, node: Node) -> None:
    await have_template(clock)
    anna, ben = await come_in_by_a_letter(till, clock), await sign_up(node, clock, "Ben")
    couple = Couple(anna, ben, await unite(anna, ben))
    await be_of_age(anna)
    await till.fund(anna, 2_000)
    assert await owns(anna) == (2_000, 0)

    async with anna.phone() as hers, ben.phone() as his:
        made = await begin(couple, hers)
        assert await owns(anna) == (1_000, 1_000)
        bens = await made.follow(his)
        # She is reminded in time, keeps the first day, and he sees it at once.
        await let_pass(anna, ben, hours=12, minutes=10)
        await till.desk.run("remind", "reminders")
        assert "Read every day: due soon" in await titles(anna)
        await made.ask(hers, "challenges.prove", proof={"note": "Ten pages."})
        seen = (await bens.next_push("challenges.done")).event
        assert seen["proof"]["note"] == "Ten pages."

    # The second she misses; nobody disputes it, and it is his.
    await let_pass(anna, ben, days=2)
    await let_pass(anna, ben, days=3, minutes=1)
    assert await owns(ben) == (DAY_MINOR, 0)
    assert await owns(anna) == (2_000 - DAY_MINOR, 0)
    found = await made.occurrences(ben)
    assert [found[key]["outcome"] for key in sorted(found)] == ["done", "missed"]

    # What is hers goes back to her card.
    await later(anna, ben, minutes=1)
    asked = await till.pay_out(anna, 2_000 - DAY_MINOR)
    assert asked.status_code == 202, asked.text
    await till.settle()
    assert await owns(anna) == (0, 0)
    page = await till.stripe.v1.refunds.list_async({"limit": 10})
    assert [one.amount for one in page.data] == [2_000 - DAY_MINOR]
    refused = await till.pay_out(ben, 1)
    assert refused.json()["code"] == "payments.payout_exceeds", "what was won came from no card"

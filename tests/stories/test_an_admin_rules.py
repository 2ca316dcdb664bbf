"""Who gains by a miss does not rule on it: an admin finds the dispute, and rules."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from backend.observability.backlog import Backlog
from protocol.clients.python import Refused
from protocol.messages import Role
from tests.support.clock import FakeClock
from tests.support.couple import Couple, read
from tests.support.node import Node
from tests.support.people import Person, sign_up
from tests.support.promises import Promise, can_stake, let_pass, owns, promise, stake, with_partner

DISPUTES = "/v1/challenges/disputes"
FIRST, SECOND, THIRD = "2026-03-02", "2026-03-03", "2026-03-04"


@pytest.fixture
async def made(couple: Couple) -> Promise:
    """A dollar for each of three days that is Ben's if Anna does not read; she missed them."""
    await can_stake(couple.anna)
    async with couple.phones() as (anna, _):
        wanted = {"stake": stake("partner"), "last_day": THIRD, **with_partner(couple)}
        found = await promise(couple, anna, **wanted)
    await let_pass(couple.anna, couple.ben, hours=63)
    return found


async def admin(node: Node, clock: FakeClock) -> Person:
    """Somebody who rules."""
    return await sign_up(node, clock, "Ada", role=Role.ADMIN)


async def dispute(couple: Couple, made: Promise, *keys: str) -> None:
    """Have Anna say that she did read, one day after the other."""
    async with couple.phones() as (anna, _):
        for key in keys:
            await made.ask(anna.client, "challenges.dispute", key=key, note="I read in bed.")
            await couple.anna.clock.jump(seconds=1)


async def pages(by: Person, made: Promise) -> AsyncIterator[dict[str, Any]]:
    """Read what is disputed of a promise, two at a time of all there are."""
    after: dict[str, str] = {}
    while True:
        page = await read(by, DISPUTES, limit=2, **after)
        assert page.status_code == 200, page.text
        for one in page.json()["items"]:
            if one["challenge_id"] == str(made.challenge_id):
                yield one
        if page.json()["next"] is None:
            return
        after = {"after": page.json()["next"]}


async def rule(by: Person, dispute: dict[str, Any], outcome: str) -> httpx.Response:
    """Rule by the command, as docs/operations.md says."""
    bearer = {"Authorization": f"Bearer {by.token}"}
    wanted = {"key": dispute["key"], "outcome": outcome, "note": "We have talked to both."}
    async with httpx.AsyncClient(base_url=by.node.http_url, headers=bearer) as client:
        to = {"to": f"challenge/{dispute['challenge_id']}"}
        return await client.post("/v1/commands/challenges.rule", params=to, json=wanted)


@pytest.mark.parametrize(("outcome", "his"), [("missed", 300), ("done", 200), ("excused", 200)])
async def test_an_admin_finds_what_is_disputed_rules_and_the_money_moves_accordingly(
    couple: Couple, clock: FakeClock, made: Promise, outcome: str, his: int
) -> None:
    await dispute(couple, made, SECOND)
    async with couple.phones() as phones:
        for phone in phones:
            with pytest.raises(Refused, match=r"challenges\.not_referee"):
                await made.ask(phone.client, "challenges.rule", key=SECOND, outcome="done")
    ada = await admin(couple.anna.node, clock)
    (found,) = [one async for one in pages(ada, made)]
    assert (found["key"], found["over"], found["amount_minor"]) == (SECOND, "missed", 100)
    assert (found["note"], found["needs_admin"]) == ("I read in bed.", True)
    assert found["stake"]["beneficiary_id"] == str(couple.ben.user_id)

    assert (await rule(ada, found, outcome)).status_code == 200
    assert [one async for one in pages(ada, made)] == []
    await let_pass(couple.anna, couple.ben, days=4)
    await let_pass(couple.anna, couple.ben, minutes=1)
    ruled = (await made.occurrences(couple.anna))[SECOND]
    assert (ruled["status"], ruled["outcome"]) == ("settled", outcome)
    assert (await owns(couple.ben))[0] == his


async def test_what_has_waited_longest_comes_first_also_when_it_is_ruled_on_between_two_pages(
    couple: Couple, clock: FakeClock, made: Promise
) -> None:
    await dispute(couple, made, SECOND, THIRD, FIRST)
    ada = await admin(couple.anna.node, clock)
    seen = []
    async for one in pages(ada, made):
        seen.append(one["key"])
        assert (await rule(ada, one, "done")).status_code == 200
    assert seen == [SECOND, THIRD, FIRST]


async def test_nobody_but_an_admin_sees_what_others_dispute(couple: Couple) -> None:
    for person in (couple.anna, couple.ben):
        page = await read(person, DISPUTES)
        assert (page.status_code, page.json()["code"]) == (403, "forbidden")


async def test_how_many_wait_stands_in_the_metrics(couple: Couple, made: Promise) -> None:
    before = await waiting(couple)
    await dispute(couple, made, FIRST, SECOND)
    assert await waiting(couple) == before + 2


async def waiting(couple: Couple) -> int:
    """Read how many disputes wait for a ruling, as of now."""
    couple.anna.node.house.backlog = Backlog()
    text = (await read(couple.anna, "/metrics")).text
    (line,) = [line for line in text.splitlines() if line.startswith("tandem_disputes_open ")]
    return int(float(line.split()[1]))

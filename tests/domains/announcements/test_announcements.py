"""Announcements: said to everybody at once, shown to who comes later, read page by page."""

from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from actors.shown import size_of
from backend.domains.announcements.shown import LATEST_SHOWN_MAX, MESSAGE_SHOWN_BYTES_MAX
from protocol.messages import Role
from tests.support.clock import FakeClock
from tests.support.couple import read, snapshot_of
from tests.support.node import Node
from tests.support.people import Person, sign_up, with_phones
from tests.support.servers import Servers


@pytest.fixture(autouse=True)
async def nothing_said(servers: Servers) -> None:
    """Begin with nothing announced: there is one board for all tests."""
    owner = await asyncpg.connect(servers.urls.owner)
    await owner.execute("TRUNCATE announcement")
    await owner.close()


async def publish(node: Node, clock: FakeClock, messages: Sequence[str]) -> list[dict[str, Any]]:
    """Have an admin say these things, and give what was published, the newest first."""
    admin = await sign_up(node, clock, "Root", role=Role.ADMIN)
    published = []
    async with with_phones(admin) as [phone]:
        for message in messages:
            await clock.advance(seconds=1)
            say = {"type": "announcements.publish", "message": message}
            published.append(await phone.ask(say, to="announcements"))
    return published[::-1]


async def page_of(person: Person, **parameters: Any) -> dict[str, Any]:
    answer = await read(person, "/v1/announcements", **parameters)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def facts_of(items: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(one["announcement_id"], one["message"], one["published_at"]) for one in items]


async def test_everybody_hears_it_at_once(node: Node, clock: FakeClock) -> None:
    anna, ben = await sign_up(node, clock, "Anna"), await sign_up(node, clock, "Ben")
    async with with_phones(anna, ben) as phones:
        (said,) = await publish(node, clock, ["Tonight at ten we move house."])
        for phone in phones:
            heard = (await phone.next_push("announcements.published")).event
            assert facts_of([heard]) == facts_of([said])


async def test_who_comes_later_is_shown_the_last_few_with_long_ones_cut(
    node: Node, clock: FakeClock
) -> None:
    whole = "\N{GRINNING FACE}" * 2_000
    *_, first, second = await publish(node, clock, ["short", whole, *"345", "6" * 560])
    anna = await sign_up(node, clock, "Anna")

    latest = (await snapshot_of(anna, "announcements"))["announcements"]["latest"]

    assert len(latest) == LATEST_SHOWN_MAX
    assert second["announcement_id"] not in {one["announcement_id"] for one in latest}
    assert [one["message"] for one in latest[:-1]] == ["6" * 560, "5", "4", "3"]
    assert (cut := latest[-1])["announcement_id"] == first["announcement_id"]
    assert cut["message"].endswith("\N{GRINNING FACE}…")
    assert MESSAGE_SHOWN_BYTES_MAX - 4 < size_of(cut["message"]) <= MESSAGE_SHOWN_BYTES_MAX
    assert whole in {one["message"] for one in (await page_of(anna, limit=6))["items"]}


async def test_pages_bring_all_of_them_the_newest_first(node: Node, clock: FakeClock) -> None:
    said = await publish(node, clock, [f"Number {number}" for number in range(7)])
    anna = await sign_up(node, clock, "Anna")
    first = await page_of(anna, limit=3)
    second = await page_of(anna, limit=3, after=first["next"])
    third = await page_of(anna, limit=3, after=second["next"])
    assert third["next"] is None
    found = [*first["items"], *second["items"], *third["items"]]
    assert facts_of(found) == facts_of(said)
    assert await page_of(anna, after=facts_of(said)[-1][0]) == {"items": [], "next": None}


@pytest.mark.parametrize("after", ["", "1", "' OR 1=1"])
async def test_what_is_no_cursor_is_refused(node: Node, clock: FakeClock, after: str) -> None:
    anna = await sign_up(node, clock, "Anna")
    answer = await read(anna, "/v1/announcements", after=after)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_strangers_read_nothing(node: Node, clock: FakeClock) -> None:
    anna = await sign_up(node, clock, "Anna")
    anna.token = anna.token[::-1]
    assert (await read(anna, "/v1/announcements")).status_code == 401

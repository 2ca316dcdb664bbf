"""What somebody was told of a relationship leaves their inbox with it, and is pushed no more."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from backend.domains.journal.messages import LogMood
from backend.domains.notifications import guard
from backend.domains.relationships.messages import BlockPartner
from backend.persistence.database import fetch
from tests.domains.notifications.test_inbox import MOOD, ids_of, inbox_of, until_gone
from tests.gateway.raw import raw
from tests.support.clock import FakeClock
from tests.support.couple import Couple, later, new_code, snapshot_of, unite
from tests.support.node import Node
from tests.support.people import Person, sign_up
from tests.support.verify import Ask, in_one_turn, until_quiet


def titles_of(page: dict[str, Any]) -> list[str]:
    return [item["notification"]["title"] for item in page["items"]]


async def share_moods(couple: Couple, count: int) -> None:
    """Have Anna share moods, and Ben check in, while both look on."""
    async with couple.phones() as (anna, ben):
        await ben.check_in()
        await anna.hears("notifications.arrived")
        for _ in range(count):
            await anna.do("moods.log", **MOOD)
            await ben.hears("notifications.arrived")


@pytest.mark.parametrize("how", ["relationships.leave", "relationships.block"])
async def test_with_the_answer_both_inboxes_hold_nothing_of_it_any_more(
    couple: Couple, how: str
) -> None:
    await share_moods(couple, 3)
    assert (await inbox_of(couple.ben))["unread"] >= 3
    assert "Ben checked in" in titles_of(await inbox_of(couple.anna))
    async with couple.phones() as (anna, _):
        await anna.do(how)
        for person in (couple.anna, couple.ben):
            assert await inbox_of(person) == {"items": [], "unread": 0, "next": None}
            shown = (await snapshot_of(person, person.address))["inbox"]
            assert shown == {"unread": 0, "latest": []}


async def test_every_device_hears_that_it_is_gone_and_the_new_count(couple: Couple) -> None:
    await share_moods(couple, 2)
    gone = {
        "type": "notifications.withdrawn",
        "relationship_id": str(couple.relationship_id),
    }
    async with couple.phones() as (anna, ben), couple.ben.phone() as other_device:
        await other_device.join(couple.ben.address).ready()
        await anna.do("relationships.block")
        assert await ben.hears("notifications.withdrawn") == gone
        assert (await ben.hears("notifications.unread_changed"))["unread"] == 0
        assert (await other_device.next_push("notifications.withdrawn")).event == gone
        assert (await other_device.next_push("notifications.unread_changed")).event["unread"] == 0
        assert await anna.hears("notifications.withdrawn") == gone


async def test_what_others_told_stays_and_is_counted(
    couple: Couple, node: Node, clock: FakeClock
) -> None:
    carl = await sign_up(node, clock, "Carl")
    other = Couple(carl, couple.ben, await unite(carl, couple.ben))
    await share_moods(couple, 2)
    await share_moods(other, 2)
    async with couple.phones() as (anna, ben):
        page = await inbox_of(couple.ben)
        of_carl = ids_of(page)[titles_of(page).index("Carl shared a mood")]
        await ben.do_alone("notifications.mark_read", notification_ids=[of_carl])
        await anna.do("relationships.leave")
        page = await inbox_of(couple.ben)
    assert titles_of(page) == ["Carl shared a mood", "Carl shared a mood"]
    assert page["unread"] == 1


async def test_who_was_away_is_not_told_again_what_was_withdrawn(
    couple: Couple, node: Node, clock: FakeClock
) -> None:
    async with couple.phones() as (anna, ben):
        before = ben.mine.pos
        await anna.do("moods.log", **MOOD)
        await ben.hears("notifications.arrived")
        await anna.do("relationships.block")
        await ben.hears("notifications.withdrawn")
    async with raw(node, clock) as back:
        await back.hello(couple.ben.token, resume={couple.ben.address: before})
        state = (await back.next("snapshot", topic=couple.ben.address))["state"]
        assert state["inbox"] == {"unread": 0, "latest": []}
        await back.next("joined", topic=couple.ben.address)
        assert await back.said("push") == []


async def test_what_the_same_turn_had_told_is_told_to_nobody(couple: Couple, node: Node) -> None:
    """A phone without a network keeps what is done on it, and sends all of it at once."""
    await until_gone(node, couple.ben)
    outcomes = await in_one_turn(
        node,
        couple.address,
        [
            Ask(LogMood(mood="sad", mood_score=2), couple.anna.principal),
            Ask(BlockPartner(), couple.anna.principal),
            Ask(LogMood(mood="calm", mood_score=8), couple.anna.principal),
        ],
    )
    assert [outcome.granted for outcome in outcomes] == [True, True, False]
    assert await inbox_of(couple.ben) == {"items": [], "unread": 0, "next": None}
    await until_quiet(node)
    rows = await fetch("SELECT body FROM event WHERE topic = $1", couple.ben.address)
    assert not any("shared a mood" in row["body"] for row in rows)


async def test_more_than_goes_at_once_goes_bit_by_bit(
    couple: Couple, monkeypatch: pytest.MonkeyPatch
) -> None:
    await share_moods(couple, 5)
    monkeypatch.setattr(guard, "WITHDRAWN_AT_ONCE_MAX", 2)
    async with couple.phones() as (anna, ben):
        await anna.do("relationships.leave")
        counts = [(await ben.hears("notifications.unread_changed"))["unread"] for _ in range(3)]
    assert counts == [3, 1, 0]
    await until_quiet(couple.ben.node)
    assert await inbox_of(couple.ben) == {"items": [], "unread": 0, "next": None}


async def test_the_count_is_right_when_it_is_read_and_withdrawn_at_once(
    couple: Couple, node: Node, clock: FakeClock
) -> None:
    carl = await sign_up(node, clock, "Carl")
    other = Couple(carl, couple.ben, await unite(carl, couple.ben))
    await share_moods(couple, 6)
    async with couple.phones() as (anna, ben), other.phones() as (carls, _):
        newest = ids_of(await inbox_of(couple.ben, limit=4))
        await asyncio.gather(
            *(ben.do_alone("notifications.mark_read", notification_ids=[id_]) for id_ in newest),
            *(carls.do("moods.log", **MOOD) for _ in range(4)),
            anna.do("relationships.block"),
            ben.do_alone("notifications.mark_all_read", until=newest[-1]),
        )
    await until_quiet(node)
    page = await inbox_of(couple.ben)
    assert titles_of(page)[:4] == ["Carl shared a mood"] * 4
    assert page["unread"] == len([item for item in page["items"] if item["read_at"] is None])


async def invite(anna: Person, ben: Person) -> UUID:
    """Have one invite the other by e-mail, and wait until it stands in their inbox."""
    async with anna.phone() as annas, ben.phone() as bens:
        await bens.join(ben.address).ready()
        opened = await annas.ask({"type": "invitations.open", "email": ben.email})
        await bens.next_push("notifications.arrived")
    assert titles_of(await inbox_of(ben)) == ["Anna invites you"]
    return UUID(opened["relationship_id"])


@pytest.mark.parametrize("block", [False, True])
async def test_an_invitation_that_was_declined_leaves_the_inbox(
    anna: Person, ben: Person, *, block: bool
) -> None:
    relationship_id = await invite(anna, ben)
    async with ben.phone() as phone:
        await phone.ask(
            {
                "type": "invitations.decline",
                "relationship_id": str(relationship_id),
                "block": block,
            }
        )
    assert await inbox_of(ben) == {"items": [], "unread": 0, "next": None}


async def test_an_invitation_that_was_taken_back_leaves_the_inbox(
    anna: Person, ben: Person
) -> None:
    relationship_id = await invite(anna, ben)
    async with anna.phone() as annas, ben.phone() as bens:
        await bens.join(ben.address).ready()
        await annas.ask({"type": "invitations.revoke", "relationship_id": str(relationship_id)})
        await bens.next_push("notifications.withdrawn")
    assert await inbox_of(ben) == {"items": [], "unread": 0, "next": None}


async def test_an_invitation_nobody_answered_stays_as_something_that_happened(
    anna: Person, ben: Person
) -> None:
    await invite(anna, ben)
    await later(anna, ben, days=15)
    async with anna.phone() as phone:
        await phone.ask({"type": "invitations.open", "code": new_code()})
    page = await inbox_of(ben)
    assert (titles_of(page), page["unread"]) == (["Anna invites you"], 1)


async def test_the_invitation_it_began_with_goes_with_the_relationship(
    anna: Person, ben: Person
) -> None:
    relationship_id = await invite(anna, ben)
    async with ben.phone() as phone:
        accept = {"type": "invitations.accept", "relationship_id": str(relationship_id)}
        await phone.ask(accept)
        await phone.next_push("relationships.started")
    assert titles_of(await inbox_of(ben)) == ["Anna invites you"]
    async with Couple(anna, ben, relationship_id).phones() as (annas, _):
        await annas.do("relationships.block")
        for person in (anna, ben):
            assert await inbox_of(person) == {"items": [], "unread": 0, "next": None}

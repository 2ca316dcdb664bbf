"""Leaving and blocking: from that moment nothing is seen, and the other phone learns only that."""

import asyncio
from collections.abc import Collection
from typing import Any
from uuid import UUID

import pytest

from actors.principal import Principal
from protocol.address import Address
from protocol.clients.python import Client, Refused
from protocol.ids import uuid7
from tests.support.clock import FakeClock
from tests.support.couple import Couple, become_a_couple, new_code, read, snapshot_of, unite
from tests.support.node import Node


@pytest.mark.parametrize("how", ["relationships.leave", "relationships.block"])
async def test_both_phones_lose_the_topic_and_learn_no_more_than_that(
    couple: Couple, how: str
) -> None:
    async with couple.phones() as (anna, ben):
        ben.client.set_presence(couple.address, doing="checking_in")
        await anna.check_in()
        await ben.sees("checkins.submitted")
        problems: list[tuple[str, str | None]] = []
        ben.client.on_problem(lambda refused, topic: problems.append((refused.code, topic)))

        told = await anna.do(how)

        ended = {"type": "relationships.ended", "relationship_id": str(couple.relationship_id)}
        assert told == ended
        assert await ben.sees("relationships.ended") == ended
        assert await ben.hears("relationships.ended") == ended
        assert await anna.hears("relationships.ended") == ended
        assert problems == [("not_found", couple.address)]
        for person, phone in ((couple.anna, anna), (couple.ben, ben)):
            assert await refusals(phone.client, couple) == {"not_found"}
            with pytest.raises(Refused, match="not_found"):
                await snapshot_of(person, couple.address)
            for path in ("", "/check-ins", "/streak", "/moods", "/moods/averages"):
                answer = await read(person, f"/v1/relationships/{couple.relationship_id}{path}")
                assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
            mine = (await snapshot_of(person, person.address))["relationships"]
            assert mine["relationships"] == []
        assert couple.address not in node_topics(couple)


def node_topics(couple: Couple) -> dict[str, Any]:
    """List the topics somebody follows."""
    topics: dict[str, Any] = couple.anna.node.house.fanout.hub.topics
    return topics


async def refusals(client: Client, couple: Couple) -> set[str]:
    """Try everything."""
    scores = {"connection_score": 1, "mood_score": 1, "relationship_satisfaction": 1}
    codes = set()
    for tag, fields in (
        ("checkins.submit", scores),
        ("moods.log", {"mood": "sad", "mood_score": 2}),
        ("relationships.change", {"privacy_level": "open"}),
        ("relationships.leave", {}),
        ("relationships.block", {}),
    ):
        with pytest.raises(Refused) as refused:
            await client.ask({"type": tag, **fields}, to=couple.address)
        codes.add(refused.value.code)
    return codes


async def test_a_stranger_is_answered_like_one_whose_relationship_ended(
    couple: Couple, node: Node, clock: FakeClock
) -> None:
    other = await become_a_couple(node, clock)
    async with other.anna.phone() as stranger:
        assert await refusals(stranger, couple) == {"not_found"}
        problem = stranger.join(couple.address)
        with pytest.raises(Refused, match="not_found"):
            await problem.ready()


async def test_who_is_blocked_cannot_come_back(couple: Couple) -> None:
    async with couple.phones() as (anna, _ben):
        await anna.do("relationships.block")
    anna_, ben_ = couple.anna, couple.ben
    async with ben_.phone() as bens, anna_.phone() as annas:
        code = new_code()
        by_code = await bens.ask({"type": "invitations.open", "code": code})
        by_email = await bens.ask({"type": "invitations.open", "email": anna_.email})
        for opened, shown in ((by_code, code), (by_email, None)):
            accept = {
                "type": "invitations.accept",
                "relationship_id": opened["relationship_id"],
                "code": shown,
            }
            with pytest.raises(Refused, match="No invitation of this kind"):
                await annas.ask(accept)
    assert (await read(anna_, "/v1/invitations")).json()["received"] == []


async def test_who_left_may_begin_anew_and_sees_nothing_of_before(couple: Couple) -> None:
    async with couple.phones() as (anna, _ben):
        await anna.check_in(gratitude_note="Of before")
        await anna.do("relationships.leave")
    relationship_id = await unite(couple.ben, couple.anna)
    again = Couple(couple.anna, couple.ben, relationship_id)
    assert relationship_id != couple.relationship_id
    async with again.phones() as (anna, ben):
        assert (await ben.snapshot())["check_ins"]["recent"] == []
        await anna.check_in()
        assert (await ben.sees("checkins.submitted"))["check_in"]["gratitude_note"] is None


async def test_leaving_is_done_once_and_answered_alike(couple: Couple) -> None:
    now_ms = int(couple.anna.clock.now().timestamp() * 1000)
    command_id = uuid7(now_ms)
    async with couple.phones() as (anna, _ben):
        leave = {"type": "relationships.leave"}
        first = await anna.client.ask(leave, to=couple.address, id=command_id)
        assert await anna.client.ask(leave, to=couple.address, id=command_id) == first


async def test_a_pause_lets_nothing_new_in_and_hides_nothing(couple: Couple) -> None:
    async with couple.phones() as (anna, ben):
        await anna.check_in()
        await ben.do("relationships.change", status="paused")
        assert (await anna.sees("relationships.changed"))["relationship"]["status"] == "paused"
        for tag, fields in (
            (
                "checkins.submit",
                {"connection_score": 1, "mood_score": 1, "relationship_satisfaction": 1},
            ),
            ("moods.log", {"mood": "sad", "mood_score": 2}),
        ):
            with pytest.raises(Refused, match="is paused"):
                await ben.do(tag, **fields)
        assert len((await ben.snapshot())["check_ins"]["recent"]) == 1
        await anna.do("relationships.change", status="active")
        await ben.check_in()


async def test_who_leaves_while_another_phone_of_theirs_is_joining_hears_nothing_more(
    couple: Couple,
) -> None:
    house = couple.anna.node.house
    access, reached, go_on = house.gateway.joins.access, asyncio.Event(), asyncio.Event()

    class SlowAccess:
        """Reads for the joining phone, and is overtaken by the leaving before it answers."""

        async def readable(
            self, asked: Collection[tuple[Address, Principal]]
        ) -> set[tuple[Address, UUID]]:
            """Read first, wait, and answer what was true then."""
            answer = await access.readable(asked)
            if couple.address in {topic for topic, _ in asked}:
                reached.set()
                await go_on.wait()
            return answer

        async def snapshot(self, topic: Address, principal: Principal) -> dict[str, Any]:
            """Show it as it was."""
            return await access.snapshot(topic, principal)

    async with couple.phones() as (anna, ben), couple.ben.phone() as second:
        house.gateway.joins.access = SlowAccess()
        joined = second.join(couple.address)
        await asyncio.wait_for(reached.wait(), 5)
        house.gateway.joins.access = access
        await ben.do("relationships.leave")
        await anna.sees("relationships.ended")
        go_on.set()

        with pytest.raises(Refused) as refused:
            await joined.ready(5)
        assert refused.value.code == "not_found"
        assert joined.snapshot is None

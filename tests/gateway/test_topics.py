"""Topics and addresses that are not one's own, and positions nobody ever gave."""

import asyncpg
import httpx
import pytest

from protocol.limits import TOPICS_PER_SOCKET_MAX
from tests.gateway.raw import raw, somebody
from tests.support.clock import FakeClock
from tests.support.node import Node
from tests.support.people import Person
from tests.support.servers import Servers

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.usefixtures("nothing_changes"),
]

EVE = {"type": "identity.change_profile", "name": "Eve"}


async def test_a_topic_of_somebody_else_is_answered_like_one_that_does_not_exist(
    node: Node, clock: FakeClock, anna: Person, ben: Person
) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        answers = []
        for topic in (f"user/{ben.user_id}", f"user/{somebody()}"):
            await eve.send({"type": "join", "topic": topic, "pos": "1.0"})
            answers.append((await eve.next("problem", topic=topic))["refused"])
        assert answers[0] == answers[1]
        assert answers[0]["code"] == "not_found"


async def test_an_actor_of_somebody_else_is_answered_like_one_that_does_not_exist(
    node: Node, clock: FakeClock, anna: Person, ben: Person
) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        his = (await eve.call(EVE, to=f"user/{ben.user_id}"))["refused"]
        nobodys = (await eve.call(EVE, to=f"user/{somebody()}"))["refused"]
        assert his == nobodys
        assert his["code"] == "not_found"


@pytest.mark.parametrize(
    "topic",
    [
        "user",
        "user/",
        "user/me",
        "users/1",
        "announcements/1",
        "announcements/",
        "relationship/*",
        "relationship",
        "head",
        "../announcements",
        "user/00000000-0000-0000-0000-000000000000",
        "'; DROP TABLE event; --",
        "user/\0",
        "\ud83d",
    ],
)
async def test_words_that_are_no_topic_are_answered_alike(
    node: Node, clock: FakeClock, anna: Person, topic: str
) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        refused = await eve.refused({"type": "join", "topic": topic})
        assert refused["code"] in {"not_found", "malformed"}


async def test_another_spelling_of_ones_own_topic_is_none(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        key = str(anna.user_id)
        for spelt in (key.upper(), key.replace("-", ""), f"{{{key}}}", f"urn:uuid:{key}"):
            topic = f"user/{spelt}"
            await eve.send({"type": "join", "topic": topic})
            refused = (await eve.next("problem", topic=topic))["refused"]
            assert refused["code"] == "not_found"
            assert (await eve.call(EVE, to=topic))["refused"]["code"] == "not_found"


async def test_a_command_for_another_kind_of_actor_is_refused(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        refused = (await eve.call(EVE, to="announcements"))["refused"]
        assert (refused["code"], refused["facts"]) == ("wrong_actor", {"expected": "user"})


@pytest.mark.parametrize("said", [{}, {"to": "relationship"}])
async def test_a_command_that_does_not_say_which_relationship_is_told_so(
    node: Node, clock: FakeClock, anna: Person, said: dict[str, str]
) -> None:
    mood = {"type": "moods.log", "mood": "calm", "mood_score": 7}
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        refused = (await eve.call(mood, **said))["refused"]
    assert (refused["code"], refused["facts"]) == ("wrong_actor", {"expected": "relationship"})
    assert refused["message"].startswith("`to` is missing")
    bearer = {"Authorization": f"Bearer {anna.token}"}
    async with httpx.AsyncClient(base_url=node.http_url, headers=bearer) as client:
        del mood["type"]
        told = await client.post("/v1/commands/moods.log", params=said, json=mood)
    assert (told.status_code, told.json()["code"]) == (422, "wrong_actor")
    assert told.json()["detail"] == refused["message"]


async def test_a_command_of_another_role_is_refused(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        do = {"type": "announcements.publish", "message": "I am the admin now"}
        refused = (await eve.call(do))["refused"]
        assert (refused["code"], refused["facts"]) == ("forbidden", {"role": "admin"})


@pytest.mark.parametrize(
    "pos", ["1.999999", f"1.{2**63 - 1}", "2.0", "0.0", "999.1", f"{2**63 - 1}.0"]
)
async def test_a_position_nobody_gave_is_answered_with_a_snapshot(
    node: Node, clock: FakeClock, anna: Person, pos: str
) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token, resume={anna.address: pos})
        snapshot = await eve.next("snapshot", topic=anna.address)
        joined = await eve.next("joined", topic=anna.address)
        assert snapshot["pos"] == joined["pos"] != pos
        assert "profile" in snapshot["state"]
        assert await eve.said("push") == []


async def test_a_socket_follows_a_bounded_number_of_topics(
    node: Node, clock: FakeClock, anna: Person
) -> None:
    async with raw(node, clock) as eve:
        resume = {f"user/{somebody()}": "1.0" for _ in range(TOPICS_PER_SOCKET_MAX)}
        await eve.hello(anna.token, resume=resume)
        refused = (await eve.next("problem"))["refused"]
        assert (refused["code"], refused["facts"]) == ("topics_too_many", {"count_max": 64})
        await eve.next("joined", topic=anna.address)


async def test_joins_of_a_socket_that_have_not_ended_are_bounded(
    node: Node, clock: FakeClock, anna: Person, servers: Servers
) -> None:
    async with raw(node, clock) as eve:
        await eve.hello(anna.token)
        await eve.next("joined", topic=anna.address)
        await eve.next("joined", topic="announcements")
        join, leave = {"type": "join", "topic": anna.address}, {"type": "leave"}
        reader = await asyncpg.connect(servers.urls.owner)
        try:
            async with reader.transaction():
                # Nobody can read where a topic stands.
                await reader.execute("LOCK TABLE head IN ACCESS EXCLUSIVE MODE")
                for _ in range(TOPICS_PER_SOCKET_MAX // 32):
                    await eve.send([leave | {"topic": anna.address}, join] * 32)
                assert await eve.said("problem") == []
                await eve.send({"type": "join", "topic": "announcements"})
                refused = (await eve.next("problem", topic="announcements"))["refused"]
                assert (refused["code"], refused["temporary"]) == ("overloaded", True)
        finally:
            await reader.close()
        # Of all that waited only the last one is still wanted.
        await eve.next("joined", topic=anna.address)
        assert await eve.said("joined") == []


async def test_leaving_and_showing_presence_where_one_is_not_does_nothing(
    node: Node, clock: FakeClock, anna: Person, ben: Person
) -> None:
    async with raw(node, clock) as bens, raw(node, clock) as eve:
        await bens.hello(ben.token)
        await bens.next("joined", topic=ben.address)
        await eve.hello(anna.token)
        await eve.send({"type": "presence", "topic": ben.address, "doing": "listening"})
        await eve.send({"type": "leave", "topic": ben.address})
        assert (await eve.refused({"type": "join", "topic": "x"}))["code"] == "not_found"
        await bens.refused({"type": "join", "topic": "x"})
        assert await bens.said("presence") == []

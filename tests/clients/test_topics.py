"""Topics: every push once, in order, and nothing left out."""

import pytest

from protocol.clients.python import Left, Refused
from tests.clients.phone import Phone, Phones
from tests.clients.script_server import (
    NOW,
    USER_ID,
    Line,
    ScriptServer,
    heartbeat,
    joined,
    push,
    snapshot,
)

PAIR = "relationship/1"


async def follow(server: ScriptServer, phones: Phones) -> tuple[Phone, Line]:
    """Have a phone follow a topic, up to 1.3."""
    anna = await phones(server.url)
    await anna.join(PAIR)
    await anna.start()
    line = await server.accept()
    hello = await line.welcome()
    assert hello.get("resume", {}) == {}, "nothing has been seen yet"
    join = await line.expect("join", topic=PAIR)
    assert "pos" not in join
    await line.send(snapshot(3), joined(3))
    await anna.ready(PAIR)
    assert (await anna.next("snapshot"))["state"] == {"at": 3}
    return anna, line


async def numbers(phone: Phone, count: int) -> list[int]:
    """Take so many pushes and give their numbers."""
    return [(await phone.next("push"))["event"]["number"] for _ in range(count)]


async def test_pushes_come_in_order_with_where_and_when(
    server: ScriptServer, phones: Phones
) -> None:
    anna, line = await follow(server, phones)

    await line.send(push(4), push(5))

    first = await anna.next("push")
    assert (first["topic"], first["pos"]) == (PAIR, "1.4")
    assert first["event"] == {"type": "happened", "number": 4}
    assert first["at"].startswith(NOW[:-1])
    assert await numbers(anna, 1) == [5]


async def test_a_reconnection_resumes_behind_the_last_push(
    server: ScriptServer, phones: Phones
) -> None:
    anna, line = await follow(server, phones)
    await line.send(push(4))
    await line.send(push(1, topic="announcements"))
    await line.send(snapshot(7, topic=f"user/{USER_ID}"))
    await numbers(anna, 2)
    await anna.next("snapshot")
    line.drop()

    line = await server.accept()
    hello = await line.welcome()

    assert hello["resume"] == {PAIR: "1.4", "announcements": "1.1", f"user/{USER_ID}": "1.7"}
    await line.send(push(5), push(6), joined(6))
    await anna.ready(PAIR)
    assert await numbers(anna, 2) == [5, 6]
    # What is resumed is not joined a second time.
    await anna.ask({"type": "moods.log"})
    await line.expect("call")


async def test_a_push_that_came_already_is_dropped(server: ScriptServer, phones: Phones) -> None:
    anna, line = await follow(server, phones)

    await line.send(push(4), push(4), push(2), push(5), push(4, generation=0), push(6))

    assert await numbers(anna, 3) == [4, 5, 6]


async def test_a_hole_is_asked_for_again_and_never_passed_over(
    server: ScriptServer, phones: Phones
) -> None:
    anna, line = await follow(server, phones)
    await line.send(push(4))
    await line.send(push(6))
    await line.expect("join", topic=PAIR, pos="1.4")
    # One that was on its way before the join was read must not be applied either.
    await line.send(push(7))
    await line.send(push(5), push(6), push(7), joined(7), push(8))

    assert await numbers(anna, 5) == [4, 5, 6, 7, 8]


async def test_a_hole_in_the_answer_brings_a_snapshot(server: ScriptServer, phones: Phones) -> None:
    anna, line = await follow(server, phones)
    line.drop()
    line = await server.accept()
    assert (await line.welcome())["resume"] == {PAIR: "1.3"}
    await line.send(push(4), push(6), joined(6))

    join = await line.expect("join", topic=PAIR)
    assert "pos" not in join
    await line.send(snapshot(6), joined(6), push(7))

    assert (await anna.next("snapshot"))["pos"] == "1.6"
    assert await numbers(anna, 2) == [4, 7]


async def test_another_generation_is_a_hole_and_a_snapshot_replaces(
    server: ScriptServer, phones: Phones
) -> None:
    anna, line = await follow(server, phones)
    await line.send(push(4, generation=2))
    await line.expect("join", topic=PAIR, pos="1.3")

    await line.send(snapshot(1, generation=2), joined(1, generation=2), push(2, generation=2))

    assert (await anna.next("snapshot"))["pos"] == "2.1"
    assert (await anna.next("push"))["pos"] == "2.2"


async def test_being_behind_for_longer_than_a_heartbeat_is_asked_for_again(
    server: ScriptServer, phones: Phones
) -> None:
    anna, line = await follow(server, phones)
    # One push is on its way when its head is named: nothing is wrong with that.
    await line.send(heartbeat(relationship="1.4"))
    await line.send(push(4))
    await line.send(heartbeat(relationship="1.5"))
    await line.send(heartbeat())

    await line.expect("join", topic=PAIR, pos="1.4")
    await line.send(push(5), joined(5))
    await line.send(heartbeat(relationship="1.5"), heartbeat(), push(6))

    assert await numbers(anna, 3) == [4, 5, 6]
    await anna.ask({"type": "moods.log"})
    await line.expect("call")  # and not another join


async def test_ones_own_topics_come_without_a_join(server: ScriptServer, phones: Phones) -> None:
    anna = await phones(server.url)
    own = f"user/{USER_ID}"
    await anna.start()
    line = await server.accept()
    await line.welcome(
        also=(snapshot(2, topic=own), joined(2, topic=own), joined(9, topic="announcements"))
    )
    assert (await anna.next("snapshot"))["topic"] == own
    # To subscribe to them says nothing to the server, which has joined them by itself.
    await anna.join(own)
    await anna.join("announcements")
    await anna.ready(own)
    await anna.ready("announcements")
    await anna.join(PAIR)

    await line.expect("join", topic=PAIR)
    await line.send(push(10, topic="announcements"), push(3, topic=own))

    assert await numbers(anna, 2) == [10, 3]


async def test_a_refused_join_ends_its_subscription(server: ScriptServer, phones: Phones) -> None:
    anna = await phones(server.url)
    await anna.start()
    line = await server.accept()
    await line.welcome()
    await anna.join("relationship/2")
    await line.expect("join")
    refused = {"code": "not_found", "message": "There is no such topic.", "facts": {}}
    await line.send({"type": "problem", "topic": "relationship/2", "refused": refused})

    assert await anna.next("problem") == {"code": "not_found", "topic": "relationship/2"}
    with pytest.raises(Refused, match="not_found"):
        await anna.ready("relationship/2")

    line.drop()
    line = await server.accept()
    await line.welcome()
    await anna.join(PAIR)
    await line.expect("join", topic=PAIR)  # the refused one is not tried again


async def test_a_topic_that_may_not_be_read_any_more_ends_too(
    server: ScriptServer, phones: Phones
) -> None:
    anna, line = await follow(server, phones)
    refused = {"code": "not_found", "message": "There is no such topic.", "facts": {}}
    await line.send({"type": "problem", "topic": PAIR, "refused": refused})
    await anna.next("problem")

    with pytest.raises(Refused, match="not_found"):
        await anna.ready(PAIR)


async def test_a_join_that_was_refused_for_the_moment_is_tried_again(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url)
    await anna.join(PAIR)
    await anna.start()
    line = await server.accept()
    await line.welcome()
    await line.expect("join", topic=PAIR)
    refused = {
        "code": "overloaded",
        "message": "Later.",
        "facts": {"retry_after_ms": 700},
        "temporary": True,
    }
    await line.send({"type": "problem", "topic": PAIR, "refused": refused})
    await anna.next("problem")

    await anna.advance(0.7)

    await line.expect("join", topic=PAIR)
    await line.send(joined(1), push(2))
    await anna.ready(PAIR)
    assert await numbers(anna, 1) == [2]


async def test_a_topic_that_is_caught_up_outlives_a_passing_refusal(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url, tries_max=0)
    await anna.join(PAIR)
    await anna.start()
    line = await server.accept()
    await line.welcome()
    await line.expect("join", topic=PAIR)
    refused = {"code": "temporary", "message": "Later.", "temporary": True}
    problem = {"type": "problem", "topic": PAIR, "refused": refused}
    await line.send(joined(1), problem, push(2))

    assert await numbers(anna, 1) == [2]


async def test_what_was_left_is_left(server: ScriptServer, phones: Phones) -> None:
    anna, line = await follow(server, phones)
    await anna.leave(PAIR)
    await line.expect("leave", topic=PAIR)
    await line.send(push(4))
    await line.send(push(1, topic="announcements"))

    assert (await anna.next("push"))["topic"] == "announcements"
    with pytest.raises(Left):
        await anna.ready(PAIR)
    line.drop()
    line = await server.accept()
    assert (await line.welcome())["resume"] == {"announcements": "1.1"}


async def test_a_topic_can_be_followed_again(server: ScriptServer, phones: Phones) -> None:
    anna, line = await follow(server, phones)
    await anna.leave(PAIR)
    await anna.join(PAIR)

    await line.expect("leave", topic=PAIR)
    assert "pos" not in await line.expect("join", topic=PAIR)
    await line.send(snapshot(5), joined(5))
    await anna.ready(PAIR)


async def test_refresh_brings_a_snapshot(server: ScriptServer, phones: Phones) -> None:
    anna, line = await follow(server, phones)
    await anna.refresh(PAIR)
    assert "pos" not in await line.expect("join", topic=PAIR)
    await line.send(push(4))
    await line.send(snapshot(4), joined(4))

    assert (await anna.next("snapshot"))["pos"] == "1.4"
    assert await numbers(anna, 1) == [4]


async def test_presence_is_shown_again_after_a_reconnection(
    server: ScriptServer, phones: Phones
) -> None:
    anna, line = await follow(server, phones)
    await anna.set_presence(PAIR, "checking_in", away=False)
    await line.expect("presence", topic=PAIR, doing="checking_in")
    await line.send(
        {
            "type": "presence",
            "topic": PAIR,
            "user_id": USER_ID,
            "status": "online",
            "doing": "resting",
        }
    )
    assert (await anna.next("presence"))["doing"] == "resting"
    line.drop()
    line = await server.accept()
    await line.welcome()
    await anna.ask({"type": "moods.log"})
    await line.expect("call")  # not before the topic is joined again
    await line.send(joined(3))

    await line.expect("presence", topic=PAIR, doing="checking_in")

    await anna.set_presence(PAIR, away=True)
    assert "doing" not in await line.expect("presence", topic=PAIR, away=True)


async def test_who_went_while_the_socket_was_away_is_shown_as_gone_and_nobody_else(
    server: ScriptServer, phones: Phones
) -> None:
    ben, cid, dora = (f"0199a000-0000-7000-8000-0000000000{n}" for n in ("0b", "0c", "0d"))

    def presence(user_id: str, status: str) -> dict[str, str]:
        return {"type": "presence", "topic": PAIR, "user_id": user_id, "status": status}

    async def shown() -> tuple[str, str]:
        heard = await anna.next("presence")
        return heard["user_id"], heard["status"]

    anna, line = await follow(server, phones)
    there = [presence(ben, "online"), presence(cid, "away"), presence(dora, "online")]
    await line.send(*there, presence(dora, "offline"))
    assert [await shown() for _ in range(4)] == [
        (ben, "online"),
        (cid, "away"),
        (dora, "online"),
        (dora, "offline"),
    ]
    line.drop()
    line = await server.accept()
    await line.welcome()
    await line.send(presence(cid, "online"), joined(3))
    assert await shown() == (cid, "online")
    await anna.ready(PAIR)
    # Where a topic has just moved to, not everybody is known yet.
    await anna.advance(5.9)
    await line.send(presence(dora, "online"))
    assert await shown() == (dora, "online")
    await anna.advance(0.2)
    assert await shown() == (ben, "offline")
    # The next time nothing is said of him any more.
    line.drop()
    line = await server.accept()
    await line.welcome()
    await line.send(presence(dora, "online"), joined(3))
    assert await shown() == (dora, "online")
    await anna.ready(PAIR)
    await anna.advance(6.1)
    assert await shown() == (cid, "offline")
    await line.send(presence(ben, "online"))
    assert await shown() == (ben, "online")

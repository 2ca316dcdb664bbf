"""Commands: in order, under their one id, through every kind of trouble."""

import asyncio

import pytest

from protocol.clients.python import Closed, QueueFull, Refused, TooLarge
from protocol.ids import uuid7
from tests.clients.phone import Phones
from tests.clients.script_server import ScriptServer, push

PAIR = "relationship/1"


def mood(score: int) -> dict[str, object]:
    return {"type": "moods.log", "score": score}


async def test_what_was_asked_without_a_connection_goes_out_in_order_and_together(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url)
    asked = [await anna.ask(mood(score), to=PAIR) for score in range(4)]
    await anna.start()
    line = await server.accept()
    await line.welcome()

    calls = await line.calls(4)

    assert [call["do"]["score"] for call in calls] == [0, 1, 2, 3]
    assert line.counts == [1, 4], "the hello alone, then one list"
    for call in calls:
        await line.ok(call, score=call["do"]["score"])
    assert [(await answer)["score"] for answer in asked] == [0, 1, 2, 3]
    assert await anna.queued() == []


async def test_what_was_not_answered_goes_out_again_in_order_under_the_same_ids(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url)
    await anna.start()
    line = await server.accept()
    await line.welcome()
    asked = [await anna.ask(mood(score)) for score in range(3)]
    first = await line.calls(3)
    await line.ok(first[1])
    await asked[1]
    line.drop()
    # One more is asked while there is no connection.
    await anna.until("waiting", "connecting")
    asked.append(await anna.ask(mood(3)))

    line = await server.accept()
    await line.welcome()
    again = await line.calls(3)

    assert [call["id"] for call in again[:2]] == [first[0]["id"], first[2]["id"]]
    assert again[:2] == [first[0], first[2]], "the frames are the same too"
    assert again[2]["do"] == mood(3)
    for call in again:
        await line.ok(call)
    await asyncio.gather(*asked)


async def test_no_more_calls_are_on_their_way_than_the_welcome_allows(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url)
    for score in range(3):
        await anna.ask(mood(score))
    await anna.start()
    line = await server.accept()
    await line.welcome(calls_in_flight_max=2)

    first, _second = await line.calls(2)
    await anna.join("relationship/2")
    await line.expect("join")  # so the third call is not merely slow
    await line.ok(first)

    assert (await line.expect("call"))["do"] == mood(2)


async def test_a_list_keeps_both_limits_of_a_frame(server: ScriptServer, phones: Phones) -> None:
    anna = await phones(server.url)
    for score in range(7):
        await anna.ask({"type": "moods.log", "note": "x" * (1500 if score > 4 else 10)})
    await anna.start()
    line = await server.accept()
    await line.welcome(frame_messages_max=3, frame_bytes_max=2000)

    await line.calls(7)

    assert max(line.counts) == 3
    assert max(line.sizes_bytes) <= 2000
    assert len(line.counts) < 8, "some travelled together"


async def test_a_temporary_refusal_is_tried_again_under_the_same_id_and_keeps_the_order(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url, random=1.0)
    await anna.start()
    line = await server.accept()
    await line.welcome()
    first = await anna.ask(mood(1), to=PAIR)
    call = await line.expect("call")
    await line.refuse(call, "moved", temporary=True)
    await line.refuse(call, "moved", temporary=True)  # said twice, it counts for one
    await line.ok({"id": str(uuid7())})  # nobody's answer
    await line.send(push(1, topic="announcements"))
    await anna.next("push")  # so all that has been read
    # What is asked behind it waits for it.
    second = await anna.ask(mood(2), to=PAIR)
    await anna.join(PAIR)
    await line.expect("join")

    await anna.advance(0.1)

    again, behind = await line.calls(2)
    assert again == call
    assert behind["do"] == mood(2)
    await line.ok(again)
    await line.ok(behind)
    await asyncio.gather(first, second)


async def test_a_temporary_refusal_that_stays_is_told_in_the_end(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url, tries_max=2)
    await anna.start()
    line = await server.accept()
    await line.welcome()
    answer = await anna.ask(mood(1))
    for _ in range(3):
        await line.refuse(await line.expect("call"), "overloaded", temporary=True, what="turns")

    with pytest.raises(Refused) as caught:
        await answer

    assert (caught.value.code, caught.value.temporary) == ("overloaded", True)
    assert caught.value.facts == {"what": "turns"}


async def test_rate_limited_holds_back_everything_for_as_long_as_the_server_says(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url)
    await anna.start()
    line = await server.accept()
    await line.welcome(calls_per_s_max=10)
    await anna.ask(mood(1))
    refused = await line.expect("call")
    await line.refuse(refused, "rate_limited", temporary=True, retry_after_ms=3000)
    await line.send(push(1, topic="announcements"))
    await anna.next("push")  # so the refusal has been read
    for score in range(2, 50):
        await anna.ask(mood(score), to=PAIR)
    await anna.advance(2.9)
    await anna.join(PAIR)
    await line.expect("join")  # and no call before it

    await anna.advance(0.2)
    assert await line.expect("call") == refused
    # From there on it goes at the pace of the server, not all at once: 31 calls in 3.1 s.
    assert [call["do"]["score"] for call in await line.calls(30)] == list(range(2, 32))
    await anna.join("relationship/2")
    await line.expect("join")


async def test_a_lasting_refusal_is_told_at_once(server: ScriptServer, phones: Phones) -> None:
    anna = await phones(server.url)
    await anna.start()
    line = await server.accept()
    await line.welcome()
    answer = await anna.ask(mood(1))
    call = await line.expect("call")
    await line.refuse(call, "checkins.already_submitted", temporary=False, local_day="2026-11-21")

    with pytest.raises(Refused, match="already_submitted") as caught:
        await answer

    assert caught.value.facts == {"local_day": "2026-11-21"}
    told = await anna.next("answer")
    assert (told["id"], told["code"]) == (call["id"], "checkins.already_submitted")
    assert await anna.queued() == []


async def test_a_full_queue_takes_no_more(server: ScriptServer, phones: Phones) -> None:
    anna = await phones(server.url, queue_max=2)
    await anna.ask(mood(1))
    await anna.ask(mood(2))

    with pytest.raises(QueueFull):
        await (await anna.ask(mood(3)))

    assert [kept["do"]["score"] for kept in await anna.queued()] == [1, 2]


async def test_a_command_larger_than_a_frame_is_not_taken(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url)

    with pytest.raises(TooLarge):
        await (await anna.ask({"type": "moods.log", "note": "ö" * 33_000}))

    assert await anna.queued() == []


async def test_a_command_that_a_smaller_limit_shuts_out_does_not_block_the_others(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url)
    large = await anna.ask({"type": "moods.log", "note": "x" * 3000})
    await anna.ask(mood(2))
    await anna.start()
    line = await server.accept()
    await line.welcome(frame_bytes_max=2000)

    assert (await line.expect("call"))["do"] == mood(2)
    with pytest.raises(TooLarge):
        await large


async def test_calls_keep_the_pace_of_the_welcome(server: ScriptServer, phones: Phones) -> None:
    anna = await phones(server.url)
    for score in range(5):
        await anna.ask(mood(score))
    await anna.start()
    line = await server.accept()
    await line.welcome(calls_burst_max=2, calls_per_s_max=4)
    await line.calls(2)
    await anna.join(PAIR)
    await line.expect("join")  # the third call does not come by itself

    await anna.advance(0.25)
    assert (await line.expect("call"))["do"] == mood(2)
    await anna.advance(0.5)
    assert [call["do"]["score"] for call in await line.calls(2)] == [3, 4]


async def test_made_at_travels_only_where_it_says_something_new(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url)
    await anna.ask(mood(1), back_dated=True)
    await anna.ask(mood(2))
    await anna.ask(mood(3), made_at="2026-11-20T22:30:00+00:00")
    await anna.advance(60)
    await anna.start()
    line = await server.accept()
    # The server's clock is an hour ahead of the phone's, which stands at 12:01.
    await line.welcome(now="2026-11-21T13:01:00Z")

    late, plain, given = await line.calls(3)
    await anna.ask(mood(4), back_dated=True)
    at_once = await line.expect("call")

    assert late["made_at"].startswith("2026-11-21T13:00:00"), "by the server's clock"
    assert "made_at" not in plain
    assert given["made_at"].startswith("2026-11-20T22:30:00"), "as it was given"
    assert "made_at" not in at_once
    # Its connection is lost, and it goes out again much later: now that says something.
    await anna.advance(30)
    line.drop()
    line = await server.accept()
    await line.welcome(now="2026-11-21T13:01:30Z")
    again = (await line.calls(4))[3]
    assert again["id"] == at_once["id"]
    assert again["made_at"].startswith("2026-11-21T13:01:00")


async def test_one_id_is_one_wish(server: ScriptServer, phones: Phones) -> None:
    anna = await phones(server.url)
    chosen = str(uuid7())
    first = await anna.ask(mood(1), id=chosen)
    second = await anna.ask(mood(1), id=chosen)
    with pytest.raises(Refused, match="id_reused"):
        await (await anna.ask(mood(2), id=chosen))
    await anna.start()
    line = await server.accept()
    await line.welcome()

    await line.ok(await line.expect("call", id=chosen), score=1)

    assert await first == await second == {"type": "done", "score": 1}


async def test_a_queue_outlives_its_page(server: ScriptServer, phones: Phones) -> None:
    before = await phones(server.url)
    await before.start()
    line = await server.accept()
    await line.welcome()
    await before.ask(mood(1), to=PAIR, back_dated=True)
    sent = await line.expect("call")
    await before.close()
    kept = await before.saved()
    assert [(command["id"], command["do"]) for command in kept] == [(sent["id"], mood(1))]

    after = await phones(server.url, kept=kept)
    await after.ask(mood(2))
    await after.start()
    line = await server.accept()
    await line.welcome()
    again, new = await line.calls(2)

    assert (again["id"], again["do"], again["to"]) == (sent["id"], mood(1), PAIR)
    assert new["do"] == mood(2)
    await line.ok(again)
    assert (await after.next("answer"))["id"] == sent["id"]
    assert [command["do"] for command in await after.saved()] == [mood(2)]


async def test_what_a_store_has_spoilt_costs_no_other_command(
    server: ScriptServer, phones: Phones
) -> None:
    before = await phones(server.url)
    await before.ask(mood(1))
    kept = await before.queued()

    after = await phones(server.url, kept=[{"nonsense": True}, *kept])
    await after.start()
    line = await server.accept()
    await line.welcome()

    await line.expect("call", id=kept[0]["id"])


async def test_what_somebody_else_has_queued_is_not_sent(
    server: ScriptServer, phones: Phones
) -> None:
    before = await phones(server.url)
    await before.start()
    line = await server.accept()
    await line.welcome()
    await before.ask(mood(1))
    anna_s = await line.expect("call")
    await before.close()

    ben = await phones(server.url, kept=await before.saved())
    await ben.ask(mood(2))
    await ben.start()
    line = await server.accept()
    await line.welcome(user_id=str(uuid7()))

    assert (await line.expect("call"))["do"] == mood(2)
    told = await ben.next("answer")
    assert (told["id"], told["code"]) == (anna_s["id"], "other_person")


async def test_closing_tells_those_who_wait_and_keeps_what_they_asked(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url)
    await anna.start()
    line = await server.accept()
    await line.welcome()
    answer = await anna.ask(mood(1))
    call = await line.expect("call")

    await anna.close()

    with pytest.raises(Closed):
        await answer
    with pytest.raises(Closed):
        await (await anna.ask(mood(2)))
    # It was not lost: the next connection sends it again, and a listener hears the answer.
    await anna.start()
    line = await server.accept()
    await line.welcome()
    await line.ok(await line.expect("call", id=call["id"]))
    assert (await anna.next("answer"))["id"] == call["id"]

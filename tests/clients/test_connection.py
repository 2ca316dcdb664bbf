"""Connections: when to come back, how soon, and when to stop."""

import pytest

from protocol.clients.python import Closed
from protocol.closing import Closing
from tests.clients.phone import Phone, Phones
from tests.clients.script_server import Line, ScriptServer, heartbeat, push


async def opened(server: ScriptServer, phone: Phone) -> Line:
    """Have a phone connect, and give the server's end."""
    await phone.start()
    line = await server.accept()
    await line.welcome()
    await phone.until("open")
    return line


@pytest.mark.parametrize("code", [1001, 1011, 1012, Closing.MOVING, Closing.LAGGING, 4499])
async def test_codes_that_say_come_back(server: ScriptServer, phones: Phones, code: int) -> None:
    anna = await phones(server.url)
    line = await opened(server, anna)

    await line.close(code, "gone")

    await (await server.accept()).welcome()
    assert (await anna.until("open"))["name"] == "open"


@pytest.mark.parametrize("code", [1000, 1009, Closing.UNAUTHENTICATED, Closing.REPLACED, 4999])
async def test_codes_that_say_stop(server: ScriptServer, phones: Phones, code: int) -> None:
    anna = await phones(server.url)
    line = await opened(server, anna)
    answer = await anna.ask({"type": "moods.log"})
    await line.expect("call")

    await line.close(code, "for_a_reason")

    closed = await anna.until("closed")
    assert (closed["code"], closed["reason"]) == (code, "for_a_reason")
    with pytest.raises(Closed) as caught:
        await answer
    assert (caught.value.code, caught.value.reason) == (code, "for_a_reason")
    await anna.advance(60)
    assert server.nobody_waits


async def test_a_bye_says_how_long_to_stay_away(server: ScriptServer, phones: Phones) -> None:
    anna = await phones(server.url)
    line = await opened(server, anna)
    await line.send({"type": "bye", "reason": "slow_consumer", "retry_after_ms": 1200})
    await line.close(Closing.SLOW_CONSUMER, "slow_consumer")

    waiting = await anna.until("waiting")

    assert (waiting["reason"], waiting["retry_in_s"]) == ("slow_consumer", 1.2)
    await anna.advance(1.1)
    assert server.nobody_waits
    await anna.advance(0.1)
    await server.accept()


async def test_a_bye_that_no_close_follows_is_taken_at_its_word(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url)
    line = await opened(server, anna)
    await line.send({"type": "bye", "reason": "moving"}, push(1, topic="announcements"))
    await anna.next("push")

    await anna.advance(5)

    await line.until_hung_up()
    await (await server.accept()).welcome()


async def test_waits_double_up_to_twenty_seconds_until_a_connection_lasts(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url, random=1.0)
    await anna.start()
    waits = []
    for _ in range(10):
        (await server.accept()).drop()
        wait_s = (await anna.until("waiting"))["retry_in_s"]
        waits.append(round(wait_s, 3))
        await anna.advance(wait_s)
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 20, 20]

    line = await server.accept()
    await line.welcome()
    await anna.until("open")
    await anna.advance(4)
    line.drop()
    assert (await anna.until("waiting"))["retry_in_s"] == 20, "four seconds are not stable"
    await anna.advance(20)
    line = await server.accept()
    await line.welcome()
    await anna.until("open")
    await anna.advance(5)
    line.drop()
    assert (await anna.until("waiting"))["retry_in_s"] == 0.1


async def test_silence_counts_as_lost(server: ScriptServer, phones: Phones) -> None:
    anna = await phones(server.url)
    await anna.start()
    line = await server.accept()
    await line.welcome(heartbeat_s=10)
    await anna.until("open")
    await anna.advance(24)
    await line.send(heartbeat())
    await line.send(push(1, topic="announcements"))
    await anna.next("push")
    await anna.advance(24)
    await line.send(push(2, topic="announcements"))
    await anna.next("push")  # any frame is a sign of life

    await anna.advance(25)

    await line.until_hung_up()
    await (await server.accept()).expect("hello")


async def test_a_welcome_that_does_not_come_is_not_waited_for(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url, open_within_s=0.2)
    await anna.start()
    line = await server.accept()
    await line.expect("hello")
    await anna.advance(0.2)

    await line.until_hung_up()
    await (await server.accept()).welcome()
    await anna.until("open")


async def test_nothing_listens_there_yet(phones: Phones) -> None:
    async with ScriptServer() as server:
        url = server.url
    anna = await phones(url, random=1.0)
    await anna.start()

    assert (await anna.until("waiting"))["code"] == 1006
    await anna.close()
    assert (await anna.until("closed"))["reason"] == "closed by the program"


async def test_a_cut_takes_the_connection_away_until_it_is_restored(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url)
    line = await opened(server, anna)
    await anna.cut()
    await line.until_hung_up()
    assert (await anna.until("waiting"))["reason"] == "cut"
    await anna.ask({"type": "moods.log"})
    await anna.advance(60)
    assert server.nobody_waits

    await anna.restore()

    line = await server.accept()
    await line.welcome()
    await line.expect("call")


async def test_who_is_cut_before_the_first_connection_waits_for_the_end_of_it(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url)
    await anna.cut()
    await anna.start()
    assert (await anna.until("waiting"))["reason"] == "cut"
    assert server.nobody_waits

    await anna.restore()

    await (await server.accept()).welcome()


async def test_what_is_no_frame_costs_the_connection_and_what_is_new_costs_nothing(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url)
    line = await opened(server, anna)
    await line.send({"type": "invented_later", "x": 1}, push(1, topic="announcements") | {"new": 1})
    assert (await anna.next("push"))["event"]["number"] == 1

    await line.send_raw("{")

    await line.until_hung_up()
    await (await server.accept()).welcome()


async def test_what_is_no_address_of_a_socket_is_refused_at_once(phones: Phones) -> None:
    with pytest.raises((ValueError, RuntimeError), match=r"ftp://example.org|not with ftp:"):
        await phones("ftp://example.org/v1/socket")

"""What only the JavaScript client has: a browser around it."""

from protocol.closing import Closing
from tests.clients.javascript_phone import JavascriptPhones
from tests.clients.script_server import ScriptServer, push


async def test_a_network_that_is_back_ends_the_wait(
    server: ScriptServer, javascript_phones: JavascriptPhones
) -> None:
    anna = await javascript_phones(server.url, random=1.0)
    await anna.start()
    (await server.accept()).drop()
    assert (await anna.until("waiting"))["retry_in_s"] == 0.1

    await anna.do("online")

    line = await server.accept()
    await line.welcome()
    # But a wait that the server has asked for is kept.
    await line.send({"type": "bye", "reason": "overloaded", "retry_after_ms": 500})
    await line.close(Closing.OVERLOADED, "overloaded")
    waiting = await anna.until("waiting")
    await anna.do("online")
    assert (await anna.until("waiting", "connecting"))["name"] == "waiting"
    await anna.advance(waiting["retry_in_s"])
    await server.accept()


async def test_a_listener_that_throws_keeps_nothing_from_the_others(
    server: ScriptServer, javascript_phones: JavascriptPhones
) -> None:
    anna = await javascript_phones(server.url)
    await anna.do("throwing")
    await anna.start()
    line = await server.accept()
    await line.welcome(also=(push(1, topic="announcements"), push(2, topic="announcements")))

    assert [(await anna.next("push"))["pos"] for _ in range(2)] == ["1.1", "1.2"]
    await anna.ask({"type": "moods.log"})
    await line.expect("call")


async def test_a_server_of_another_language_is_not_spoken_to(
    javascript_phones: JavascriptPhones,
) -> None:
    async with ScriptServer(subprotocols=()) as server:
        anna = await javascript_phones(server.url, random=1.0)
        await anna.start()

        # Browsers and Node give such a socket up themselves, as lost.
        assert (await anna.until("waiting"))["code"] == 1006

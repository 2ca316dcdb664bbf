"""What only the JavaScript client has: a browser around it."""

import asyncio
import json
import re
import subprocess

from protocol.closing import Closing
from tests.clients.javascript_phone import MODULE, JavascriptPhones, node_command
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


async def test_what_nobody_waits_for_kills_nobody(
    server: ScriptServer, javascript_phones: JavascriptPhones
) -> None:
    anna = await javascript_phones(server.url)
    await anna.do("connect_and_forget")
    await anna.do("ask_and_forget", do={"type": "moods.log"})
    line = await server.accept()
    await line.welcome()
    await line.expect("call")

    await line.close(Closing.SESSION_REVOKED, "session_revoked")

    # A rejection that nobody looked at would have ended Node by now.
    assert (await anna.until("closed"))["reason"] == "session_revoked"
    assert len(await anna.queued()) == 1


async def test_a_store_may_take_its_time(
    server: ScriptServer, javascript_phones: JavascriptPhones
) -> None:
    before = await javascript_phones(server.url)
    await before.ask({"type": "moods.log", "score": 1})
    anna = await javascript_phones(server.url, kept=await before.saved(), slow_store=True)
    await anna.ask({"type": "moods.log", "score": 2})
    await anna.start()
    line = await server.accept()
    await line.welcome()
    await anna.join("relationship/1")
    await line.expect("join")  # and no call: what was saved goes first, and is not here yet

    await anna.do("store_works")

    assert [call["do"]["score"] for call in await line.calls(2)] == [1, 2]
    # One list is saved at a time, whatever changes meanwhile; to close is to wait for the last.
    await anna.ask({"type": "moods.log", "score": 3})
    assert await anna.do("store_jobs") == 1
    closing = asyncio.create_task(anna.close())
    await anna.until("closed")
    for _ in range(2):
        assert not closing.done()
        await anna.do("store_works")
    await closing
    assert [kept["do"]["score"] for kept in await anna.saved()] == [1, 2, 3]


_FACE = """
const module = await import(process.argv[1]);
const members = Object.getOwnPropertyNames(module.Client.prototype).concat("state", "userId");
console.log(JSON.stringify({ exports: Object.keys(module), members }));
"""


def test_the_types_name_what_there_is() -> None:
    types = MODULE.with_name("tandem.d.ts").read_text()
    (client,) = re.findall(r"^export class Client \{\n(.*?)^\}$", types, re.DOTALL | re.MULTILINE)
    command = [*node_command(), "--input-type=module", "--eval", _FACE, MODULE.as_uri()]
    face = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)

    assert set(re.findall(r"^export (?:class|function) (\w+)", types, re.MULTILINE)) == set(
        face["exports"]
    )
    assert set(re.findall(r"^  (?:readonly )?(\w+)", client, re.MULTILINE)) == set(face["members"])

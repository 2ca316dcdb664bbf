"""Tokens: what a client shows at the door, and what it does when that is not taken."""

import asyncio

import pytest

from protocol.clients.python import Closed
from protocol.closing import Closing
from protocol.ids import uuid7
from tests.clients.phone import Phones
from tests.clients.script_server import Line, ScriptServer


def saying(token: str) -> dict[str, str]:
    """What a hello with this token has."""
    return {"token": token}


async def turn_away(server: ScriptServer, token: str) -> None:
    """Take a connection with this token, and refuse it."""
    line = await server.accept()
    await line.expect("hello", **saying(token))
    await line.send({"type": "bye", "reason": "unauthenticated"})
    await line.close(Closing.UNAUTHENTICATED, "unauthenticated")


async def let_in(server: ScriptServer, token: str) -> Line:
    """Take a connection with this token, and welcome it."""
    line = await server.accept()
    assert (await line.welcome())["token"] == token
    return line


async def test_hello_names_the_client_and_the_token(server: ScriptServer, phones: Phones) -> None:
    anna = await phones(server.url, tokens=["anna's"])
    await anna.start()

    hello = await (await server.accept()).expect("hello", **saying("anna's"))

    assert hello["client"]["name"].startswith("tandem-")
    assert hello.get("ticket") is None


async def test_a_token_is_fetched_for_each_connection(server: ScriptServer, phones: Phones) -> None:
    anna = await phones(server.url, tokens=["first", None, "second"])
    await anna.start()
    line = await server.accept()
    await line.expect("hello", **saying("first"))
    line.drop()

    # The second could not be fetched; that is no reason to give up.
    line = await server.accept()
    await line.expect("hello", **saying("second"))


async def test_connect_says_why_it_was_stopped(server: ScriptServer, phones: Phones) -> None:
    anna = await phones(server.url)
    connecting = asyncio.create_task(anna.connect())
    line = await server.accept()
    await line.expect("hello")
    await line.send({"type": "bye", "reason": "unauthenticated"})
    await line.close(Closing.UNAUTHENTICATED, "unauthenticated")

    with pytest.raises(Closed, match="unauthenticated"):
        await connecting


async def test_a_token_that_is_not_taken_is_renewed_and_the_new_one_kept(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url, tokens=["old"], renewals=["newer", "newest"])
    await anna.start()
    await turn_away(server, "old")

    (await let_in(server, "newer")).drop()
    await turn_away(server, "newer")  # in time that one is too old as well
    await let_in(server, "newest")

    assert (await anna.until("open"))["name"] == "open"


async def test_a_new_token_that_is_not_taken_either_stops_the_client(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url, tokens=["old"], renewals=["new", "never shown"])
    await anna.start()
    await turn_away(server, "old")
    await turn_away(server, "new")

    assert (await anna.until("closed"))["code"] == Closing.UNAUTHENTICATED


async def test_a_renewal_that_fails_on_the_way_is_tried_again(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url, tokens=["old"], renewals=[None, "new"])
    await anna.start()
    await turn_away(server, "old")

    await let_in(server, "new")


async def test_a_session_that_was_ended_is_not_renewed(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url, tokens=["old"], renewals=["never shown"])
    await anna.start()
    line = await let_in(server, "old")
    await line.close(Closing.SESSION_REVOKED, "session_revoked")

    assert (await anna.until("closed"))["code"] == Closing.SESSION_REVOKED


async def test_a_token_of_another_person_stops_the_client(
    server: ScriptServer, phones: Phones
) -> None:
    anna = await phones(server.url, renewals=["never shown"])
    await anna.start()
    (await let_in(server, "token")).drop()
    line = await server.accept()
    await line.welcome(user_id=str(uuid7()))

    assert "another person" in (await anna.until("closed"))["reason"]
    await line.until_hung_up()

"""Both clients, in every wire format, live through the same script."""

import asyncio

from tests.clients.conformance import ScriptedServer, play
from tests.clients.phone import Phones
from tests.clients.script_server import ScriptServer

NAMES = {
    "pair": "relationship/0199a000-0000-7000-8000-000000000001",
    "stranger": "relationship/0199a000-0000-7000-8000-000000000002",
}


async def test_two_people_play_the_script(server: ScriptServer, phones: Phones) -> None:
    serving = asyncio.create_task(ScriptedServer(server, NAMES).serve())

    await play(phones, server.url, {"anna": "anna", "ben": "ben"}, NAMES)

    await serving

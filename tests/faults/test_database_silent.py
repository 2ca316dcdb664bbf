"""Without its database Tandem says so soon, to everybody and by the right name, and recovers."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from backend.persistence.database import fetch
from protocol.clients.python import Refused
from protocol.closing import Closing
from protocol.ids import uuid7
from tests.faults.conftest import Ground
from tests.support.frozen import frozen
from tests.support.processes import PASSWORD, Pair, ServerProcess, ServerProcesses, pair_at
from tests.support.until import until

SOON_S = 9.0
"""Held for five seconds, and a little more until it is noticed on a machine that has much to do."""
MOOD = {"mood": "calm", "mood_score": 7}


@asynccontextmanager
async def http_as(server: ServerProcess, token: str) -> AsyncIterator[httpx.AsyncClient]:
    bearer = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=server.http_url, headers=bearer, timeout=60) as client:
        yield client


async def all_doors(
    client: httpx.AsyncClient, pair: Pair, refresh_token: str
) -> list[httpx.Response]:
    """Knock at every kind of door at once."""
    email = {"email": "nobody@example.org", "password": PASSWORD}
    return await asyncio.gather(
        client.post("/v1/commands/moods.log", params={"to": pair.address}, json=MOOD),
        client.get(f"/v1/relationships/{pair.relationship_id}/moods"),
        client.get("/v1/me"),
        client.delete("/v1/auth/sessions"),
        client.post("/v1/auth/ticket"),
        client.post("/v1/auth/sign-in", json=email),
        client.post("/v1/auth/sign-up", json=email),
        client.post("/v1/auth/refresh", json={"refresh_token": refresh_token}),
        client.post("/v1/auth/sign-out", json={"refresh_token": refresh_token}),
    )


async def all_refuse(server: ServerProcess, pair: Pair, refresh_token: str) -> None:
    async with http_as(server, pair.anna.token) as client, asyncio.timeout(SOON_S):
        for told in await all_doors(client, pair, refresh_token):
            assert (told.status_code, told.json()["code"]) == (503, "temporary"), told.request.url
            assert told.headers["Retry-After"] == "1"


async def refresh_token_of(server: ServerProcess) -> str:
    async with httpx.AsyncClient(base_url=server.http_url, timeout=20) as client:
        told = await client.post(
            "/v1/auth/sign-up",
            json={"email": f"{uuid7()}@example.org", "password": PASSWORD},
        )
    token: str = told.json()["refresh_token"]
    return token


async def frames_after(socket: ClientConnection, frame: dict[str, Any]) -> list[dict[str, Any]]:
    """Say something and hear all until the server closes."""
    await socket.send(json.dumps(frame))
    said: list[dict[str, Any]] = []
    with suppress(ConnectionClosed):
        async for message in socket:
            found = json.loads(message)
            said += found if isinstance(found, list) else [found]
    return said


async def hello_is_put_off(server: ServerProcess, token: str) -> None:
    protocols = [Subprotocol("tandem.v1.json")]
    async with connect(server.socket_url, subprotocols=protocols) as socket:
        async with asyncio.timeout(SOON_S):
            problem, bye = await frames_after(socket, {"type": "hello", "token": token})
        assert problem["refused"]["code"] == "temporary"
        assert (bye["reason"], bye["retry_after_ms"]) == ("temporary", 1_000)
        assert socket.close_code == Closing.TEMPORARY
        assert Closing.TEMPORARY.comes_back


def no_bugs(server: ServerProcess) -> None:
    """Every line that was written says that something is away, and none that we were wrong."""
    lines = server.log.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if json.loads(line)["level"] in {"error", "critical"}] == []


async def moods_under(mood_ids: list[UUID]) -> int:
    rows = await fetch("SELECT count(*) AS n FROM mood_log WHERE id = ANY($1)", mood_ids)
    return int(rows[0]["n"])


@pytest.mark.usefixtures("database")
async def test_while_the_database_is_stopped_every_door_says_temporary(
    processes: ServerProcesses, ground: Ground
) -> None:
    server = await processes.start()
    refresh_token = await refresh_token_of(server)
    async with pair_at(server) as pair:
        os.kill(ground.postgres.pid, signal.SIGINT)
        await ground.postgres.ended()
        try:
            await all_refuse(server, pair, refresh_token)
            await hello_is_put_off(server, pair.ben.token)
        finally:
            await ground.postgres.stop()
            await ground.postgres.start()
        await until(server.is_ready)
        async with http_as(server, pair.anna.token) as client:
            again = await client.post("/v1/auth/refresh", json={"refresh_token": refresh_token})
            assert again.status_code == 200, again.text
        mood_id = uuid7()
        await pair.anna.phone.ask({"type": "moods.log", **MOOD}, to=pair.address, id=mood_id)
        assert await moods_under([mood_id]) == 1
    no_bugs(server)


@pytest.mark.usefixtures("database")
async def test_while_the_database_is_frozen_who_waits_is_told_soon_and_nothing_is_done_twice(
    processes: ServerProcesses, ground: Ground
) -> None:
    server = await processes.start()
    refresh_token = await refresh_token_of(server)
    mood_ids = [uuid7() for _ in range(6)]
    async with pair_at(server) as pair, pair.anna.at(server, tries_max=0) as phone:
        await phone.join(pair.address).ready()

        async def log_mood(mood_id: UUID) -> object:
            return await phone.ask({"type": "moods.log", **MOOD}, to=pair.address, id=mood_id)

        async def is_refused(mood_id: UUID) -> None:
            async with asyncio.timeout(SOON_S):
                with pytest.raises(Refused, match="temporary"):
                    await log_mood(mood_id)

        with frozen(ground.postgres):
            # The first is on its way when nothing answers, the others stand behind it.
            await asyncio.gather(*[is_refused(mood_id) for mood_id in mood_ids[:3]])
            # Who comes when that is known already does not wait longer.
            await asyncio.gather(*[is_refused(mood_id) for mood_id in mood_ids[3:]])
            await all_refuse(server, pair, refresh_token)
            await hello_is_put_off(server, pair.ben.token)
        await until(server.is_ready)
        async with asyncio.timeout(SOON_S):
            for mood_id in [*mood_ids, *mood_ids]:
                await log_mood(mood_id)
    assert await moods_under(mood_ids) == len(mood_ids)
    no_bugs(server)

"""What a server logs: JSON, with the command's id from frame to commit, and nothing private."""

import io
import json
import subprocess
import sys

import httpx
import pytest

from actors.placement import SHARDS
from backend.observability.logs import configure_logs
from protocol.clients.python import Client
from protocol.ids import uuid7
from tests.observability.server_process import Server, serving
from tests.support.servers import Servers
from tests.support.until import until

PRIVATE = "Schnuckiputzi"


async def _token(server: Server) -> str:
    body = {
        "email": f"{uuid7()}@example.org",
        "password": "a long enough sentence",
        "name": PRIVATE,
        "time_zone": "Europe/Berlin",
        "terms_version": "1",
        "privacy_version": "1",
    }
    async with httpx.AsyncClient(timeout=15) as client:
        url = f"http://127.0.0.1:{server.port}/v1/auth/sign-up"
        answer = await client.post(url, json=body)
        if answer.is_client_error:
            for name in ("terms_version", "privacy_version"):
                del body[name]
            answer = await client.post(url, json=body)
        token: str = answer.raise_for_status().json()["access_token"]
        return token


async def test_a_command_can_be_followed_from_its_frame_to_its_commit(servers: Servers) -> None:
    async with serving(servers, log_level="debug", log_format="json") as server:
        url = f"ws://127.0.0.1:{server.port}/v1/socket"
        command_id = uuid7()
        async with Client(url, token=await _token(server)) as client:
            do = {"type": "identity.change_profile", "nickname": PRIVATE}
            await client.ask(do, id=command_id)
        await server.stop()

    about = [line for line in server.lines if str(command_id) in json.dumps(line)]
    assert [line["event"] for line in about] == ["a command came", "committed", "answered"] or [
        line["event"] for line in about
    ] == ["a command came", "answered", "committed"]
    assert about[0]["correlation_id"] == str(command_id)
    assert PRIVATE not in "\n".join(server.said)


async def test_start_and_stop_are_told_and_every_line_is_json(servers: Servers) -> None:
    async with serving(servers) as server:
        await server.stop()
    told = [line["event"] for line in server.lines]
    assert "the node has started" in told
    assert "the node has stopped" in told
    assert all({"event", "level", "timestamp"} <= line.keys() for line in server.lines)


async def test_what_a_node_hands_over_is_told_by_both(servers: Servers) -> None:
    async with serving(servers) as first, serving(servers) as second:
        await _until_told(first, "shards handed over")
        await first.stop()
        await _until_told(first, "the node has stopped")
        await until(lambda: _has_all_shards(second))


def _has_all_shards(server: Server) -> bool:
    told = [line["ours"] for line in server.lines if line["event"] == "nodes and shards"]
    return told[-1:] == [SHARDS]


async def _until_told(server: Server, event: str) -> None:
    await until(lambda: server.has(event), within_s=15)


def test_a_wrong_log_level_is_a_sentence() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "backend.cli", "serve"],
        env={"DATABASE_URL": "postgresql:///nothing", "TANDEM_LOG_LEVEL": "loud"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert found.returncode == 2
    assert "TANDEM_LOG_LEVEL" in found.stderr
    assert "Traceback" not in found.stderr


def test_a_form_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="auto, json, console"):
        configure_logs("info", "xml", io.StringIO())

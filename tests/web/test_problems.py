"""A mistake over HTTP is a problem that says what was wrong, where, and where to read on."""

import httpx

from protocol.common import NotFound
from protocol.ids import uuid7
from tests.support.couple import Couple
from tests.support.node import Node


async def test_a_missing_field_of_a_body_is_named_by_its_place_in_the_body(node: Node) -> None:
    async with httpx.AsyncClient(base_url=node.http_url) as client:
        whole = await client.post("/v1/auth/sign-in", json={"email": "eve@example.org"})
        wrong = await client.post("/v1/auth/sign-in", json={"email": 7, "password": "x"})
    assert (whole.status_code, whole.json()["facts"]["path"]) == (422, "$")
    assert "password" in whole.json()["detail"]
    assert (wrong.status_code, wrong.json()["facts"]["path"]) == (422, "$.email")


async def test_what_the_status_says_already_has_no_type_of_ours(node: Node) -> None:
    async with httpx.AsyncClient(base_url=node.http_url) as client:
        told = await client.post("/v1/commands/moods.forget")
    assert told.status_code == 404
    assert told.headers["content-type"] == "application/problem+json"
    assert told.json()["type"] == "about:blank"


async def test_a_refusal_says_the_same_from_a_route_and_from_a_command(couple: Couple) -> None:
    nobody = "019534d4-1a00-7000-8000-000000000001"
    bearer = {"Authorization": f"Bearer {couple.anna.token}"}
    node = couple.anna.node
    async with httpx.AsyncClient(base_url=node.http_url, headers=bearer) as client:
        read = await client.get(f"/v1/relationships/{nobody}")
        asked = await client.post(
            "/v1/commands/moods.log",
            params={"to": f"relationship/{nobody}"},
            json={"mood": "calm", "mood_score": 7},
        )
        reference = await client.get(read.json()["type"])
    assert asked.status_code == read.status_code, asked.text
    title = (NotFound.__doc__ or "").splitlines()[0]
    assert read.json() == asked.json()
    assert (read.status_code, read.json()["title"]) == (NotFound.http_status, title)
    assert f'<a id="{NotFound.code}"></a>' in reference.text


async def test_a_refusal_that_was_stored_keeps_its_status(couple: Couple) -> None:
    path, mood = "/v1/commands/moods.delete_private", {"mood_log_id": str(uuid7())}
    once = {
        "Authorization": f"Bearer {couple.anna.token}",
        "Idempotency-Key": str(uuid7(int(couple.anna.clock.now().timestamp() * 1000))),
    }
    async with httpx.AsyncClient(base_url=couple.anna.node.http_url, headers=once) as client:
        told = await client.post(path, json=mood)
        again = await client.post(path, json=mood)
    assert (told.status_code, told.json()["code"]) == (404, NotFound.code)
    assert told.headers["Idempotency-Key"] == once["Idempotency-Key"]
    assert again.json() == told.json()

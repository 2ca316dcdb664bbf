"""A mistake over HTTP is a problem that says what was wrong, where, and where to read on."""

import httpx
import pytest

from protocol.common import NotFound
from protocol.ids import uuid7
from tests.support.couple import Couple
from tests.support.node import Node

NUL_IN_MOOD = b'{"mood": "a\\u0000", "mood_score": 7}'


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


@pytest.mark.parametrize(
    ("path", "body", "code", "facts"),
    [
        ("commands/moods.log_private", NUL_IN_MOOD, "invalid", {"path": "$.mood"}),
        ("commands/moods.log_private", b'{"mood": "a\xff"}', "malformed", {}),
        ("auth/sign-in", b'{"email": "a@b.de", "password": "a\\u0000"}', "invalid", None),
        ("auth/sign-in", b'{"email": "a\xff"}', "malformed", {}),
        ("auth/sign-in", b"", "invalid", {"path": "$", "problem": "The body is missing"}),
        ("auth/sign-in", b"[" * 9_000, "malformed", {}),
        ("auth/sign-in", b'{"email": "a@b.de", "password": "x", "z": 1}', "unknown_field", None),
        ("push/subscriptions", b"{", "malformed", {}),
        ("invitations/look-up", b'{"code": "\xff"}', "malformed", {}),
    ],
)
async def test_a_body_that_is_wrong_is_answered_by_its_own_places_and_no_frame_is_spoken_of(
    couple: Couple, path: str, body: bytes, code: str, facts: dict[str, str] | None
) -> None:
    async with _as_anna(couple) as client:
        told = await client.post(f"/v1/{path}", content=body)
    assert told.json()["code"] == code, told.text
    assert told.status_code == (400 if code == "malformed" else 422)
    assert "$.do" not in told.text
    detail = told.json()["detail"]
    assert not any(word in detail for word in ("frame", "position", "'data'"))
    assert (facts or {}).items() <= told.json()["facts"].items()


async def test_who_has_not_proved_who_they_are_is_told_how(node: Node) -> None:
    async with httpx.AsyncClient(base_url=node.http_url) as client:
        for told in (
            await client.get("/v1/me"),
            await client.post("/v1/commands/moods.log", json={}),
            await client.post("/v1/auth/refresh", json={"refresh_token": "x"}),
        ):
            assert (told.status_code, told.headers["WWW-Authenticate"]) == (401, "Bearer")


async def test_a_request_where_sockets_are_is_a_problem_like_all_others(node: Node) -> None:
    async with httpx.AsyncClient(base_url=node.http_url) as client:
        told = await client.get("/v1/socket")
    assert (told.status_code, told.headers["Upgrade"]) == (426, "websocket")
    assert told.json() == {
        "type": "about:blank",
        "title": "Upgrade Required",
        "status": 426,
        "code": "http_426",
    }


async def test_metrics_say_once_how_they_are_written(node: Node) -> None:
    async with httpx.AsyncClient(base_url=node.http_url) as client:
        told = await client.get("/metrics")
    assert told.headers["content-type"].count("charset") == 1


def _as_anna(couple: Couple) -> httpx.AsyncClient:
    bearer = {"Authorization": f"Bearer {couple.anna.token}"}
    return httpx.AsyncClient(base_url=couple.anna.node.http_url, headers=bearer)

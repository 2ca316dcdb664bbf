"""Sessions: seen and ended by their owner, and nobody else's."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from backend.domains.identity import (
    authenticate_many,
    end_sessions,
    jobs,
    principal_of_access_token,
)
from backend.domains.identity.jobs import forget_what_ended
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import Declared
from protocol.common import Unauthenticated
from protocol.ids import uuid7
from protocol.messages import Role
from tests.domains.identity.door import Door, Owner


async def listed(door: Door, token: str, address: str = "192.0.2.1") -> list[dict[str, Any]]:
    answer = await door.ask("GET", "/v1/auth/sessions", token=token, address=address)
    assert answer.status_code == 200, answer.text
    sessions: list[dict[str, Any]] = answer.json()["sessions"]
    return sessions


async def test_a_person_sees_where_they_are_signed_in(door: Door) -> None:
    await door.sign_up()
    await door.clock.advance(minutes=1)
    headers = {"User-Agent": "Tandem/3\x01" + "x" * 400}
    body = {"email": "anna@example.org", "password": "correct horse battery", "device_name": "Ä1"}
    told = (await door.post("sign-in", json=body, headers=headers)).json()

    phone, browser = await listed(door, told["access_token"])

    assert phone["device_name"] == "Ä1"
    assert phone["user_agent"].startswith("Tandem/3 x")
    assert len(phone["user_agent"]) == 300
    assert phone["is_current"]
    assert not browser["is_current"]
    assert browser["is_same_address"]
    assert browser["created_at"] < phone["created_at"]
    elsewhere = await listed(door, told["access_token"], address="198.51.100.7")
    assert not elsewhere[0]["is_same_address"]


async def test_a_session_is_ended_by_its_owner_from_another(door: Door) -> None:
    stolen = await door.sign_up()
    told = await door.sign_in()
    [stolen_id] = [
        one["id"] for one in await listed(door, told["access_token"]) if not one["is_current"]
    ]

    path = f"/v1/auth/sessions/{stolen_id}"
    answer = await door.ask("DELETE", path, token=told["access_token"])

    assert answer.status_code == 204
    assert door.closed == [([UUID(stolen_id)], "revoked")]
    assert not await door.opens(stolen["access_token"])
    assert (await door.refresh(stolen["refresh_token"])).status_code == 401
    again = await door.ask("DELETE", path, token=told["access_token"])
    assert again.json()["code"] == "not_found"
    assert len(await listed(door, told["access_token"])) == 1


async def test_another_persons_session_does_not_exist_for_one(door: Door) -> None:
    anna = await door.sign_up()
    ben = await door.sign_up("ben@example.org")
    [bens] = await listed(door, ben["access_token"])
    theirs = await door.ask("DELETE", f"/v1/auth/sessions/{bens['id']}", token=anna["access_token"])
    nobodys = await door.ask("DELETE", f"/v1/auth/sessions/{uuid7()}", token=anna["access_token"])
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json() == nobodys.json()
    assert await door.opens(ben["access_token"])
    assert door.closed == []


@pytest.mark.parametrize("keep_current", [False, True])
async def test_all_sessions_are_ended_everywhere(door: Door, *, keep_current: bool) -> None:
    others = [await door.sign_up(), await door.sign_in()]
    ben = await door.sign_up("ben@example.org")
    told = await door.sign_in()
    answer = await door.ask(
        "DELETE", f"/v1/auth/sessions?keep_current={keep_current}", token=told["access_token"]
    )
    assert answer.json() == {"revoked": 2 if keep_current else 3}
    assert await door.opens(told["access_token"]) is keep_current
    for other in others:
        assert not await door.opens(other["access_token"])
    assert await door.opens(ben["access_token"])
    [(ended, reason)] = door.closed
    assert len(ended) == answer.json()["revoked"]
    assert reason == "revoked"


async def test_ending_all_meets_refreshing_without_deadlock(door: Door) -> None:
    told = [await door.sign_up(), *[await door.sign_in() for _ in range(5)]]
    user_id = UUID(told[0]["user"]["id"])
    async with asyncio.TaskGroup() as at_once:
        endings = [at_once.create_task(end_sessions(door.identity, user_id)) for _ in range(2)]
        refreshes = [at_once.create_task(door.refresh(one["refresh_token"])) for one in told]
    assert sum(ending.result() for ending in endings) == 6
    for answer in (refresh.result() for refresh in refreshes):
        assert answer.status_code in (200, 401)
        if answer.status_code == 200:
            assert not await door.opens(answer.json()["access_token"])


async def test_signing_out_by_access_token(door: Door) -> None:
    told = await door.sign_up()
    answer = await door.post("sign-out", token=told["access_token"])
    assert answer.status_code == 204
    assert not await door.opens(told["access_token"])
    assert [reason for _, reason in door.closed] == ["signed_out"]
    again = await door.post("sign-out", token=told["access_token"])
    assert again.json()["code"] == "unauthenticated"


async def test_signing_out_by_refresh_token_when_the_other_has_run_out(door: Door) -> None:
    told = await door.sign_up()
    await door.clock.advance(hours=1)
    body = {"refresh_token": told["refresh_token"]}
    assert (await door.post("sign-out", json=body)).status_code == 204
    assert (await door.refresh(told["refresh_token"])).status_code == 401
    assert (await door.post("sign-out", json=body)).status_code == 204, "twice is no fault"
    assert len(door.closed) == 1


async def test_signing_out_needs_to_be_signed_in(door: Door) -> None:
    assert (await door.post("sign-out")).status_code == 401
    assert (await door.post("sign-out", json={})).status_code == 401
    nonsense = "tda_nonsense"
    assert (await door.post("sign-out", token=nonsense)).status_code == 401


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic tda_x", "tda_x", "Bearer bearer tda_x"]
)
async def test_bad_bearers_are_refused(door: Door, header: str) -> None:
    headers = {"Authorization": header}
    for method, path in (
        ("GET", "/v1/me"),
        ("GET", "/v1/auth/sessions"),
        ("POST", "/v1/auth/ticket"),
    ):
        answer = await door.ask(method, path, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["code"] == "unauthenticated"


async def test_thousands_of_tokens_are_known_in_one_query(door: Door) -> None:
    anna = await door.sign_up()
    ben = await door.sign_up("ben@example.org")
    tokens = [anna["access_token"], "nonsense", ben["access_token"], "tda_" + "A" * 43] * 500

    principals = await authenticate_many(tokens, door.clock.now())

    assert principals[1] is principals[3] is None
    assert [one.user_id for one in (principals[0], principals[2]) if one] == [
        UUID(anna["user"]["id"]),
        UUID(ben["user"]["id"]),
    ]
    assert principals[:4] * 500 == principals


async def test_those_who_ask_at_once_share_queries_and_get_their_own_answer(door: Door) -> None:
    anna = await door.sign_up()
    ben = await door.sign_up("ben@example.org")
    now = door.clock.now()
    asked = [anna["access_token"], ben["access_token"], "tda_" + "A" * 43] * 400
    answers = await asyncio.gather(
        *(principal_of_access_token(token, now) for token in asked), return_exceptions=True
    )
    for token, answer in zip(asked, answers, strict=True):
        if token == asked[2]:
            assert isinstance(answer, Unauthenticated)
        else:
            assert not isinstance(answer, BaseException)
            who = anna if token == asked[0] else ben
            assert answer.user_id == UUID(who["user"]["id"])
            assert answer.role is Role.USER
            assert answer.session_id is not None


async def test_what_ended_long_ago_is_forgotten(door: Door, owner: Owner) -> None:
    out = await door.sign_up()
    await door.post("sign-out", token=out["access_token"])
    told = await door.sign_in()
    await door.post("ticket", token=told["access_token"])
    assert await forget_what_ended(door.clock.now()) == 0

    await door.clock.advance(minutes=1)
    assert await forget_what_ended(door.clock.now()) == 1, "the ticket"
    await door.clock.advance(days=31)
    told = (await door.refresh(told["refresh_token"])).json()
    assert await forget_what_ended(door.clock.now()) == 1, "the session signed out of"
    assert await owner.fetchval("SELECT count(*) FROM session") == 1
    await door.clock.advance(days=30)
    assert await forget_what_ended(door.clock.now()) == 1, "the refresh token exchanged long ago"
    assert (await door.refresh(told["refresh_token"])).status_code == 200


async def test_a_worker_forgets_every_hour_piece_by_piece(
    door: Door, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await door.sign_up()
    for _ in range(3):
        await door.post("ticket", token=told["access_token"])
    await door.clock.advance(minutes=1)
    schedule = Declared.of([jobs]).schedules["domains.identity.jobs.forget"]
    monkeypatch.setattr(jobs, "AT_ONCE_MAX", 1)

    await schedule.function(JobRun(None, clock=door.clock, services={}))

    assert schedule.minutes == 60
    assert await owner.fetchval("SELECT count(*) FROM socket_ticket") == 0

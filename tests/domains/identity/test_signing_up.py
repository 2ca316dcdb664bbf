"""Signing up: an account with all that belongs to it, or none."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from backend.domains.identity import IdentitySettings, sign_up
from backend.domains.identity.messages import EmailTaken
from protocol.messages import Role
from tests.domains.identity.door import CHEAP, PASSWORD, Door, Owner


async def test_an_account_is_made_and_signed_in_to(door: Door) -> None:
    told = await door.sign_up(time_zone="Europe/Berlin", nickname="Änni", locale="de-DE")

    assert told["access_token"].startswith("tda_")
    assert told["refresh_token"].startswith("tdr_")
    assert told["expires_in"] == 900
    me = (await door.ask("GET", "/v1/me", token=told["access_token"])).json()
    assert me == told["user"]
    assert me["email"] == "anna@example.org"
    assert me["role"] == "user"
    assert me["profile"]["name"] == "Anna"
    assert me["profile"]["nickname"] == "Änni"
    assert me["profile"]["time_zone"] == "Europe/Berlin"


async def test_answers_with_tokens_are_never_cached(door: Door) -> None:
    body = {"email": "anna@example.org", "password": PASSWORD}
    answer = await door.post("sign-up", json=body)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["user"]["profile"]["name"] == "anna", "until the name is told"


async def test_an_email_is_taken_whatever_its_case(door: Door) -> None:
    await door.sign_up("Anna@Example.org")
    body = {"email": "aNNA@example.ORG", "password": "another good one"}
    answer = await door.post("sign-up", json=body)
    assert answer.status_code == 409
    assert answer.json()["code"] == "identity.email_taken"


async def test_a_sign_up_whose_answer_was_lost_may_be_sent_again(door: Door) -> None:
    first = await door.sign_up()
    again = await door.sign_up()
    assert again["user"]["id"] == first["user"]["id"]
    assert again["access_token"] != first["access_token"]


async def test_of_many_at_once_with_one_email_one_has_it(door: Door, owner: Owner) -> None:
    answers = await asyncio.gather(
        *(
            door.post("sign-up", json={"email": "anna@example.org", "password": f"secret no {n}"})
            for n in range(5)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert await owner.fetchval('SELECT count(*) FROM "user"') == 1
    assert await owner.fetchval("SELECT count(*) FROM credential") == 1


async def test_hooks_share_the_transaction(door: Door, owner: Owner) -> None:
    heard: list[UUID] = []

    async def hook(connection: Owner, user_id: UUID, now: object) -> None:
        assert now == door.clock.now()
        assert await connection.fetchval('SELECT count(*) FROM "user"') == 1
        heard.append(user_id)
        raise RuntimeError("the wallet could not be opened")

    door.open(IdentitySettings(passwords=CHEAP), on_sign_up=[hook])
    answer = await door.post("sign-up", json={"email": "anna@example.org", "password": PASSWORD})
    assert answer.status_code == 500
    assert len(heard) == 1
    assert await owner.fetchval('SELECT count(*) FROM "user"') == 0, "all or nothing"


async def test_a_plain_function_makes_demo_people_and_admins(door: Door) -> None:
    user_id = await sign_up(
        door.identity, email="root@example.org", password=PASSWORD, role=Role.ADMIN
    )
    told = await door.sign_in("root@example.org")
    assert told["user"]["id"] == str(user_id)
    assert told["user"]["role"] == "admin"
    with pytest.raises(EmailTaken):
        await sign_up(door.identity, email="root@example.org", password=PASSWORD)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Password123", "most common"),
        ("aaaaaaabab", "repeats itself"),
        ("anna.schmidt@example.org", "your e-mail address"),
        ("Anna.Schmidt", "your e-mail address"),
    ],
)
async def test_passwords_guessed_first_are_refused(door: Door, password: str, why: str) -> None:
    body = {"email": "anna.schmidt@example.org", "password": password}
    answer = await door.post("sign-up", json=body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "identity.weak_password"
    assert why in answer.json()["detail"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "anna"},
        {"email": "anna@example"},
        {"email": "an na@example.org"},
        {"email": "änna@example.org"},
        {"email": f"{'a' * 250}@example.org"},
        {"password": "short"},
        {"password": "x" * 257},
        {"name": " "},
        {"name": "two\nlines"},
        {"name": "x" * 81},
        {"locale": "not a locale"},
        {"admin": True},
        {"name": "nul\0"},
    ],
    ids=str,
)
async def test_bad_fields_are_refused(door: Door, owner: Owner, wrong: dict[str, Any]) -> None:
    body = {"email": "anna@example.org", "password": PASSWORD, "name": "Anna", **wrong}
    answer = await door.post("sign-up", json=body)
    assert answer.status_code == 422
    assert next(iter(wrong)) in answer.text, "it says which field"
    assert await owner.fetchval('SELECT count(*) FROM "user"') == 0


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "right/Europe/Berlin", "x\0"])
async def test_time_zones_must_exist(door: Door, zone: str) -> None:
    body = {"email": "anna@example.org", "password": PASSWORD, "time_zone": zone}
    answer = await door.post("sign-up", json=body)
    assert answer.status_code == 422
    assert answer.json()["code"] in ("identity.unknown_time_zone", "invalid")


async def test_bodies_over_their_limit_are_not_read(door: Door) -> None:
    answer = await door.ask("POST", "/v1/auth/sign-up", content=b" " * 20_000)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b"[]", b"\xff", b'"\\ud800"', b"[" * 16_000, b'{"a":' * 3_000, b"1e999"],
    ids=lambda content: repr(content[:8]),
)
@pytest.mark.parametrize("path", ["sign-up", "sign-in", "refresh"])
async def test_what_is_no_body_is_refused(door: Door, path: str, content: bytes) -> None:
    answer = await door.ask("POST", f"/v1/auth/{path}", content=content)
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["code"] in ("malformed", "invalid")


async def test_half_a_character_is_refused(door: Door) -> None:
    content = b'{"email":"anna@example.org","password":"correct horse","name":"Ann\\ud800"}'
    answer = await door.ask("POST", "/v1/auth/sign-up", content=content)
    assert answer.status_code in (400, 422), answer.text

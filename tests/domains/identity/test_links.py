"""A link that was sent opens once, in time, and for who asked for it; the table keeps no secret."""

import asyncio
import base64
import hashlib
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from backend.domains.identity import IdentitySettings, origin_of
from backend.domains.identity.settings import LINK_LIFE
from tests.domains.identity.door import CHEAP, PASSWORD, Door, Owner
from tests.domains.identity.post_office import PostOffice, text_of

ANNA = "anna@example.org"
VERIFIER = "a-verifier-that-only-the-device-knows-which-asked"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)


async def ask(door: Door, email: str = ANNA, **more: Any) -> httpx.Response:
    return await door.post("link", json={"email": email, **more})


async def open_link(door: Door, token: str, **more: Any) -> httpx.Response:
    return await door.post("link/open", json={"token": token, **more})


def code_of(answer: httpx.Response) -> str:
    code: str = answer.json()["code"]
    return code


async def test_who_has_no_account_begins_by_a_link(door: Door, post: PostOffice) -> None:
    assert (await ask(door)).status_code == 202
    token = await post.token(ANNA, "sign_in")
    told = await open_link(door, token, name="Anna", time_zone="Europe/Berlin")
    assert told.status_code == 200, told.text
    account = told.json()["user"]
    assert account["email"] == ANNA
    assert account["profile"]["name"] == "Anna"
    assert account["profile"]["time_zone"] == "Europe/Berlin"
    assert account["email_verified_at"] is not None
    assert await door.opens(told.json()["access_token"])


async def test_who_has_an_account_comes_back_to_it(door: Door, post: PostOffice) -> None:
    first = await ask_and_open(door, post)
    # However somebody else writes it, the letter goes where its owner has their mail.
    again = await ask_and_open(door, post, email="Anna@Example.org")
    assert again["user"]["id"] == first["user"]["id"]


async def ask_and_open(door: Door, post: PostOffice, email: str = ANNA) -> dict[str, Any]:
    await ask(door, email)
    answer = await open_link(door, await post.token(ANNA, "sign_in"))
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_a_link_opens_once(door: Door, post: PostOffice) -> None:
    await ask(door)
    token = await post.token(ANNA, "sign_in")
    assert (await open_link(door, token)).status_code == 200
    again = await open_link(door, token)
    assert again.status_code == 410
    assert code_of(again) == "identity.link_used"


async def test_of_two_that_were_asked_for_the_first_opened_uses_both_up(
    door: Door, post: PostOffice
) -> None:
    await ask(door)
    first = await post.token(ANNA, "sign_in")
    await ask(door)
    second = await post.token(ANNA, "sign_in")
    assert (await open_link(door, first)).status_code == 200
    assert code_of(await open_link(door, second)) == "identity.link_used"


async def test_two_who_open_it_at_once_are_one(door: Door, post: PostOffice) -> None:
    await ask(door)
    token = await post.token(ANNA, "sign_in")
    answers = await asyncio.gather(*(open_link(door, token) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 410, 410, 410, 410]


async def test_a_link_opens_for_ten_minutes(door: Door, post: PostOffice) -> None:
    await ask(door)
    token = await post.token(ANNA, "sign_in")
    await door.clock.jump(seconds=LINK_LIFE.total_seconds())
    late = await open_link(door, token)
    assert late.status_code == 410
    assert code_of(late) == "identity.link_expired"
    assert timedelta(minutes=10) == LINK_LIFE


async def test_a_link_bound_to_a_device_opens_nothing_for_who_stole_it(
    door: Door, post: PostOffice
) -> None:
    await ask(door, challenge=CHALLENGE)
    token = await post.token(ANNA, "sign_in")
    for stolen in ({}, {"verifier": "x" * 43}):
        answer = await open_link(door, token, **stolen)
        assert answer.status_code == 401
        assert code_of(answer) == "identity.link_unknown"
    assert (await open_link(door, token, verifier=VERIFIER)).status_code == 200


async def test_who_reads_the_tables_can_open_nothing(
    door: Door, post: PostOffice, owner: Owner
) -> None:
    await ask(door)
    token = await post.token(ANNA, "sign_in")
    (row,) = await owner.fetch("SELECT * FROM auth_token")
    assert token not in str(dict(row))
    assert token.encode() not in b"".join(v for v in row.values() if isinstance(v, bytes))
    for stolen in (row["token_hash"].hex(), f"tdl_{row['token_hash'].hex()[:43]}"):
        assert code_of(await open_link(door, stolen)) == "identity.link_unknown"


async def test_no_secret_stands_in_the_job_that_sends_it(door: Door, owner: Owner) -> None:
    await ask(door)
    (row,) = await owner.fetch("SELECT arguments FROM job")
    assert "tdl_" not in row["arguments"]
    assert await owner.fetchval("SELECT count(*) FROM auth_token") == 0


async def test_the_answer_is_the_same_whether_there_is_an_account_or_not(
    door: Door, post: PostOffice
) -> None:
    await door.sign_up()
    await post.token(ANNA, "verify_email")
    for path in ("link", "password/forgot"):
        known = await door.post(path, json={"email": ANNA})
        unknown = await door.post(path, json={"email": "nobody@example.org"})
        assert known.status_code == unknown.status_code == 202
        assert known.content == unknown.content
        assert dict(known.headers) == dict(unknown.headers)
    said = [str((await post.letter())["Subject"]) for _ in range(3)]
    assert sorted(said) == ["Choose another password", "Your link to begin", "Your link to sign in"]
    await door.sign_up("ben@example.org")
    await post.token("ben@example.org", "verify_email")  # All that was asked for has been sent.
    assert post.unread == []


@pytest.mark.parametrize(
    "return_to",
    [
        "https://evil.example/",
        "https://app.example.org.evil.example/",
        "https://app.example.org@evil.example/",
        "https://evil.example\\@app.example.org/",
        "https:app.example.org",
        "//app.example.org/",
        "http://app.example.org/",
        "https://app.example.org:444/",
        "https://app.example.org/#sign_in=mine",
        "https://app.example.org/\t",
        "javascript:alert(1)//app.example.org",
        "tandem://other",
        "",
    ],
)
async def test_a_link_leads_nowhere_else(door: Door, owner: Owner, return_to: str) -> None:
    led(door)
    answer = await ask(door, return_to=return_to or "https://")
    assert answer.status_code == 422
    assert code_of(answer) == "identity.return_to_not_allowed"
    assert await owner.fetchval("SELECT count(*) FROM job") == 0


def led(door: Door) -> None:
    """Open the door with two places that links may lead to."""
    named = ("https://app.example.org", "tandem://open")
    origins = frozenset(origin for url in named if (origin := origin_of(url)))
    door.open(IdentitySettings(passwords=CHEAP, return_to=origins, public_url=named[0]))


@pytest.mark.parametrize(
    "return_to", ["https://app.example.org/in?next=%2Ftoday", "tandem://open/in", None]
)
async def test_a_link_leads_where_the_deployment_allows(
    door: Door, post: PostOffice, return_to: str | None
) -> None:
    led(door)
    await ask(door, return_to=return_to)
    letter = await post.letter()
    assert f"{return_to or 'https://app.example.org'}#sign_in=tdl_" in text_of(letter)


async def test_nobodys_mailbox_is_filled_by_strangers(door: Door, owner: Owner) -> None:
    for number in range(5):
        answer = await door.post("link", json={"email": ANNA}, address=f"192.0.2.{number + 1}")
        assert answer.status_code == 202
    more = await door.post("password/forgot", json={"email": "ANNA@example.org"})
    assert more.status_code == 429
    assert await owner.fetchval("SELECT count(*) FROM job") == 5


async def test_who_made_the_account_before_its_owner_proved_it_is_out(
    door: Door, post: PostOffice
) -> None:
    """Eve signs up with Anna's address and waits for Anna to come."""
    eve = await door.sign_up()
    await post.token(ANNA, "verify_email")
    anna = await ask_and_open(door, post)
    assert anna["user"]["id"] == eve["user"]["id"]
    assert not await door.opens(eve["access_token"])
    assert (await door.refresh(eve["refresh_token"])).status_code == 401
    in_again = await door.post("sign-in", json={"email": ANNA, "password": PASSWORD})
    assert code_of(in_again) == "identity.wrong_credentials"
    assert await door.opens(anna["access_token"])


async def test_who_has_proved_the_address_keeps_the_password(door: Door, post: PostOffice) -> None:
    told = await door.sign_up()
    token = await post.token(ANNA, "verify_email")
    proved = await door.post("email/confirm", json={"token": token}, token=told["access_token"])
    assert proved.json()["email_verified_at"] is not None
    await ask_and_open(door, post)
    await door.sign_in()
    assert await door.opens(told["access_token"])


async def test_what_is_no_link_opens_nothing(door: Door) -> None:
    for token in ("", "tdl_", "tda_" + "x" * 43, "tdl_" + "x" * 43, "é" * 47):
        assert code_of(await open_link(door, token)) == "identity.link_unknown"


async def test_a_link_for_one_thing_does_not_do_another(door: Door, post: PostOffice) -> None:
    await door.sign_up()
    token = await post.token(ANNA, "verify_email")
    assert code_of(await open_link(door, token)) == "identity.link_unknown"
    reset = await door.post("password/reset", json={"token": token, "password": "another sentence"})
    assert code_of(reset) == "identity.link_unknown"


async def test_what_was_agreed_to_is_kept_with_its_version(door: Door, post: PostOffice) -> None:
    settings = IdentitySettings(passwords=CHEAP, terms_version="2026-11", privacy_version="3")
    door.open(msgspec.structs.replace(settings, return_to=door.identity.settings.return_to))
    await ask(door)
    token = await post.token(ANNA, "sign_in")
    outdated = await open_link(door, token, agrees=[{"document": "terms", "version": "2025"}])
    assert outdated.status_code == 409
    assert outdated.json()["facts"] == {"document": "terms", "version": "2026-11"}
    told = (
        await open_link(door, token, agrees=[{"document": "terms", "version": "2026-11"}])
    ).json()
    shown = (await door.ask("GET", "/v1/me/consents", token=told["access_token"])).json()
    assert [(one["document"], one["version"]) for one in shown["given"]] == [("terms", "2026-11")]
    assert shown["missing"] == [{"document": "privacy", "version": "3"}]
    more = await door.ask(
        "POST", "/v1/me/consents", token=told["access_token"], json=shown["missing"][0]
    )
    assert more.json()["missing"] == []

"""Two things at the same moment: what comes second is judged by what the first one has changed."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.domains.identity.door import PASSWORD, Door, Owner
from tests.domains.identity.post_office import PostOffice
from tests.support.until import until

ANNA, OTHER, THIEFS = "anna@example.org", "another long sentence", "a sentence of a thief"
Request = Coroutine[Any, Any, httpx.Response]
_WAITING = """
SELECT count(*) FROM pg_locks WHERE NOT granted
AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())
"""


class Queue:
    """Requests that wait for the same rows, in the order in which they came."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self.requests: list[asyncio.Task[httpx.Response]] = []

    async def joins(self, request: Request) -> None:
        """Have a request come, and stand behind those before it."""
        self.requests.append(asyncio.create_task(request))
        await until(self._stands)

    async def _stands(self) -> bool:
        # A transaction would see for ever who was connected when it first looked.
        await self._owner.execute("SELECT pg_stat_clear_snapshot()")
        return bool(await self._owner.fetchval(_WAITING) == len(self.requests))


@asynccontextmanager
async def queue(owner: Owner, rows: str = '"user"') -> AsyncIterator[Queue]:
    """Hold what is Anna's until all have come."""
    standing = Queue(owner)
    async with owner.transaction():
        await owner.execute(f"SELECT FROM {rows} WHERE email = $1 FOR NO KEY UPDATE", ANNA)
        yield standing
    await asyncio.gather(*standing.requests)


def code_of(answer: httpx.Response) -> str:
    code: str = answer.json()["code"]
    return code


def changing(door: Door, token: str, password: str = OTHER) -> Request:
    body = {"password": password, "current_password": PASSWORD}
    return door.ask("PUT", "/v1/auth/password", token=token, json=body)


def signing_in(door: Door, password: str = PASSWORD) -> Request:
    return door.post("sign-in", json={"email": ANNA, "password": password})


async def test_who_shows_the_former_password_while_it_is_changed_is_not_let_in(
    door: Door, owner: Owner
) -> None:
    anna = await door.sign_up()
    async with queue(owner) as standing:
        await standing.joins(changing(door, anna["access_token"]))
        await standing.joins(signing_in(door))
    changed, thief = (request.result() for request in standing.requests)
    assert changed.status_code == 204
    assert code_of(thief) == "identity.wrong_credentials"
    assert (await signing_in(door, OTHER)).status_code == 200


async def test_who_was_let_in_before_the_password_was_changed_is_out_with_all_others(
    door: Door, owner: Owner
) -> None:
    anna = await door.sign_up()
    async with queue(owner) as standing:
        await standing.joins(signing_in(door))
        await standing.joins(changing(door, anna["access_token"]))
    thief, changed = (request.result() for request in standing.requests)
    assert changed.status_code == 204
    assert thief.status_code == 200
    assert not await door.opens(thief.json()["access_token"])
    assert await door.opens(anna["access_token"])


async def test_who_opens_a_link_while_everybody_is_sent_out_is_out(
    door: Door, owner: Owner, post: PostOffice
) -> None:
    anna = await door.sign_up()
    token = await post.token(ANNA, "verify_email")
    body: dict[str, Any] = {"token": token}
    await door.post("email/confirm", json=body, token=anna["access_token"])
    await door.post("link", json={"email": ANNA})
    body = {"token": await post.token(ANNA, "sign_in")}
    async with queue(owner) as standing:
        await standing.joins(door.post("link/open", json=body))
        await standing.joins(
            door.ask("POST", "/v1/me/deactivate", token=anna["access_token"], json={})
        )
    thief, rested = (request.result() for request in standing.requests)
    assert (thief.status_code, rested.status_code) == (200, 204)
    back = {"email": ANNA, "password": PASSWORD, "reactivate": True}
    assert (await door.post("sign-in", json=back)).status_code == 200
    assert not await door.opens(thief.json()["access_token"])


@pytest.mark.parametrize("what", ["password", "deactivate", "credential"])
async def test_whose_session_ends_while_they_ask_changes_nothing_any_more(
    door: Door, owner: Owner, post: PostOffice, what: str
) -> None:
    """Anna has another password and everybody is out; a thief asked for something just before."""
    anna = await door.sign_up()
    await door.post(
        "email/confirm",
        json={"token": await post.token(ANNA, "verify_email")},
        token=anna["access_token"],
    )
    thief = (await door.sign_in())["access_token"]
    shown = (await door.ask("GET", "/v1/auth/credentials", token=thief)).json()
    path = f"/v1/auth/credentials/{shown['credentials'][0]['id']}"
    asked: Request
    match what:
        case "password":
            asked = changing(door, thief, THIEFS)
        case "deactivate":
            asked = door.ask("POST", "/v1/me/deactivate", token=thief, json={})
        case _:
            asked = door.ask("DELETE", path, token=thief)
    async with queue(owner) as standing:
        await standing.joins(changing(door, anna["access_token"]))
        await standing.joins(asked)
    changed, refused = (request.result() for request in standing.requests)
    assert changed.status_code == 204
    assert (refused.status_code, code_of(refused)) == (401, "unauthenticated")
    assert await door.opens(anna["access_token"])
    assert (await signing_in(door, OTHER)).status_code == 200


async def test_of_two_links_opened_at_once_by_who_is_new_one_makes_the_account(
    door: Door, owner: Owner, post: PostOffice
) -> None:
    for _ in range(2):
        await door.post("link", json={"email": ANNA})
    tokens = [await post.token(ANNA, "sign_in") for _ in range(2)]
    async with queue(owner, "auth_token") as standing:
        for token in tokens:
            await standing.joins(door.post("link/open", json={"token": token}))
    answers = [request.result() for request in standing.requests]
    assert sorted(answer.status_code for answer in answers) == [200, 410]

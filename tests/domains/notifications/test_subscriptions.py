"""Push subscriptions: kept for a session, taken over by who uses the browser, shown to nobody."""

from typing import Any
from uuid import uuid4

import httpx

from backend.domains.notifications.subscriptions import SUBSCRIPTIONS_MAX
from backend.persistence.database import fetch
from tests.domains.notifications.push_service import PushService
from tests.support.clock import FakeClock
from tests.support.couple import Couple, read
from tests.support.node import Node
from tests.support.people import Person


async def ask(person: Person, method: str, path: str, json: object = None) -> httpx.Response:
    async with httpx.AsyncClient(base_url=person.node.http_url) as client:
        bearer = {"Authorization": f"Bearer {person.token}"}
        return await client.request(method, path, json=json, headers=bearer)


async def subscribe(person: Person, subscription: dict[str, Any]) -> httpx.Response:
    return await ask(person, "POST", "/v1/push/subscriptions", subscription)


async def kept_by(person: Person) -> list[dict[str, Any]]:
    answer = await read(person, "/v1/push/subscriptions")
    assert answer.status_code == 200, answer.text
    kept: list[dict[str, Any]] = answer.json()
    return kept


async def test_a_browser_subscribes_and_no_secret_of_it_comes_back(
    couple: Couple, pushing_node: Node, service: PushService
) -> None:
    del pushing_node
    phone = service.phone("annas")
    answer = await subscribe(couple.anna, phone.as_json)
    assert answer.status_code == 201, answer.text
    listed = await read(couple.anna, "/v1/push/subscriptions")
    (kept,) = listed.json()
    assert kept["id"] == answer.json()["id"]
    assert kept["is_here"] is True
    secrets = phone.subscription
    for secret in (secrets.endpoint, secrets.p256dh, secrets.auth):
        assert secret not in listed.text + answer.text
    assert await kept_by(couple.ben) == []


async def test_a_browser_that_subscribes_again_is_the_same_one(
    couple: Couple, pushing_node: Node, service: PushService
) -> None:
    del pushing_node
    for _ in range(2):
        await subscribe(couple.anna, service.phone("annas").as_json)
    assert len(await kept_by(couple.anna)) == 1


async def test_a_browser_somebody_else_signs_in_with_is_theirs_from_then_on(
    couple: Couple, pushing_node: Node, service: PushService
) -> None:
    del pushing_node
    await subscribe(couple.anna, service.phone("shared").as_json)
    await subscribe(couple.ben, service.phone("shared").as_json)
    assert await kept_by(couple.anna) == []
    assert len(await kept_by(couple.ben)) == 1


async def test_of_too_many_browsers_the_oldest_are_forgotten(
    couple: Couple, pushing_node: Node, service: PushService, clock: FakeClock
) -> None:
    del pushing_node
    ids = []
    for number in range(SUBSCRIPTIONS_MAX + 2):
        await clock.advance(seconds=1)
        answer = await subscribe(couple.anna, service.phone(f"browser-{number}").as_json)
        ids.append(answer.json()["id"])
    assert [kept["id"] for kept in await kept_by(couple.anna)] == ids[:1:-1]


async def test_a_browser_is_forgotten_by_its_owner_alone(
    couple: Couple, pushing_node: Node, service: PushService
) -> None:
    del pushing_node
    kept = (await subscribe(couple.anna, service.phone("annas").as_json)).json()["id"]
    path = f"/v1/push/subscriptions/{kept}"
    assert (await ask(couple.ben, "DELETE", path)).status_code == 404
    assert (await ask(couple.anna, "DELETE", path)).status_code == 204
    assert (await ask(couple.anna, "DELETE", path)).status_code == 404
    assert await kept_by(couple.anna) == []


async def test_the_key_to_subscribe_with_is_there_for_everybody(
    pushing_node: Node,
) -> None:
    async with httpx.AsyncClient(base_url=pushing_node.http_url) as client:
        answer = await client.get("/v1/push/key")
    assert len(answer.json()["public_key"]) == 87


async def test_a_server_without_a_key_says_that_it_does_not_push(
    couple: Couple, service: PushService
) -> None:
    assert (await read(couple.anna, "/v1/push/key")).status_code == 404
    answer = await subscribe(couple.anna, service.phone("annas").as_json)
    assert answer.json()["code"] == "notifications.push_not_set_up"


async def test_what_is_no_subscription_is_refused(
    couple: Couple, pushing_node: Node, service: PushService
) -> None:
    del pushing_node
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"endpoint": "https://10.0.0.1/push"}, "notifications.endpoint_not_allowed"),
        ({"endpoint": "http://push.example.org/x"}, "notifications.endpoint_not_allowed"),
        ({"endpoint": "x" * 2_001}, "invalid"),
        ({"keys": {"p256dh": "A" * 87, "auth": "A" * 22}}, "invalid"),
        ({"keys": {"p256dh": "short", "auth": "A" * 22}}, "invalid"),
        ({"keys": {"p256dh": "A" * 87}}, "invalid"),
        ({"surprise": 1}, "unknown_field"),
    ]
    for change, code in wrong:
        answer = await subscribe(couple.anna, {**service.phone("annas").as_json, **change})
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] == code, change
    assert not await fetch(
        "SELECT 1 FROM push_subscription WHERE user_id = $1", couple.anna.user_id
    )


async def test_without_a_token_nothing_is_told(node: Node) -> None:
    async with httpx.AsyncClient(base_url=node.http_url) as client:
        for path in ("/v1/notifications", "/v1/push/subscriptions"):
            assert (await client.get(path)).status_code == 401
        gone = await client.delete(f"/v1/push/subscriptions/{uuid4()}")
        assert gone.status_code == 401

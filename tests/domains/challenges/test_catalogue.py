"""The catalogue: what admins offer to promise, in versions, with a schema of its settings."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from protocol.messages import Role
from tests.support.clock import FakeClock
from tests.support.couple import read
from tests.support.node import Node
from tests.support.people import Person, sign_up
from tests.support.promises import wanted_from

GUIDE = Path(__file__).parents[3] / "docs" / "operations.md"
SCHEMA = '{"type": "object", "properties": {"km": {"type": "integer"}}}'


@pytest.fixture
async def admin(node: Node, clock: FakeClock) -> Person:
    """Somebody who runs Tandem."""
    return await sign_up(node, clock, "Root", role=Role.ADMIN)


def template(**more: Any) -> dict[str, Any]:
    """Say what is offered."""
    return {
        "slug": f"run-{uuid4().hex[:8]}",
        "name": "Run",
        "challenge_type": "sport",
        "difficulty": "medium",
        "category": "body",
        "instructions": "Put on your shoes.",
        "settings_schema": SCHEMA,
        "allows": {"schedules": ["daily"], "proofs": ["number"]},
        **more,
    }


async def publish(admin: Person, offered: dict[str, Any]) -> httpx.Response:
    return await admin.post("challenges.publish_template", **offered)


async def offered_to(person: Person) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    after = None
    while True:
        page = (
            await read(
                person, "/v1/challenges/templates", **({"after": after} if after else {}), limit=2
            )
        ).json()
        found |= {one["slug"]: one for one in page["items"]}
        after = page["next"]
        if after is None:
            return found


async def test_what_an_admin_offers_everybody_can_read_page_by_page(
    admin: Person, node: Node, clock: FakeClock
) -> None:
    offers = [template() for _ in range(5)]
    for offer in offers:
        assert (await publish(admin, offer)).status_code == 200
    anna = await sign_up(node, clock, "Anna")
    found = await offered_to(anna)
    for offer in offers:
        shown = found[offer["slug"]]
        assert shown["version"] == 1
        assert shown["settings_schema"]["properties"] == {"km": {"type": "integer"}}
        assert shown["allows"]["proofs"] == ["number"]


async def test_what_is_changed_has_another_version_and_what_is_closed_is_offered_no_more(
    admin: Person,
) -> None:
    offer = template()
    await publish(admin, offer)
    changed = await publish(admin, {**offer, "name": "Run far"})
    assert changed.json()["version"] == 2
    assert (await offered_to(admin))[offer["slug"]]["name"] == "Run far"
    await publish(admin, {**offer, "is_open": False})
    assert offer["slug"] not in await offered_to(admin)


async def test_what_the_operators_guide_offers_can_be_offered_and_begun(
    admin: Person, node: Node, clock: FakeClock
) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    offer = json.loads(example)
    published = await publish(admin, offer)
    assert published.status_code == 200, published.text
    anna = await sign_up(node, clock, "Anna")
    shown = (await offered_to(anna))[offer["slug"]]
    wanted = {
        **wanted_from(clock.now().date()),
        "template_slug": shown["slug"],
        "template_version": shown["version"],
    }
    wanted.pop("type")
    begun = await anna.post("challenges.start", **wanted)
    assert begun.status_code == 200, begun.text


async def test_only_admins_offer(node: Node, clock: FakeClock) -> None:
    anna = await sign_up(node, clock, "Anna")
    answer = await publish(anna, template())
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"settings_schema": "[]"}, "challenges.schema_wrong"),
        ({"settings_schema": "{,}"}, "challenges.schema_wrong"),
        ({"settings_schema": '{"type": "array"}'}, "challenges.schema_wrong"),
        ({"settings_schema": '{"type": "no-such"}'}, "challenges.schema_wrong"),
        ({"settings_schema": '{"type": "object", "$ref": "#/nowhere"}'}, "challenges.schema_wrong"),
        ({"settings_schema": '{"type": "object", "$ref": "#"}'}, "challenges.schema_wrong"),
        (
            {"settings_schema": '{"type": "object", "allOf": [{"$ref": "http://127.0.0.1:9/"}]}'},
            "challenges.schema_wrong",
        ),
        (
            {"settings_schema": '{"type": "object", "properties": {"a": {"pattern": "(a+)+$"}}}'},
            "challenges.schema_wrong",
        ),
        ({"slug": "Not A Slug"}, "invalid"),
        ({"allows": {"schedules": [], "proofs": ["note"]}}, "invalid"),
        ({"allows": {"schedules": ["hourly"], "proofs": ["note"]}}, "invalid"),
        ({"difficulty": "impossible"}, "invalid"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_name(
    admin: Person, wrong: dict[str, Any], code: str
) -> None:
    answer = await publish(admin, template(**wrong))
    assert (answer.status_code, answer.json().get("code")) == (422, code), answer.text

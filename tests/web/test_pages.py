"""No page is longer than a page may be, on whatever route it is asked for."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from backend.assembly import create_app
from backend.persistence.pages import PAGE_MAX
from backend.settings import Settings
from tests.support.couple import Couple
from tests.support.promises import have_template, promise

LISTS = {"/v1/moods", "/v1/notifications", "/v1/wallets/{asset}/entries"}
"""Some that are known to have pages, so that not finding any would be seen."""

FOR_ADMINS = {"/v1/challenges/disputes", "/v1/stripe/webhooks"}


def _paged() -> Iterator[str]:
    app = create_app(Settings(database_url="postgresql://nowhere/none"))
    paths: dict[str, Any] = app.openapi_schema.to_schema()["paths"]
    for path, operations in paths.items():
        for parameter in operations.get("get", {}).get("parameters", ()):
            if parameter["name"] == "limit":
                yield path


PAGED = sorted(_paged())


def test_the_routes_with_pages_are_found() -> None:
    assert set(PAGED) >= LISTS


@pytest.mark.parametrize("limit", ["0", "-1", str(PAGE_MAX + 1), "100000", "1e9", "many", ""])
async def test_a_page_has_its_limits(couple: Couple, limit: str) -> None:
    await have_template(couple.anna.clock)
    async with couple.phones() as (anna, _):
        promised = await promise(couple, anna)
    places = {
        "asset": "coin",
        "relationship_id": couple.relationship_id,
        "challenge_id": promised.challenge_id,
    }
    bearer = {"Authorization": f"Bearer {couple.anna.token}"}
    async with httpx.AsyncClient(base_url=couple.anna.node.http_url, headers=bearer) as client:
        for path in PAGED:
            told = await client.get(path.format(**places), params={"limit": limit})
            assert (told.status_code, told.json()["code"]) == (422, "invalid"), path
            assert told.json()["facts"]["path"] == "$.limit", path
            most = await client.get(path.format(**places), params={"limit": PAGE_MAX})
            assert most.status_code == (403 if path in FOR_ADMINS else 200), path

"""What a request says beside its path is understood or refused, never passed over."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

import httpx
import pytest

from backend.assembly import create_app
from backend.settings import Settings
from tests.support.couple import Couple

PATHS: dict[str, Any] = create_app(
    Settings(database_url="postgresql://nowhere/none")
).openapi_schema.to_schema()["paths"]
OPERATIONS = sorted(
    (path, method)
    for path, operations in PATHS.items()
    for method in operations
    if path.startswith("/v1/")
)
NOBODY = "019534d4-1a00-7000-8000-000000000001"
PLACES = defaultdict(lambda: NOBODY, asset="coin")
"""What stands for the names in a path; most are ids."""
MOOD = {"mood": "calm", "mood_score": 7}


async def test_an_unknown_parameter_is_refused_by_name_on_every_route(couple: Couple) -> None:
    assert len(OPERATIONS) > 40
    async with _as_anna(couple) as client:
        for path, method in OPERATIONS:
            told = await client.request(
                method, path.format_map(PLACES), params={"bogus": "1"}, json={}
            )
            assert (told.status_code, told.json()["code"]) == (422, "unknown_field"), path
            assert told.json()["facts"] == {"path": "$", "field": "bogus"}, path


@pytest.mark.parametrize("slip", ["madeAt", "before", "To", "limit"])
async def test_a_misspelt_parameter_does_not_count_as_left_out(couple: Couple, slip: str) -> None:
    async with _as_anna(couple) as client:
        to = {"to": couple.address}
        told = await client.post("/v1/commands/moods.log", params={**to, slip: "x"}, json=MOOD)
        assert (told.status_code, told.json()["facts"]["field"]) == (422, slip)
        assert (await client.get("/v1/moods")).json()["items"] == []


async def test_a_moment_in_the_query_has_a_zone(couple: Couple) -> None:
    here = (couple.anna.clock.now() - timedelta(hours=1)).replace(tzinfo=None).isoformat()
    async with _as_anna(couple) as client:
        for made_at, status in ((here, 422), (f"{here}Z", 200), (f"{here}+00:00", 200)):
            told = await client.post(
                "/v1/commands/moods.log",
                params={"to": couple.address, "made_at": made_at},
                json=MOOD,
            )
            assert told.status_code == status, told.text
            if status == 422:
                assert told.json()["code"] == "invalid"
                assert told.json()["facts"]["path"] == "$.made_at"


async def test_machines_may_add_to_the_pages_that_are_for_them(couple: Couple) -> None:
    async with _as_anna(couple) as client:
        for path in ("/healthz", "/readyz", "/metrics"):
            assert (await client.get(path, params={"probe": "1"})).status_code == 200


def _as_anna(couple: Couple) -> httpx.AsyncClient:
    bearer = {"Authorization": f"Bearer {couple.anna.token}"}
    return httpx.AsyncClient(base_url=couple.anna.node.http_url, headers=bearer)

"""Over HTTP a person may ask for as much as over a socket, and no more."""

import httpx
import pytest

from backend.gateway.ports import GatewaySettings
from backend.web import request_limit
from backend.web.request_limit import RequestLimit
from protocol.common import RateLimited
from protocol.ids import uuid7
from tests.support.clock import FakeClock
from tests.support.couple import Couple

LIMITS = GatewaySettings()


async def test_too_many_requests_are_refused_and_told_how_long_to_wait(
    couple: Couple, clock: FakeClock
) -> None:
    annas = {"Authorization": f"Bearer {couple.anna.token}"}
    bens = {"Authorization": f"Bearer {couple.ben.token}"}
    async with httpx.AsyncClient(base_url=couple.anna.node.http_url) as client:
        for _ in range(LIMITS.calls_burst_max):
            assert (await client.get("/v1/relationships", headers=annas)).status_code == 200
        refused = await client.get("/v1/moods", headers=annas)
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        assert refused.json()["temporary"] is True
        assert refused.headers["Retry-After"] == "1"
        command = "/v1/commands/notifications.mark_all_read"
        key = {"Idempotency-Key": str(uuid7(int(clock.now().timestamp() * 1000)))}
        assert (await client.post(command, headers=annas | key)).status_code == 429
        assert (await client.get("/v1/moods", headers=bens)).status_code == 200

        await clock.advance(milliseconds=refused.json()["facts"]["retry_after_ms"])
        assert (await client.post(command, headers=annas | key)).status_code == 200


def test_only_so_many_people_are_remembered(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_limit, "PEOPLE_MAX", 2)
    limit = RequestLimit(GatewaySettings(calls_burst_max=1), clock)
    anna, ben, carl = uuid7(), uuid7(), uuid7()
    limit.take(anna)
    limit.take(ben)
    with pytest.raises(RateLimited):
        limit.take(anna)
    limit.take(carl)
    # Ben had asked nothing for the longest time.
    limit.take(ben)
    with pytest.raises(RateLimited):
        limit.take(carl)

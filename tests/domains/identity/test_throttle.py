"""The throttle: what a stranger may try, with Redis and without it."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from backend.domains.identity import IdentitySettings
from backend.domains.identity.limits import Limit, Limits
from backend.domains.identity.throttle import (
    REDIS_PAUSE_S,
    Counts,
    LocalCounts,
    RedisCounts,
    Share,
    Throttle,
    Try,
    network_of,
)
from backend.embedded import EmbeddedRedis
from protocol.common import RateLimited
from tests.domains.identity.door import CHEAP, PASSWORD, Door
from tests.support.clock import FakeClock

WRONG = {"email": "anna@example.org", "password": "not the password"}
RIGHT = {"email": "anna@example.org", "password": PASSWORD}
NOW_MS = 1_795_000_000_000


@pytest.fixture(params=["redis", "local"])
def counts(request: pytest.FixtureRequest, redis: Redis) -> Counts:
    """Both ways to count; what is true of one is true of the other."""
    return RedisCounts(redis) if request.param == "redis" else LocalCounts()


three_a_minute = Share("tandem:throttle:a", 20_000, 60_000)
two_a_minute = Share("tandem:throttle:b", 30_000, 60_000)


async def test_tries_come_back_one_by_one(counts: Counts) -> None:
    for _ in range(3):
        assert await counts.take([three_a_minute], NOW_MS) == 0
    assert await counts.take([three_a_minute], NOW_MS) == 20_000
    assert await counts.take([three_a_minute], NOW_MS + 19_999) == 1
    assert await counts.take([three_a_minute], NOW_MS + 20_000) == 0
    assert await counts.take([three_a_minute], NOW_MS + 20_000) == 20_000
    for _ in range(3):
        assert await counts.take([three_a_minute], NOW_MS + 200_000) == 0
    assert await counts.take([three_a_minute], NOW_MS + 200_000) == 20_000


async def test_a_clock_that_went_back_locks_nobody_out_for_longer_than_a_try(
    counts: Counts,
) -> None:
    for _ in range(3):
        assert await counts.take([three_a_minute], NOW_MS) == 0
    assert await counts.take([three_a_minute], NOW_MS - 86_400_000) == 20_000
    assert await counts.take([two_a_minute], NOW_MS - 86_400_000) == 0


async def test_all_are_counted_or_none(counts: Counts) -> None:
    both = [three_a_minute, two_a_minute]
    assert await counts.take(both, NOW_MS) == 0
    assert await counts.take(both, NOW_MS) == 0
    assert await counts.take(both, NOW_MS) == 30_000
    assert await counts.take([three_a_minute], NOW_MS) == 0, "it was not counted"


async def test_what_is_given_back_may_be_tried_again(counts: Counts) -> None:
    await counts.give_back([two_a_minute], NOW_MS)
    for _ in range(5):
        assert await counts.take([two_a_minute], NOW_MS) == 0
        await counts.give_back([two_a_minute], NOW_MS)
    for _ in range(2):
        assert await counts.take([two_a_minute], NOW_MS) == 0
    assert await counts.take([two_a_minute], NOW_MS) > 0
    await counts.give_back([two_a_minute], NOW_MS)
    assert await counts.take([two_a_minute], NOW_MS) == 0
    assert await counts.take([two_a_minute], NOW_MS) > 0


async def test_at_once_no_more_than_the_limit_pass(counts: Counts) -> None:
    waits = await asyncio.gather(*(counts.take([three_a_minute], NOW_MS) for _ in range(50)))
    assert waits.count(0) == 3


async def test_alone_only_so_many_keys_are_kept() -> None:
    counts = LocalCounts(keys_max=2)
    shares = [Share(key, 60_000, 60_000) for key in "abc"]
    for share in shares:
        assert await counts.take([share], NOW_MS) == 0
    assert await counts.take([shares[2]], NOW_MS) == 60_000
    assert await counts.take([shares[1]], NOW_MS) == 60_000
    assert await counts.take([shares[0]], NOW_MS) == 0, "the longest unused was forgotten"


async def test_keys_leave_redis_by_themselves(redis: Redis, clock: FakeClock) -> None:
    throttle = Throttle(clock, redis, "key")
    await throttle.take(Try("sign_in_address", Limit(60, 900), "192.0.2.1"))
    [key] = await redis.keys()
    assert 14_000 < await redis.pttl(key) <= 15_000


def test_networks() -> None:
    assert network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert (
        network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    )
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("unknown") == "unknown"


async def test_guesses_from_one_address_are_limited(door: Door) -> None:
    await door.sign_up()
    for _ in range(8):
        assert (await door.post("sign-in", json=WRONG)).status_code == 401
    refused = await door.post("sign-in", json=RIGHT)
    assert refused.status_code == 429
    assert refused.json()["code"] == "rate_limited"
    assert refused.json()["temporary"]
    assert refused.headers["retry-after"] == "113"
    elsewhere = await door.post("sign-in", json=RIGHT, address="198.51.100.7")
    assert elsewhere.status_code == 200, "the owner, at home, is not locked out"
    await door.clock.advance(seconds=113)
    assert (await door.post("sign-in", json=RIGHT)).status_code == 200


async def test_an_unknown_account_is_limited_alike(door: Door) -> None:
    answers = [await door.post("sign-in", json=WRONG) for _ in range(9)]
    assert [answer.status_code for answer in answers] == [401] * 8 + [429]


async def test_guesses_at_one_account_from_everywhere_are_limited(door: Door) -> None:
    answers = [await door.post("sign-in", json=WRONG, address=f"198.51.100.{n}") for n in range(41)]
    assert [answer.status_code for answer in answers] == [401] * 40 + [429]


async def test_guesses_at_many_accounts_from_one_network_are_limited(door: Door) -> None:
    answers = [
        await door.post(
            "sign-in",
            json={**WRONG, "email": f"user{n}@example.org"},
            address=f"2001:db8::{n:x}",
        )
        for n in range(61)
    ]
    assert [answer.status_code for answer in answers] == [401] * 60 + [429]


async def test_who_knows_the_password_is_never_limited(door: Door) -> None:
    await door.sign_up()
    for _ in range(20):
        await door.sign_in()


async def test_guesses_at_once_are_limited_before_they_are_checked(door: Door) -> None:
    await door.sign_up()
    answers = await asyncio.gather(*(door.post("sign-in", json=WRONG) for _ in range(30)))
    codes = [answer.status_code for answer in answers]
    assert codes.count(401) == 8
    assert codes.count(429) == 22


async def test_sign_ups_are_limited_by_address_and_email(door: Door) -> None:
    limits = Limits(sign_up_address=Limit(3, 3600), sign_up_email=Limit(2, 3600))
    door.open(IdentitySettings(passwords=CHEAP, limits=limits))

    async def tried(email: str, address: str) -> int:
        body = {"email": email, "password": PASSWORD}
        return (await door.post("sign-up", json=body, address=address)).status_code

    assert [await tried(f"user{n}@example.org", "192.0.2.1") for n in range(4)] == [201] * 3 + [429]
    assert await tried("user9@example.org", "192.0.2.2") == 201
    assert [await tried("ben@example.org", f"192.0.2.{n}") for n in (3, 4, 5)] == [201, 201, 429]


async def test_refreshes_are_limited_by_address(door: Door) -> None:
    limits = Limits(refresh_address=Limit(3, 60))
    door.open(IdentitySettings(passwords=CHEAP, limits=limits))
    answers = [await door.refresh("tdr_" + "A" * 43) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401] * 3 + [429]


async def test_tickets_are_limited_by_session(door: Door) -> None:
    limits = Limits(ticket_session=Limit(2, 60))
    door.open(IdentitySettings(passwords=CHEAP, limits=limits))
    told = await door.sign_up()
    other = await door.sign_in()
    answers = [await door.post("ticket", token=told["access_token"]) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert (await door.post("ticket", token=other["access_token"])).status_code == 201


async def test_redis_is_not_told_who_anybody_is(door: Door, redis: Redis) -> None:
    await door.sign_up()
    await door.post("sign-in", json=WRONG, address="192.0.2.77")
    keys = [key.decode() for key in await redis.keys()]
    assert len(keys) == 5
    for secret in ("anna", "example", "192.0.2"):
        assert not any(secret in key for key in keys)


@pytest_asyncio.fixture
async def own_redis(tmp_path: Path) -> AsyncIterator[EmbeddedRedis]:
    """A Redis that a test may stop."""
    async with EmbeddedRedis(tmp_path / "redis", durable=False) as server:
        yield server
        os.kill(server.pid, signal.SIGCONT)


limit = Limit(2, 60)


async def took_two(throttle: Throttle, whose: str = "anna") -> None:
    one = Try("test", limit, whose)
    await throttle.take(one)
    await throttle.take(one)
    assert await refused_for_ms(throttle, whose) == 30_000
    await throttle.give_back(one)
    await throttle.take(one)


async def refused_for_ms(throttle: Throttle, whose: str) -> int:
    with pytest.raises(RateLimited) as refused:
        await throttle.take(Try("test", limit, whose))
    return refused.value.retry_after_ms


async def test_there_is_none(clock: FakeClock) -> None:
    await took_two(Throttle(clock, None, ""))


async def test_there_was_never_one_at_this_address(clock: FakeClock) -> None:
    async with Redis.from_url("unix:///nowhere/redis.sock") as away:
        await took_two(Throttle(clock, away, ""))


async def test_it_hangs_and_comes_back(clock: FakeClock, own_redis: EmbeddedRedis) -> None:
    async with Redis.from_url(own_redis.url) as redis:
        throttle = Throttle(clock, redis, "")
        await took_two(throttle)

        os.kill(own_redis.pid, signal.SIGSTOP)
        began = time.monotonic()
        assert await refused_for_ms(throttle, "anna") == 30_000, "nobody begins anew"
        await took_two(throttle, "ben")
        assert time.monotonic() - began < 1, "one waited a little, the others not at all"

        os.kill(own_redis.pid, signal.SIGCONT)
        await clock.advance(seconds=REDIS_PAUSE_S)
        assert await refused_for_ms(throttle, "anna") == 25_000, "it has kept its count"


async def test_the_routes_go_on(door: Door) -> None:
    door.redis = Redis.from_url("unix:///nowhere/redis.sock")
    door.open(IdentitySettings(passwords=CHEAP))
    await door.sign_up()
    answers = [await door.post("sign-in", json=WRONG) for _ in range(9)]
    assert [answer.status_code for answer in answers] == [401] * 8 + [429]

"""The throttle: holds people to limits, by Redis for all nodes together, or alone without it.

Each limit keeps one number a key (the generic cell rate algorithm): the moment at which all tries
would have come back. A try moves it on by one share of the window, and is refused where it would
lie more than a window ahead. So tries come back one by one, and there is no edge of a window to
wait for.
"""

import asyncio
import hashlib
import hmac
import ipaddress
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from actors.ports import Clock
from backend.domains.identity.limits import Limit
from protocol.common import RateLimited

log = structlog.get_logger()

LOCAL_KEYS_MAX = 50_000
REDIS_WITHIN_S = 0.25
REDIS_PAUSE_S = 5.0
"""How long Redis is not asked after it failed, so that not every request waits for it."""


class Try(NamedTuple):
    """Something a limit counts: its name, the limit, and whose or whence it is."""

    name: str
    limit: Limit
    key: str


class Share(NamedTuple):
    """A try as it is counted."""

    key: str
    share_ms: int
    """What one try costs."""
    window_ms: int
    """What all of them cost."""


class Counts(Protocol):
    """Where tries are counted."""

    async def take(self, shares: Sequence[Share], now_ms: int) -> int:
        """Count tries, all or none; returns how long to wait in ms, 0 when they were counted."""

    async def give_back(self, shares: Sequence[Share], now_ms: int) -> None:
        """Uncount tries."""


class LocalCounts:
    """Counts of this process alone, of so many keys; of more, the longest unused are forgotten."""

    def __init__(self, keys_max: int = LOCAL_KEYS_MAX) -> None:
        """Begin with nothing counted."""
        self._keys_max = keys_max
        self._full_at_ms: OrderedDict[str, int] = OrderedDict()

    async def take(self, shares: Sequence[Share], now_ms: int) -> int:
        """Count tries, all or none; returns how long to wait in ms, 0 when they were counted."""
        full_at = self._full_at_ms
        # No more than a window can have been used up, unless the clock went back meanwhile.
        moved = [
            (one, min(max(full_at.get(one.key, 0), now_ms), now_ms + one.window_ms) + one.share_ms)
            for one in shares
        ]
        wait_ms = max(at - one.window_ms for one, at in moved) - now_ms
        if wait_ms > 0:
            return wait_ms
        for one, at in moved:
            full_at[one.key] = at
            full_at.move_to_end(one.key)
        while len(self._full_at_ms) > self._keys_max:
            self._full_at_ms.popitem(last=False)
        return 0

    async def give_back(self, shares: Sequence[Share], now_ms: int) -> None:
        """Uncount tries."""
        for one in shares:
            at = self._full_at_ms.pop(one.key, now_ms) - one.share_ms
            if at > now_ms:
                self._full_at_ms[one.key] = at


_TAKE = """
local now, wait, moved = tonumber(ARGV[1]), 0, {}
for i, key in ipairs(KEYS) do
    local share, window = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
    -- No more than a window can have been used up, unless the clock went back meanwhile.
    local used = math.max(tonumber(redis.call('GET', key) or now), now)
    local at = math.min(used, now + window) + share
    moved[i] = at
    wait = math.max(wait, at - window - now)
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
    redis.call('SET', key, string.format('%.0f', moved[i]), 'PX', moved[i] - now)
end
return 0
"""
_GIVE_BACK = """
local now = tonumber(ARGV[1])
for i, key in ipairs(KEYS) do
    local at = tonumber(redis.call('GET', key) or now) - tonumber(ARGV[2 * i])
    if at > now then
        redis.call('SET', key, string.format('%.0f', at), 'PX', at - now)
    else
        redis.call('DEL', key)
    end
end
"""


class RedisCounts:
    """Counts of all nodes together; each key leaves when its tries have come back."""

    def __init__(self, redis: Redis) -> None:
        """Count in this Redis."""
        self._take = redis.register_script(_TAKE)
        self._give_back = redis.register_script(_GIVE_BACK)

    async def take(self, shares: Sequence[Share], now_ms: int) -> int:
        """Count tries, all or none; returns how long to wait in ms, 0 when they were counted."""
        async with asyncio.timeout(REDIS_WITHIN_S):
            return int(await self._take(*_asked(shares, now_ms)))

    async def give_back(self, shares: Sequence[Share], now_ms: int) -> None:
        """Uncount tries."""
        async with asyncio.timeout(REDIS_WITHIN_S):
            await self._give_back(*_asked(shares, now_ms))


def _asked(shares: Sequence[Share], now_ms: int) -> tuple[list[str], list[int]]:
    numbers = [number for one in shares for number in (one.share_ms, one.window_ms)]
    return [one.key for one in shares], [now_ms, *numbers]


class Throttle:
    """Counts tries and refuses those over a limit.

    What Redis counts is counted here too: when it is away, nobody begins with a fresh allowance.
    """

    def __init__(self, clock: Clock, redis: Redis | None, hash_key: str) -> None:
        """Count in Redis where there is one; keys are hashed, so that nobody is named there."""
        self._clock = clock
        self._hash_key = hash_key.encode()
        self._local = LocalCounts()
        self._shared = RedisCounts(redis) if redis is not None else None
        self._alone_until = 0.0

    async def take(self, *tries: Try) -> None:
        """Count tries, all or none. Raises RateLimited."""
        shares = [self._share(one) for one in tries]
        now_ms = self._now_ms()
        wait_ms = None
        if shared := self._shared_now():
            try:
                wait_ms = await shared.take(shares, now_ms)
            except (RedisError, OSError, TimeoutError) as problem:
                self._redis_failed(problem)
        if wait_ms is None:
            wait_ms = await self._local.take(shares, now_ms)
        elif wait_ms == 0:
            await self._local.take(shares, now_ms)
        if wait_ms > 0:
            raise RateLimited(retry_after_ms=wait_ms)

    async def give_back(self, *tries: Try) -> None:
        """Uncount tries that turned out well."""
        shares = [self._share(one) for one in tries]
        now_ms = self._now_ms()
        if shared := self._shared_now():
            try:
                await shared.give_back(shares, now_ms)
            except (RedisError, OSError, TimeoutError) as problem:
                self._redis_failed(problem)
        await self._local.give_back(shares, now_ms)

    def _shared_now(self) -> RedisCounts | None:
        return self._shared if self._clock.monotonic() >= self._alone_until else None

    def _redis_failed(self, problem: Exception) -> None:
        self._alone_until = self._clock.monotonic() + REDIS_PAUSE_S
        log.warning("redis is away; this process counts tries alone", problem=repr(problem))

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)

    def _share(self, one: Try) -> Share:
        hashed = hmac.digest(self._hash_key, f"{one.name}\0{one.key}".encode(), hashlib.sha256)
        window_ms = one.limit.within_s * 1000
        return Share(
            f"tandem:throttle:{one.name}:{hashed[:16].hex()}",
            window_ms // one.limit.tries_max,
            window_ms,
        )


def network_of(address: str) -> str:
    """Say what of an address its owner cannot change at will: of IPv6 the first 64 bits."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))

"""Deliveries: events sent to the webhook endpoint, signed, again and again until they are taken.

By themselves they go out in the order in which things happened. Held back, they wait until they are
told to go: in another order, twice, late, or never.
"""

import asyncio
import hashlib
import hmac
import time
from collections import deque
from collections.abc import Iterable
from typing import Final

import httpx
import msgspec
import structlog
from msgspec import field

from backend.embedded.stripe.events import Event, is_wanted

log = structlog.get_logger()

WAITING_MAX: Final = 5_000
REMEMBERED_MAX: Final = 5_000
WITHIN_S: Final = 10.0
PAUSE_MAX_S: Final = 60 * 60.0


class Endpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where webhooks go, and how."""

    url: str
    secrets: list[str]
    """With more than one, each signs: that is how Stripe has one replaced by another."""
    enabled_events: list[str] = field(default_factory=lambda: ["*"])
    tries_max: int = 16
    retry_first_s: float = 1.0
    """How long after a first try that failed; twice as long after each other."""

    def __repr__(self) -> str:
        """Say all but what is secret."""
        return f"Endpoint({self.url!r}, {len(self.secrets)} secrets)"


class Delivery(msgspec.Struct, kw_only=True):
    """One event on its way, and each try's answer: an HTTP status, 0 where none came."""

    event_id: str
    type: str
    state: str = "waiting"
    """waiting, held, delivered, failed, lost"""
    statuses: list[int] = []


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """An event that waits to be delivered."""

    id: str
    type: str


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """What is held back, and what became of everything else."""

    held: list[Held]
    deliveries: list[Delivery]


class Deliveries:
    """Sends events."""

    def __init__(self) -> None:
        """Send nothing before there is an endpoint."""
        self.endpoint: Endpoint | None = None
        self.is_holding = False
        self.failing = 0
        """So many tries that are to fail on their way."""
        self.delay_s = 0.0
        """How long each try waits before it sets out."""
        self.remembered: deque[Delivery] = deque(maxlen=REMEMBERED_MAX)
        self._held: dict[str, tuple[Event, Delivery]] = {}
        self._waiting: deque[tuple[Event, Delivery]] = deque(maxlen=WAITING_MAX)
        self._wake = asyncio.Event()
        self._retrying: set[asyncio.Task[None]] = set()
        self._http = httpx.AsyncClient(timeout=WITHIN_S, trust_env=False, follow_redirects=False)

    async def close(self) -> None:
        """Give up what is still to be sent."""
        for task in self._retrying:
            task.cancel()
        await asyncio.gather(*self._retrying, return_exceptions=True)
        await self._http.aclose()

    def take(self, event: Event) -> None:
        """Have an event sent, if anybody wants it."""
        if self.endpoint is None or not is_wanted(event.type, self.endpoint.enabled_events):
            return
        event.pending_webhooks = 1
        delivery = Delivery(event_id=event.id, type=event.type)
        self.remembered.append(delivery)
        if self.is_holding:
            delivery.state = "held"
            self._held[event.id] = event, delivery
            while len(self._held) > WAITING_MAX:
                del self._held[next(iter(self._held))]
            return
        self._waiting.append((event, delivery))
        self._wake.set()

    async def send_what_waits(self) -> None:
        """Send, one after the other, for as long as the task lives."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                event, delivery = self._waiting.popleft()
                if not await self._try(event, delivery):
                    self._try_later(event, delivery)

    def hold(self) -> None:
        """Hold back what happens from now on."""
        self.is_holding = True

    def flow(self) -> None:
        """Hold nothing back any more; what was held goes out in its order."""
        self.is_holding = False
        for event, delivery in self._held.values():
            delivery.state = "waiting"
            self._waiting.append((event, delivery))
        self._held.clear()
        self._wake.set()

    def held(self, wanted: Iterable[str] = ("*",)) -> list[Event]:
        """List what is held of these types, or under these ids, in the order it happened."""
        patterns = list(wanted)
        return [
            event
            for event, _ in self._held.values()
            if event.id in patterns or is_wanted(event.type, patterns)
        ]

    async def deliver_held(self, events: Iterable[Event], *, times: int, age_s: int) -> None:
        """Deliver what was held, in this order, each so often, as if it had been signed then.

        What is not taken is tried again as any other.
        """
        for event in events:
            _, delivery = self._held.pop(event.id)
            for _ in range(times):
                if not await self._try(event, delivery, age_s=age_s):
                    self._try_later(event, delivery)

    def forget(self) -> None:
        """Begin anew; the endpoint stays."""
        self.is_holding, self.failing, self.delay_s = False, 0, 0.0
        self._held.clear()
        self._waiting.clear()
        self.remembered.clear()

    async def deliver_again(self, event: Event) -> None:
        """Deliver what was delivered before, as the dashboard's button does."""
        delivery = Delivery(event_id=event.id, type=event.type)
        self.remembered.append(delivery)
        await self._try(event, delivery)

    def lose(self, events: Iterable[Event]) -> None:
        """Never deliver these."""
        for event in events:
            _, delivery = self._held.pop(event.id)
            delivery.state = "lost"

    async def _try(self, event: Event, delivery: Delivery, *, age_s: int = 0) -> bool:
        """Send once; returns whether it was taken."""
        endpoint = self.endpoint
        if endpoint is None:
            return False
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        status = 0
        if self.failing > 0:
            self.failing -= 1
        else:
            status = await self._post(endpoint, event, age_s)
        delivery.statuses.append(status)
        is_taken = 200 <= status < 300  # noqa: PLR2004 - success, as HTTP counts
        if is_taken:
            delivery.state = "delivered"
            event.pending_webhooks = 0
        return is_taken

    async def _post(self, endpoint: Endpoint, event: Event, age_s: int) -> int:
        body = payload(event)
        headers = {
            "content-type": "application/json; charset=utf-8",
            "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "stripe-signature": signature(body, endpoint.secrets, int(time.time()) - age_s),
        }
        try:
            async with (
                asyncio.timeout(WITHIN_S),
                self._http.stream("POST", endpoint.url, content=body, headers=headers) as answer,
            ):
                return answer.status_code
        except (httpx.HTTPError, TimeoutError) as problem:
            log.info("a webhook was not delivered", why=type(problem).__name__, event=event.id)
            return 0

    def _try_later(self, event: Event, delivery: Delivery) -> None:
        task = asyncio.create_task(self._retry(event, delivery), name="webhook again")
        self._retrying.add(task)
        task.add_done_callback(self._retrying.discard)

    async def _retry(self, event: Event, delivery: Delivery) -> None:
        delivery.state = "waiting"
        pause_s = self.endpoint.retry_first_s if self.endpoint else 0.0
        while self.endpoint and len(delivery.statuses) < self.endpoint.tries_max:
            await asyncio.sleep(pause_s)
            if await self._try(event, delivery):
                return
            pause_s = min(2 * pause_s, PAUSE_MAX_S)
        delivery.state = "failed"


def payload(event: Event) -> bytes:
    """Write an event as a webhook carries it."""
    return msgspec.json.format(msgspec.json.encode(event), indent=2)


def signature(body: bytes, secrets: Iterable[str], at: int) -> str:
    """Sign a webhook with each secret, as the header carries it."""
    signed = f"{at}.".encode() + body
    each = (hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets)
    return ",".join([f"t={at}", *(f"v1={one}" for one in each)])

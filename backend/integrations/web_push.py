"""Web Push: sends a message to a browser by the push service its subscription names.

pywebpush encrypts (RFC 8291) and py_vapid signs (RFC 8292), in a thread. The request itself goes
through httpcore rather than pywebpush's own: only there can the address be checked where it is
connected to, and the whole request be ended after its time, whatever the other side does.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from urllib.parse import SplitResult, urlsplit

import httpcore
import msgspec
import structlog
from py_vapid import Vapid02
from pywebpush import WebPusher

from backend.integrations.http_problems import (
    NETWORK_PROBLEMS,
    OWN_FAULTS_FROM,
    TOO_MANY,
    retry_after_s,
)
from backend.integrations.public_network import NotPublic, PublicNetwork
from backend.integrations.push_endpoint import is_endpoint_allowed
from backend.integrations.vapid import WebPushSettings

log = structlog.get_logger()

PAYLOAD_BYTES_MAX = 3 * 1024
"""Push services take 4,096 bytes, encryption included."""
WITHIN_S = 10.0
LIFE_S = 24 * 60 * 60
"""How long a push service keeps a message for a phone that is off."""
TOKEN_LIFE_S = 12 * 60 * 60
CONNECTIONS_MAX = 20
_ANSWER_BYTES_MAX = 64 * 1024
_GONE = frozenset({404, 410})


class Subscription(msgspec.Struct, frozen=True, gc=False):
    """Where a browser is reached, as it says itself."""

    endpoint: str
    p256dh: str
    auth: str


class Urgency(Enum):
    """What the push service may wait for before it wakes a phone."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class PushEnd(Enum):
    """How sending one message ended."""

    DELIVERED = "delivered"
    GONE = "gone"
    """The subscription does not exist any more: forget it."""
    LATER = "later"
    """The push service is away or wants less: try again."""
    REFUSED = "refused"
    """It will never be taken; trying again would change nothing."""


class Pushed(msgspec.Struct, frozen=True, gc=False):
    """How sending ended, and when to try again if so."""

    end: PushEnd
    why: str = ""
    after_s: float = 0.0


class WebPush:
    """Sends messages; one for the whole worker."""

    def __init__(self, settings: WebPushSettings) -> None:
        """Sign with the deployment's key; nothing is connected yet."""
        self._settings = settings
        self._vapid: Vapid02 | None = None
        if settings.private_key:
            self._vapid = Vapid02.from_string(settings.private_key)  # type: ignore[no-untyped-call]
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=CONNECTIONS_MAX,
            max_keepalive_connections=CONNECTIONS_MAX,
            keepalive_expiry=30.0,
            network_backend=PublicNetwork(allows_loopback=settings.allows_loopback),
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._pool.aclose()

    async def send(
        self, subscription: Subscription, payload: bytes, urgency: Urgency = Urgency.NORMAL
    ) -> Pushed:
        """Send one message; never raises for what the other side does."""
        why = self._why_not(subscription, payload)
        if why is not None:
            return Pushed(PushEnd.REFUSED, why)
        url = urlsplit(subscription.endpoint)
        authorization = await asyncio.to_thread(self._sign, url)
        try:
            body = await asyncio.to_thread(_encrypt, subscription, payload)
        except Exception as problem:  # noqa: BLE001 - the keys are a stranger's; anything may come
            return Pushed(PushEnd.GONE, f"its keys are no keys ({type(problem).__name__})")
        headers: dict[bytes | str, bytes | str] = {
            "host": url.netloc,
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "content-length": str(len(body)),
            "ttl": str(LIFE_S),
            "urgency": urgency.value,
            "authorization": authorization,
        }
        return await self._try_to_post(subscription.endpoint, headers, body)

    def _why_not(self, subscription: Subscription, payload: bytes) -> str | None:
        """Say why a message cannot be sent at all; None when it can."""
        if self._vapid is None:
            return "this deployment has no VAPID key"
        if len(payload) > PAYLOAD_BYTES_MAX:
            return f"the message has {len(payload)} bytes"
        is_allowed = is_endpoint_allowed(
            subscription.endpoint, allows_loopback=self._settings.allows_loopback
        )
        return None if is_allowed else "the endpoint is not one of a push service"

    async def _try_to_post(
        self, endpoint: str, headers: Mapping[bytes | str, bytes | str], body: bytes
    ) -> Pushed:
        try:
            async with asyncio.timeout(WITHIN_S):
                return await self._post(endpoint, headers, body)
        except NotPublic as problem:
            return Pushed(PushEnd.REFUSED, str(problem))
        except TimeoutError:
            return Pushed(PushEnd.LATER, "no answer in time")
        except NETWORK_PROBLEMS as problem:
            return Pushed(PushEnd.LATER, type(problem).__name__)

    def _sign(self, url: SplitResult) -> str:
        """Sign who sends, for this push service alone."""
        assert self._vapid is not None  # noqa: S101 - asked before
        claims = {
            "aud": f"{url.scheme}://{url.netloc}",
            "sub": self._settings.contact,
            "exp": int(datetime.now(UTC).timestamp()) + TOKEN_LIFE_S,
        }
        signed: dict[str, str] = self._vapid.sign(claims)  # type: ignore[no-untyped-call]
        return signed["Authorization"]

    async def _post(
        self, endpoint: str, headers: Mapping[bytes | str, bytes | str], body: bytes
    ) -> Pushed:
        async with self._pool.stream("POST", endpoint, headers=headers, content=body) as answer:
            read = 0
            async for chunk in answer.aiter_stream():
                read += len(chunk)
                if read > _ANSWER_BYTES_MAX:
                    break
            return _ended(answer.status, answer.headers)


def _encrypt(subscription: Subscription, payload: bytes) -> bytes:
    """Encrypt a message so that only its browser can read it."""
    keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
    body: bytes = WebPusher({"endpoint": subscription.endpoint, "keys": keys}).encode(payload)[
        "body"
    ]
    return body


def _ended(status: int, headers: Sequence[tuple[bytes, bytes]]) -> Pushed:
    """Read an answer. Redirects are not followed: where they lead nobody has checked."""
    if 200 <= status < 300:  # noqa: PLR2004 - success, as HTTP counts
        return Pushed(PushEnd.DELIVERED)
    why = f"the push service answered {status}"
    if status in _GONE:
        return Pushed(PushEnd.GONE, why)
    if status == TOO_MANY or status >= OWN_FAULTS_FROM:
        return Pushed(PushEnd.LATER, why, retry_after_s(headers))
    return Pushed(PushEnd.REFUSED, why)

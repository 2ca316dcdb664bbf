"""Web Push: sends a message to a browser by the push service its subscription names.

pywebpush encrypts (RFC 8291) and py_vapid signs (RFC 8292), in a thread. The request itself goes
through httpcore rather than pywebpush's own: only there can the address be checked where it is
connected to, and the whole request be ended after its time, whatever the other side does.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import SplitResult, urlsplit

import httpcore
import msgspec
from py_vapid import Vapid02
from pywebpush import WebPusher

from backend.integrations.http_problems import NETWORK_PROBLEMS
from backend.integrations.public_network import NotPublic, PublicNetwork
from backend.integrations.push_answer import Pushed, PushEnd, read_answer
from backend.integrations.push_delivery import Delivery
from backend.integrations.push_endpoint import is_endpoint_allowed
from backend.integrations.vapid import VapidKeyRing, WebPushSettings

PAYLOAD_BYTES_MAX = 3 * 1024
"""Push services take 4,096 bytes, encryption included."""
WITHIN_S = 10.0
TOKEN_LIFE_S = 12 * 60 * 60
CONNECTIONS_MAX = 20
_ANSWER_BYTES_MAX = 64 * 1024


class Subscription(msgspec.Struct, frozen=True, gc=False):
    """Where a browser is reached, as it says itself, and the public key it subscribed with."""

    endpoint: str
    p256dh: str
    auth: str
    public_key: str

    def __repr__(self) -> str:
        """Say nothing: who knows it can speak to somebody's phone."""
        return "<Subscription>"


class WebPush:
    """Sends messages; one for the whole worker."""

    def __init__(self, settings: WebPushSettings) -> None:
        """Sign with the deployment's keys; nothing is connected yet. Raises VapidKeyWrong."""
        self.keys = VapidKeyRing(settings.private_key, settings.former_private_keys)
        self._settings = settings
        self._signers: dict[str, Vapid02] = {
            pair.public_key: Vapid02.from_string(pair.private_key)  # type: ignore[no-untyped-call]
            for pair in self.keys
        }
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
        self, subscription: Subscription, payload: bytes, delivery: Delivery | None = None
    ) -> Pushed:
        """Send one message; never raises for what the other side does."""
        hindered = self._hindered(subscription, payload)
        if hindered is not None:
            return hindered
        url = urlsplit(subscription.endpoint)
        signer = self._signers[subscription.public_key]
        authorization = await asyncio.to_thread(self._sign, signer, url)
        try:
            body = await asyncio.to_thread(_encrypt, subscription, payload)
        except Exception as problem:  # noqa: BLE001 - the keys are a stranger's; anything may come
            return Pushed(PushEnd.REFUSED, f"its keys are no keys ({type(problem).__name__})")
        headers: dict[bytes | str, bytes | str] = {
            "host": url.netloc,
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "content-length": str(len(body)),
            "authorization": authorization,
            **dict((delivery or Delivery()).headers()),
        }
        return await self._try_to_post(subscription.endpoint, headers, body)

    def _hindered(self, subscription: Subscription, payload: bytes) -> Pushed | None:
        """Say why a message cannot be sent at all; None when it can."""
        if not self.keys:
            # Not the subscription's fault, and another worker may have one.
            return Pushed(PushEnd.LATER, "this deployment has no VAPID key")
        if subscription.public_key not in self.keys:
            return Pushed(PushEnd.KEY_RETIRED, "its key is in none of the settings")
        if len(payload) > PAYLOAD_BYTES_MAX:
            return Pushed(PushEnd.TOO_LONG, f"the message has {len(payload)} bytes")
        is_allowed = is_endpoint_allowed(
            subscription.endpoint, allows_loopback=self._settings.allows_loopback
        )
        if is_allowed:
            return None
        return Pushed(PushEnd.REFUSED, "the endpoint is not one of a push service")

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

    def _sign(self, signer: Vapid02, url: SplitResult) -> str:
        """Sign who sends, for this push service alone."""
        claims = {
            "aud": f"{url.scheme}://{url.netloc}",
            "sub": self._settings.contact,
            "exp": int(datetime.now(UTC).timestamp()) + TOKEN_LIFE_S,
        }
        signed: dict[str, str] = signer.sign(claims)  # type: ignore[no-untyped-call]
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
            return read_answer(answer.status, answer.headers)


def _encrypt(subscription: Subscription, payload: bytes) -> bytes:
    """Encrypt a message so that only its browser can read it."""
    keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
    body: bytes = WebPusher({"endpoint": subscription.endpoint, "keys": keys}).encode(payload)[
        "body"
    ]
    return body

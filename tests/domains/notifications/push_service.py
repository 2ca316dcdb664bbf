"""A push service on this machine: it checks who sends, decrypts what came, and answers as told.

Like a real one it turns away (403) who signs with another key than the browser subscribed with.
"""

import asyncio
import base64
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import http_ece  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from backend.integrations.web_push import Subscription
from tests.support.http_service import Answer, Asked, http_service


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Received:
    """A message as it came."""

    path: str
    headers: dict[str, str]
    message: dict[str, Any]
    claims: dict[str, Any]
    public_key: str
    """Whose signature it bears."""

    @property
    def topic(self) -> str:
        """Which one that waits it replaces."""
        return self.headers.get("topic", "")

    @property
    def urgency(self) -> str:
        """What may be waited for before the phone is woken."""
        return self.headers["urgency"]

    @property
    def ttl_s(self) -> int:
        """How long it may wait for the phone."""
        return int(self.headers["ttl"])


@dataclass
class Phone:
    """A browser: only it can read what is encrypted for it."""

    service: "PushService"
    name: str
    public_key: str
    """What it subscribed with."""
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def subscription(self) -> Subscription:
        """What it tells the server."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        endpoint = f"{self.service.url}/push/{self.name}"
        return Subscription(endpoint, _encoded(point), _encoded(self.auth), self.public_key)

    @property
    def as_json(self) -> dict[str, Any]:
        """The same, as a browser writes it."""
        kept = self.subscription
        keys = {"p256dh": kept.p256dh, "auth": kept.auth}
        return {"endpoint": kept.endpoint, "expirationTime": None, "keys": keys}

    @property
    def with_key(self) -> dict[str, Any]:
        """The same, and which key it subscribed with, as a page finds it in the options."""
        return {**self.as_json, "applicationServerKey": self.public_key}


@dataclass
class PushService:
    """The running service."""

    public_key: str
    """What browsers subscribe with when nothing else is said."""
    url: str = ""
    received: list[Received] = field(default_factory=list)
    """What it took."""
    turned_away: list[Received] = field(default_factory=list)
    """What it did not take, or did not say that it took."""
    requests: int = 0
    answers: list[Answer] = field(default_factory=list)
    """What the next requests are answered with; after them all is well."""
    problems: list[str] = field(default_factory=list)
    _phones: dict[str, Phone] = field(default_factory=dict)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.url).port or 0

    def phone(self, name: str, *, public_key: str = "") -> Phone:
        """Give a browser that is reached here; a new one has subscribed with this key."""
        return self._phones.setdefault(name, Phone(self, name, public_key or self.public_key))

    async def until(self, count: int, within_s: float = 20.0) -> list[Received]:
        """Wait until so many messages have come."""
        async with asyncio.timeout(within_s), self._arrived:
            await self._arrived.wait_for(lambda: len(self.received) >= count)
        return self.received

    async def until_asked(self, count: int, within_s: float = 20.0) -> None:
        """Wait until so many requests have come, whatever they were answered with."""
        async with asyncio.timeout(within_s), self._arrived:
            await self._arrived.wait_for(lambda: self.requests >= count)

    async def answer(self, asked: Asked) -> Answer:
        """Look at a request, and say what it is answered with."""
        answer = self.answers.pop(0) if self.answers else Answer(201)
        phone = self._phones[asked.path.rpartition("/")[2]]
        try:
            message = self._read(phone, asked)
        except Exception as problem:
            self.problems.append(repr(problem))
            raise
        if message.public_key != phone.public_key:
            answer = Answer(403)
        async with self._arrived:
            self.requests += 1
            is_taken = answer.status < 300 and not answer.is_silent
            (self.received if is_taken else self.turned_away).append(message)
            self._arrived.notify_all()
        return answer

    def _read(self, phone: Phone, asked: Asked) -> Received:
        headers = asked.headers
        assert headers["content-encoding"] == "aes128gcm"
        assert int(headers["ttl"]) >= 0
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,32}", headers.get("topic", "x")), "RFC 8030, 5.4"
        assert Vapid02.verify(headers["authorization"])  # type: ignore[no-untyped-call]
        signed = dict(part.split("=", 1) for part in headers["authorization"].split()[1].split(","))
        token = signed["t"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        assert claims["aud"] == self.url
        plain = http_ece.decrypt(
            asked.body, private_key=phone.key, auth_secret=phone.auth, version="aes128gcm"
        )
        return Received(asked.path, headers, json.loads(plain), claims, signed["k"])


@asynccontextmanager
async def push_service(public_key: str) -> AsyncIterator[PushService]:
    """Run a push service until the block is left; browsers subscribe with this key."""
    service = PushService(public_key)
    async with http_service(service.answer) as service.url:
        yield service
    assert service.problems == []

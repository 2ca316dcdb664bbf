"""A push service on this machine: it checks who sends, decrypts what came, and answers as told."""

import asyncio
import base64
import json
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


@dataclass
class Phone:
    """A browser: only it can read what is encrypted for it."""

    service: "PushService"
    name: str
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = b"0123456789abcdef"

    @property
    def subscription(self) -> Subscription:
        """What it tells the server."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        endpoint = f"{self.service.url}/push/{self.name}"
        return Subscription(endpoint, _encoded(point), _encoded(self.auth))

    @property
    def as_json(self) -> dict[str, Any]:
        """The same, as a browser writes it."""
        kept = self.subscription
        keys = {"p256dh": kept.p256dh, "auth": kept.auth}
        return {"endpoint": kept.endpoint, "expirationTime": None, "keys": keys}


@dataclass
class PushService:
    """The running service."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
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

    def phone(self, name: str) -> Phone:
        """Give a browser that is reached here."""
        return self._phones.setdefault(name, Phone(self, name))

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
        """Answer one request."""
        answer = self.answers.pop(0) if self.answers else Answer(201)
        await self._take(asked, answer)
        return answer

    async def _take(self, asked: Asked, answer: Answer) -> None:
        try:
            message = self._read(asked)
        except Exception as problem:
            self.problems.append(repr(problem))
            raise
        async with self._arrived:
            self.requests += 1
            if answer.status < 300 and not answer.is_silent:
                self.received.append(message)
            self._arrived.notify_all()

    def _read(self, asked: Asked) -> Received:
        phone = self._phones[asked.path.rpartition("/")[2]]
        assert asked.headers["content-encoding"] == "aes128gcm"
        assert Vapid02.verify(asked.headers["authorization"])  # type: ignore[no-untyped-call]
        token = asked.headers["authorization"].partition("t=")[2].split(",")[0].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        assert claims["aud"] == self.url
        plain = http_ece.decrypt(
            asked.body, private_key=phone.key, auth_secret=phone.auth, version="aes128gcm"
        )
        return Received(asked.path, asked.headers, json.loads(plain), claims)


@asynccontextmanager
async def push_service() -> AsyncIterator[PushService]:
    """Run a push service until the block is left."""
    service = PushService()
    async with http_service(service.answer) as service.url:
        yield service
    assert service.problems == []

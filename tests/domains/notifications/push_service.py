"""A push service on this machine: it checks who sends, decrypts what came, and answers as told."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import http_ece  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from backend.integrations.web_push import Subscription


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Answer:
    """What the service answers with."""

    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_endless: bool = False
    """Whether the body never ends."""
    is_silent: bool = False
    """Whether no answer comes at all."""


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

    port: int = 0
    received: list[Received] = field(default_factory=list)
    requests: int = 0
    answers: list[Answer] = field(default_factory=list)
    """What the next requests are answered with; after them all is well."""
    problems: list[str] = field(default_factory=list)
    _phones: dict[str, Phone] = field(default_factory=dict)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

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

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        try:
            while True:
                line = (await reader.readline()).decode()
                if not line:
                    return
                headers = {}
                while (header := (await reader.readline()).decode().strip()) != "":
                    name, _, value = header.partition(":")
                    headers[name.lower()] = value.strip()
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                await self._take(line.split()[1], headers, body)
                if not await self._answer(writer):
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _take(self, path: str, headers: dict[str, str], body: bytes) -> None:
        answer = self.answers[0] if self.answers else Answer()
        try:
            message = self._read(path, headers, body)
        except Exception as problem:
            self.problems.append(repr(problem))
            raise
        async with self._arrived:
            self.requests += 1
            if answer.status < 300 and not answer.is_silent:
                self.received.append(message)
            self._arrived.notify_all()

    def _read(self, path: str, headers: dict[str, str], body: bytes) -> Received:
        phone = self._phones[path.rpartition("/")[2]]
        assert headers["content-encoding"] == "aes128gcm"
        assert Vapid02.verify(headers["authorization"])  # type: ignore[no-untyped-call]
        token = headers["authorization"].partition("t=")[2].split(",")[0].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        assert claims["aud"] == self.url
        plain = http_ece.decrypt(
            body, private_key=phone.key, auth_secret=phone.auth, version="aes128gcm"
        )
        return Received(path, headers, json.loads(plain), claims)

    async def _answer(self, writer: asyncio.StreamWriter) -> bool:
        """Answer; False when the connection is of no more use."""
        answer = self.answers.pop(0) if self.answers else Answer()
        if answer.is_silent:
            await asyncio.sleep(3_600)
        headers = {**answer.headers}
        if not answer.is_endless:
            headers["content-length"] = str(len(answer.body))
        lines = [f"HTTP/1.1 {answer.status} Told", *(f"{k}: {v}" for k, v in headers.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode() + answer.body)
        await writer.drain()
        while answer.is_endless:
            writer.write(b"x" * 4_096)
            await writer.drain()
        return True


@asynccontextmanager
async def push_service() -> AsyncIterator[PushService]:
    """Run a push service until the block is left."""
    service = PushService()
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        await service.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    service.port = server.sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        assert service.problems == []

"""The room as a client sees it, and what a test may look at behind it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from litestar import Litestar
from redis.asyncio import Redis

from actors.ports import Handle
from backend.domains.identity import Identity, IdentitySettings, PasswordCost
from backend.domains.identity.routes import ROUTES
from backend.persistence.engine import DB
from backend.web.problems import HANDLERS

CHEAP = PasswordCost(time_cost=1, memory_kib=8)
PASSWORD = "correct horse battery"
Owner = Any
"""A connection of the role that owns the tables."""


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
        self._passed = timedelta()

    def advance(self, **by: float) -> None:
        """Let time pass."""
        self._now += timedelta(**by)
        self._passed += timedelta(**by)

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._passed.total_seconds()

    def call_later(self, delay_s: float, call: Callable[[], None]) -> Handle:
        return asyncio.get_running_loop().call_later(delay_s, call)

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)


@dataclass
class Door:
    """The room as a client sees it, and what a test may look at behind it."""

    clock: HandClock
    redis: Redis | None
    identity: Identity = field(init=False)
    app: Litestar = field(init=False)
    closed: list[tuple[list[UUID], str]] = field(default_factory=list)
    """What the port that closes sockets has heard."""
    _clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    def open(self, settings: IdentitySettings, **ports: Any) -> "Door":
        """Begin with these settings; may be called again for others."""
        self.identity = Identity(
            settings, self.clock, self.redis, sessions_closed=self._close, **ports
        )
        self.app = Litestar(ROUTES, exception_handlers=HANDLERS, openapi_config=None)
        self.app.state.identity = self.identity
        self._clients.clear()
        return self

    def _close(self, session_ids: Sequence[UUID], reason: str) -> None:
        assert DB.current_transaction.get() is None, "sockets close once the end is durable"
        self.closed.append((list(session_ids), reason))

    async def ask(
        self, method: str, path: str, *, token: str = "", address: str = "192.0.2.1", **options: Any
    ) -> httpx.Response:
        """Send a request from an address."""
        client = self._clients.get(address)
        if client is None:
            transport = httpx.ASGITransport(self.app, client=(address, 1))
            client = httpx.AsyncClient(transport=transport, base_url="http://tandem")
            self._clients[address] = client
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        return await client.request(method, path, headers=headers, **options)

    async def post(self, path: str, **options: Any) -> httpx.Response:
        return await self.ask("POST", f"/v1/auth/{path}", **options)

    async def sign_up(self, email: str = "anna@example.org", **more: Any) -> dict[str, Any]:
        """Make an account; returns what the person is told."""
        body = {"email": email, "password": PASSWORD, "name": "Anna", **more}
        answer = await self.post("sign-up", json=body)
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def sign_in(self, email: str = "anna@example.org", **more: Any) -> dict[str, Any]:
        """Sign in; returns what the person is told."""
        body = {"email": email, "password": PASSWORD, **more}
        answer = await self.post("sign-in", json=body)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def refresh(self, refresh_token: str, **options: Any) -> httpx.Response:
        return await self.post("refresh", json={"refresh_token": refresh_token}, **options)

    async def opens(self, access_token: str) -> bool:
        """Tell whether an access token opens anything."""
        answer = await self.ask("GET", "/v1/me", token=access_token)
        assert answer.status_code in (200, 401), answer.text
        return answer.status_code == 200

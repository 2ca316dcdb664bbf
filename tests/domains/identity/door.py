"""The room as a client sees it, and what a test may look at behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

import httpx
from litestar import Litestar
from redis.asyncio import Redis

from backend.domains.identity import Identity, IdentitySettings, PasswordCost, SignUpHook
from backend.domains.identity.routes import ROUTES
from backend.integrations.oidc import OidcClient
from backend.jobs.relay import JobRelay
from backend.persistence.engine import DB
from backend.persistence.outbox import OutboxJob
from backend.web.body import refuse_malformed_body
from backend.web.problems import HANDLERS
from tests.support.clock import FakeClock

CHEAP = PasswordCost(time_cost=1, memory_kib=8)
PASSWORD = "correct horse battery"  # noqa: S105 - that of every person in these tests
Owner = Any
"""A connection of the role that owns the tables."""


@cache
def app() -> Litestar:
    """Make the application, once: each test puts a room of its own into its state."""
    return Litestar(
        ROUTES,
        before_request=refuse_malformed_body,
        exception_handlers=HANDLERS,
        openapi_config=None,
    )


@dataclass
class Door:
    """The room as a client sees it, and what a test may look at behind it."""

    clock: FakeClock
    redis: Redis | None
    app: Litestar
    _identity: Identity | None = None
    closed: list[tuple[list[UUID], str]] = field(default_factory=list)
    """What the port that closes sockets has heard."""
    relay: JobRelay | None = None
    """Who brings jobs to the worker, where there is one."""
    providers: Mapping[str, OidcClient] = field(default_factory=dict)
    """By whom people may come in."""
    _clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    def open(self, settings: IdentitySettings, on_sign_up: Sequence[SignUpHook] = ()) -> "Door":
        """Begin with these settings; may be called again for others."""
        self.close()
        self._identity = Identity(
            settings,
            self.clock,
            self.redis,
            sessions_closed=self._close,
            on_sign_up=on_sign_up,
            relay=self._relay_jobs,
            providers=self.providers,
        )
        self.app.state.identity = self._identity
        return self

    def close(self) -> None:
        """Let go of the room."""
        if self._identity is not None:
            self._identity.close()

    @property
    def identity(self) -> Identity:
        """The room as it is open now."""
        assert self._identity is not None
        return self._identity

    def _close(self, session_ids: Sequence[UUID], reason: str) -> None:
        assert DB.current_transaction.get() is None, "sockets close once the end is durable"
        self.closed.append((list(session_ids), reason))

    def _relay_jobs(self, jobs: list[OutboxJob]) -> None:
        if self.relay is not None:
            self.relay.put(jobs)

    async def ask(  # noqa: PLR0913 - what a request says, by name
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        address: str = "192.0.2.1",
        json: object = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request from an address."""
        client = self._clients.get(address)
        if client is None:
            app: Any = self.app  # httpx and Litestar name the parts of ASGI differently.
            transport = httpx.ASGITransport(app, client=(address, 1))
            client = httpx.AsyncClient(transport=transport, base_url="http://tandem")
            self._clients[address] = client
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        headers = {**bearer, **(headers or {})}
        return await client.request(method, path, headers=headers, content=content, json=json)

    async def post(
        self,
        path: str,
        *,
        token: str = "",
        address: str = "192.0.2.1",
        json: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a body to one of the routes that sign in and out."""
        return await self.ask(
            "POST", f"/v1/auth/{path}", token=token, address=address, json=json, headers=headers
        )

    async def sign_up(self, email: str = "anna@example.org", **more: str) -> dict[str, Any]:
        """Make an account; returns what the person is told."""
        body = {"email": email, "password": PASSWORD, "name": "Anna", **more}
        answer = await self.post("sign-up", json=body)
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def sign_in(self, email: str = "anna@example.org", **more: str) -> dict[str, Any]:
        """Sign in; returns what the person is told."""
        body = {"email": email, "password": PASSWORD, **more}
        answer = await self.post("sign-in", json=body)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def refresh(self, refresh_token: str) -> httpx.Response:
        """Show a refresh token."""
        return await self.post("refresh", json={"refresh_token": refresh_token})

    async def opens(self, access_token: str) -> bool:
        """Tell whether an access token opens anything."""
        answer = await self.ask("GET", "/v1/me", token=access_token)
        assert answer.status_code in (200, 401), answer.text
        return answer.status_code == 200

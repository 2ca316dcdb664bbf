"""People: who signed up, their phones, and couples of two."""

import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from actors.principal import Principal
from backend.domains import identity
from backend.domains.identity import Visitor
from backend.persistence.database import fetch
from protocol.address import Address, users_address
from protocol.clients.python import Client
from protocol.clients.python.wire import Format
from protocol.messages import Role
from tests.support.clock import ClientClock, FakeClock
from tests.support.node import Node

PASSWORD = "a long enough sentence"  # noqa: S105 - of people who exist in tests only
VISITOR = Visitor(address="127.0.0.1", user_agent="tests")

_count = itertools.count(1)
_PROVE = 'UPDATE "user" SET email_verified_at = $2 WHERE id = $1'


@dataclass
class Person:
    """Somebody who signed up."""

    node: Node
    clock: FakeClock
    user_id: UUID
    email: str
    token: str
    phones: list[Client] = field(default_factory=list)

    @property
    def address(self) -> Address:
        """Their own actor."""
        return users_address(self.user_id)

    @property
    def principal(self) -> Principal:
        """Them, as somebody who asks."""
        return Principal(self.user_id)

    def phone(self, format: Format = "json", node: Node | None = None) -> Client:  # noqa: A002
        """Give them another device; it is not connected yet."""
        client = Client(
            (node or self.node).socket_url,
            token=self.token,
            clock=ClientClock(self.clock),
            format=format,
            random=lambda: 0.0,
        )
        self.phones.append(client)
        return client

    async def post(self, tag: str, **fields: Any) -> httpx.Response:
        """Send a command over HTTP; one that belongs to no person names its only actor."""
        bearer = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(base_url=self.node.http_url, headers=bearer) as client:
            return await client.post(f"/v1/commands/{tag}", json=fields)


async def sign_up(  # noqa: PLR0913 - what they are, by name
    node: Node,
    clock: FakeClock,
    name: str,
    *,
    time_zone: str = "Europe/Berlin",
    role: Role = Role.USER,
    is_proved: bool = True,
) -> Person:
    """Have somebody sign up and sign in, who has proved that their address is theirs, or not."""
    room = node.app.state.identity
    email = f"{name.lower()}.{next(_count)}.{clock.monotonic()}@example.org"
    user_id = await identity.sign_up(
        room, email=email, password=PASSWORD, name=name, time_zone=time_zone, role=role
    )
    if is_proved:
        await fetch(_PROVE, user_id, clock.now())
    pair = await identity.open_session(room, user_id, VISITOR)
    return Person(node, clock, user_id, email, pair.access_token)


@asynccontextmanager
async def with_phones(*people: Person) -> AsyncIterator[list[Client]]:
    """Connect one phone for each, and close them at the end."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(person.phone()) for person in people]

"""Couples: two people who accepted each other, as the product does it, and what they own."""

import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from backend.domains import identity
from protocol.address import Address, address_of
from protocol.clients.python import Client
from protocol.clients.python.subscription import Subscription
from tests.support.clock import FakeClock
from tests.support.node import Node
from tests.support.people import VISITOR, Person, sign_up

_codes = itertools.count(1)
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_code() -> str:
    """Make a code nobody else has; a real client draws it at random."""
    number = next(_codes)
    tail = _ALPHABET[number // 32 % 32] + _ALPHABET[number % 32]
    return f"ABCD-EFGH-JK{tail}"


@dataclass
class Couple:
    """Anna, Ben, and their relationship."""

    anna: Person
    ben: Person
    relationship_id: UUID

    @property
    def address(self) -> Address:
        """Their relationship's actor and topic."""
        return address_of("relationship", self.relationship_id)

    @asynccontextmanager
    async def phones(self) -> AsyncIterator[tuple["Phone", "Phone"]]:
        """Connect a phone of each, both following the relationship."""
        async with AsyncExitStack() as stack:
            anna = await Phone.of(self.anna, self.address, stack)
            ben = await Phone.of(self.ben, self.address, stack)
            yield anna, ben


@dataclass
class Phone:
    """Somebody's connected phone."""

    person: Person
    client: Client
    ours: Subscription
    mine: Subscription

    @classmethod
    async def of(cls, person: Person, relationship: Address, stack: AsyncExitStack) -> "Phone":
        """Connect one, and have it follow the relationship."""
        client = await stack.enter_async_context(person.phone())
        mine = await client.join(person.address).ready()
        return cls(person, client, await client.join(relationship).ready(), mine)

    async def do(self, tag: str, **fields: Any) -> Any:
        """Ask the relationship for something."""
        made_at, known_as = fields.pop("made_at", None), fields.pop("id", None)
        do = {"type": tag, **fields}
        return await self.client.ask(do, to=self.ours.topic, made_at=made_at, id=known_as)

    async def do_alone(self, tag: str, **fields: Any) -> Any:
        """Ask one's own actor for something."""
        return await self.client.ask({"type": tag, **fields})

    async def check_in(self, **fields: Any) -> Any:
        """Check in."""
        scores = {"connection_score": 8, "mood_score": 7, "relationship_satisfaction": 9}
        return await self.do("checkins.submit", **{**scores, **fields})

    async def sees(self, tag: str) -> dict[str, Any]:
        """Wait for the next push of a kind on the relationship's topic."""
        return (await self.ours.next_push(tag)).event

    async def hears(self, tag: str) -> dict[str, Any]:
        """Wait for the next push of a kind on one's own topic."""
        return (await self.mine.next_push(tag)).event

    async def snapshot(self) -> dict[str, Any]:
        """Look at the relationship anew."""
        return await snapshot_of(self.person, self.ours.topic)


async def snapshot_of(person: Person, topic: str) -> dict[str, Any]:
    """Show what a person is shown of a topic who comes anew."""
    async with person.phone() as client:
        subscription = await client.join(topic).ready()
        assert subscription.snapshot is not None
        return subscription.snapshot.state


async def later(*people: Person, **by: float) -> None:
    """Let time pass, at once, after which people sign in anew."""
    await people[0].clock.jump(**by)
    for person in people:
        room = person.node.app.state.identity
        pair = await identity.open_session(room, person.user_id, VISITOR)
        person.token = pair.access_token


async def read(person: Person, path: str, **parameters: Any) -> httpx.Response:
    """Read a page over HTTP."""
    async with httpx.AsyncClient(base_url=person.node.http_url) as client:
        bearer = {"Authorization": f"Bearer {person.token}"}
        return await client.get(path, params=parameters, headers=bearer)


async def become_a_couple(
    node: Node,
    clock: FakeClock,
    *,
    zones: tuple[str, str] = ("Europe/Berlin", "Europe/Berlin"),
    privacy_level: str = "open",
) -> Couple:
    """Have two people sign up, and one accept the other's invitation."""
    anna = await sign_up(node, clock, "Anna", time_zone=zones[0])
    ben = await sign_up(node, clock, "Ben", time_zone=zones[1])
    return Couple(anna, ben, await unite(anna, ben, privacy_level=privacy_level))


async def unite(anna: Person, ben: Person, *, privacy_level: str = "open") -> UUID:
    """Have one accept the other's invitation by a code; returns the relationship's id."""
    code = new_code()
    async with anna.phone() as annas, ben.phone() as bens:
        invitation = {"type": "invitations.open", "code": code, "privacy_level": privacy_level}
        opened = await annas.ask(invitation)
        accept = {
            "type": "invitations.accept",
            "relationship_id": opened["relationship_id"],
            "code": code,
        }
        await bens.ask(accept)
        await bens.next_push("relationships.started")
        await annas.next_push("relationships.started")
    return UUID(opened["relationship_id"])


@pytest.fixture
async def couple(node: Node, clock: FakeClock) -> Couple:
    """Two people in Berlin who accepted each other."""
    return await become_a_couple(node, clock)

"""The people of the demo and their first week, lived through the same doors as any other.

A server runs for it whose clock stands in the past. Whatever was done before the run was killed is
known by its id and not done again.
"""

import asyncio
import hashlib
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import msgspec

from actors.principal import SYSTEM, Principal
from backend.console.people import ANNA, BEN, Newcomer
from backend.domains import identity
from backend.domains.notifications.messages import MarkAllRead
from backend.domains.relationships.messages import AcceptInvitation, OpenInvitation
from backend.house import House
from backend.persistence import pulse
from backend.persistence.database import fetch
from backend.persistence.hosts import connect
from backend.running.history import DAYS_BEFORE, Deed, beginning, deeds
from backend.running.offers import SLUGS, publications
from backend.running.story_clock import StoryClock
from backend.settings import Settings
from protocol.address import Address, address_of, users_address
from protocol.ids import uuid7
from protocol.messages import Command

PARTITIONS_DAYS = DAYS_BEFORE + 14
SETTLES_WITHIN_S = 15.0
LOOK_EVERY_S = 0.02
_WAITING = "SELECT EXISTS (SELECT FROM tell) AS waits"
_LEASES = "SELECT max(lease_ms) AS longest_ms FROM node WHERE has_lease(heartbeat_at, lease_ms)"
_OFFERED = "SELECT count(*) AS count FROM challenge WHERE slug = ANY($1)"
_PROVED = """
UPDATE "user" SET email_verified_at = $1 WHERE lower(email) = ANY($2) AND email_verified_at IS NULL
"""
_PERSON = 'SELECT id, created_at FROM "user" WHERE lower(email) = $1'


class DemoFailed(Exception):
    """Something the people of the demo did was refused; the text names it."""


async def have_demo(settings: Settings, owner_url: str) -> None:
    """Have Anna, Ben, their week and what they can promise in a database that is up to date.

    Raises DemoFailed.
    """
    owner = await connect(owner_url)
    try:
        anna = await owner.fetchrow(_PERSON, ANNA.email)
        begun_at = anna["created_at"] if anna else beginning(datetime.now(UTC))
        is_lived = anna is not None and await _is_done(owner, anna["id"], begun_at)
        if is_lived and await _is_offered(owner):
            return
        if await _is_served(owner):
            raise DemoFailed(
                "A server runs on this database, and would share its actors with the one that "
                "lives the demo's first week, in the past. Stop it, run this, then start it again."
            )
        await owner.execute("SELECT ensure_partitions($1, $2)", begun_at, PARTITIONS_DAYS)
    finally:
        await owner.close()
    # Without Redis: nobody is to be pushed what happened a week ago.
    house = House(msgspec.structs.replace(settings, redis_url=None), StoryClock(begun_at))
    await house.start()
    try:
        story = _Story(house, settings.demo_password, begun_at)
        if not is_lived:
            await story.tell()
        await story.offer()
    finally:
        await house.stop()


async def _is_served(owner: asyncpg.Connection) -> bool:
    """Tell whether a node serves; one that was killed has a lease for a while."""
    longest_ms = await owner.fetchval(_LEASES)
    if longest_ms is None:
        return False
    await asyncio.sleep(longest_ms / 1000)
    return await owner.fetchval(_LEASES) is not None


async def _is_done(owner: asyncpg.Connection, anna_id: UUID, begun_at: datetime) -> bool:
    *_, last = deeds(begun_at)
    query = "SELECT 1 FROM daily_checkin WHERE id = $1"
    return await owner.fetchval(query, _id_of(anna_id, last.name, last.at)) is not None


async def _is_offered(owner: asyncpg.Connection) -> bool:
    return bool(await owner.fetchval(_OFFERED, list(SLUGS)) == len(SLUGS))


class _Story:
    """The week, told to a house."""

    def __init__(self, house: House, password: str, begun_at: datetime) -> None:
        self._house = house
        self._password = password
        self._begun_at = begun_at
        self._ids: dict[str, UUID] = {}

    async def tell(self) -> None:
        """Live it from the first day to the last."""
        # Few of its minutes are lived; in the others nobody is away.
        await pulse.fill(self._begun_at, datetime.now(UTC))
        for person in (ANNA, BEN):
            self._ids[person.name] = await self._sign_up(person)
        await self._prove_addresses()
        ours = await self._come_together()
        for deed in deeds(self._begun_at):
            await self._do(deed, ours)
        await self._settle()
        for name, user_id in self._ids.items():
            read = self._id(f"{name} reads", self._house.clock.now())
            await self._ask(Principal(user_id), users_address(user_id), MarkAllRead(), read)
        await self._settle()

    async def offer(self) -> None:
        """Offer what can be promised, as of today, to people who are written to about it."""
        self._clock.at = datetime.now(UTC)
        await self._prove_addresses()
        for wish in publications():
            if not (await fetch(_OFFERED, [wish.slug]))[0]["count"]:
                made_at_ms = int(self._clock.at.timestamp() * 1000)
                await self._ask(SYSTEM, address_of("catalogue"), wish, uuid7(made_at_ms))

    async def _prove_addresses(self) -> None:
        """Have both be who their addresses say: who is invited by one, and whom a letter reaches.

        Or the first link by letter would take the password away that the page offers.
        """
        await fetch(_PROVED, self._clock.at, [person.email for person in (ANNA, BEN)])

    @property
    def _clock(self) -> StoryClock:
        clock = self._house.clock
        assert isinstance(clock, StoryClock)  # noqa: S101 - it was made with one
        return clock

    async def _sign_up(self, person: Newcomer) -> UUID:
        found = await fetch(_PERSON, person.email)
        if found:
            known: UUID = found[0]["id"]
            return known
        return await identity.sign_up(
            self._house.identity,
            email=person.email,
            password=self._password,
            name=person.name,
            time_zone=person.time_zone,
        )

    async def _come_together(self) -> Address:
        anna_id, ben_id = self._ids[ANNA.name], self._ids[BEN.name]
        relationship_id = self._id("invitation", self._begun_at)
        invite = OpenInvitation(email=BEN.email)
        await self._ask(Principal(anna_id), users_address(anna_id), invite, relationship_id)
        await self._settle()
        accept = AcceptInvitation(relationship_id=relationship_id)
        acceptance = self._id("acceptance", self._begun_at)
        await self._ask(Principal(ben_id), users_address(ben_id), accept, acceptance)
        await self._settle()
        return address_of("relationship", relationship_id)

    async def _do(self, deed: Deed, ours: Address) -> None:
        self._clock.at = deed.at.astimezone(UTC)
        who = Principal(self._ids[deed.who.name])
        await self._ask(who, ours, deed.command, self._id(deed.name, deed.at))

    async def _ask(self, who: Principal, to: Address, command: Command, id: UUID) -> None:  # noqa: A002 - the word of the protocol
        outcome = await self._house.ref(to).ask(command, who, id=id)
        if not outcome.granted:
            tag = type(command).__struct_config__.tag
            said = msgspec.json.decode(outcome.body)["message"]
            raise DemoFailed(f"Anna and Ben's first week was refused ({tag}): {said}")

    async def _settle(self) -> None:
        """Wait until everybody has heard what they are told."""
        async with asyncio.timeout(SETTLES_WITHIN_S):
            while (await fetch(_WAITING))[0]["waits"]:  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(LOOK_EVERY_S)

    def _id(self, name: str, at: datetime) -> UUID:
        return _id_of(self._ids[ANNA.name], name, at)


def _id_of(anna_id: UUID, name: str, at: datetime) -> UUID:
    """Make the id of a deed, the same each time: a UUIDv7 of its moment."""
    tail = int.from_bytes(hashlib.blake2b(f"{anna_id} {name}".encode(), digest_size=10).digest())
    made_at_ms = int(at.timestamp() * 1000)
    number = (made_at_ms << 80) | (tail & ~(0xF << 76) & ~(0x3 << 62))
    return UUID(int=number | (0x7 << 76) | (0x2 << 62))

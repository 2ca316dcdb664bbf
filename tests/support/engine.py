"""The engine without sockets: actors, lanes and a real database, with counters for actors."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from actors.letter import AnyLetter
from actors.part import Part
from actors.placement import SHARDS, View
from actors.ports import Numbered
from actors.ref import Ref
from actors.repertoire import Repertoire
from actors.system import System
from backend.clock import SystemClock
from backend.cluster.membership import Membership
from backend.persistence.committer import GroupCommitter
from backend.persistence.database import Database, fetch
from backend.persistence.directory import PostgresDirectory
from backend.persistence.session import open_session
from backend.persistence.store import ActorStore
from backend.persistence.tells import TellReader
from protocol.address import Address, address_of
from protocol.ids import uuid7
from protocol.messages import Event
from protocol.vocabulary import Vocabulary
from tests.support.clock import FakeClock
from tests.support.counter import SQL, Moved, Total, make_part
from tests.support.servers import Servers
from tests.support.until import until

LEASE_S = 1.0


@dataclass
class Published:
    """What was fanned out, instead of sockets; implements `actors.ports.Fanout`."""

    events: list[tuple[Address, int, Event]] = field(default_factory=list)
    expelled: list[tuple[Address, UUID]] = field(default_factory=list)
    doubted: list[Address] = field(default_factory=list)

    def publish(
        self, topic: Address, _generation: int, _at: datetime, events: Sequence[Numbered]
    ) -> None:
        """Note the events of one turn."""
        self.events += [(topic, event.number, event.event) for event in events]

    def doubt(self, topic: Address) -> None:
        """Note of which topic more may be durable than was published."""
        self.doubted.append(topic)

    def expel(self, topic: Address, user_id: UUID) -> None:
        """Note who had to go."""
        self.expelled.append((topic, user_id))

    def is_online(self, _user_id: UUID) -> bool:
        """Nobody is."""
        return False


class MuffledDirectory(PostgresDirectory):
    """The directory of a node whose heartbeats may stop."""

    is_muffled = False

    async def beat(self, *, is_leaving: bool, has_redis: bool) -> View:
        """Renew the lease, unless nothing of this node is to be heard."""
        if self.is_muffled:
            raise ConnectionError("muffled by the test")
        return await super().beat(is_leaving=is_leaving, has_redis=has_redis)


@dataclass
class Engine:
    """Actors, lanes and a database."""

    system: System
    committer: GroupCommitter
    membership: Membership
    directory: MuffledDirectory
    published: Published
    node_id: UUID
    part: Part[Total]

    def ref(self, key: UUID) -> Ref:
        """Give a handle on a counter."""
        return Ref(self.system, address_of("counter", key))

    @property
    def batches(self) -> int:
        """How many transactions were committed."""
        return sum(lane.batches for lane in self.committer.lanes)


def membership_of(node_id: UUID, directory: PostgresDirectory) -> Membership:
    """Make a node of the engine one among those in this directory."""
    clock = SystemClock()
    return Membership(node_id, directory, clock=clock, lease_s=LEASE_S, has_redis=lambda: True)


@asynccontextmanager
async def engine(
    servers: Servers,
    clock: FakeClock,
    *,
    lane_dsn: str | None = None,
    lanes: int = 1,
    **options: Any,
) -> AsyncIterator[Engine]:
    """Run the engine until the block is left; its lanes may take another way to the database."""
    owner = await asyncpg.connect(servers.urls.owner)
    await owner.execute(SQL)
    await owner.close()
    part = make_part()
    vocabulary = Vocabulary()
    vocabulary.add(Moved)
    database = await Database(servers.urls.app).open()
    node_id = uuid7()
    directory = MuffledDirectory(database, node_id, LEASE_S)
    membership = membership_of(node_id, directory)

    def post(address: Address, letter: AnyLetter) -> None:
        system.post(address, letter)

    committer = GroupCommitter(
        partial(open_session, Database(lane_dsn or servers.urls.app), clock),
        node_id,
        clock=clock,
        post=post,
        relay_jobs=lambda _jobs: None,
        lanes=lanes,
    )
    published = Published()
    system = System(
        Repertoire([part]),
        store=ActorStore(TellReader(vocabulary)),
        committer=committer,
        fanout=published,
        placement=membership,
        clock=clock,
        **options,
    )
    membership.residents = system
    await committer.start()
    await membership.join()
    await until(lambda: membership.owned == SHARDS)  # Who was killed before has a lease yet.
    try:
        yield Engine(system, committer, membership, directory, published, node_id, part)
    finally:
        await system.stop(within_s=2.0)
        await committer.close()
        await membership.stop()
        await database.close()


async def purse_with(held: int) -> UUID:
    """Make a purse."""
    purse = uuid4()
    await fetch("INSERT INTO test_purse (id, held) VALUES ($1, $2)", purse, held)
    return purse


async def held_in(purse: UUID) -> int:
    """Look into a purse."""
    return int((await fetch("SELECT held FROM test_purse WHERE id = $1", purse))[0]["held"])


async def reloaded(running: Engine, key: UUID) -> Total:
    """Read a counter from its table."""
    return (await running.part.load([key])).get(key, Total())


def remembered(running: Engine, key: UUID) -> Total:
    """Look at a counter in memory."""
    actor = running.system.actors.get(address_of("counter", key))
    return actor.states.get(running.part, Total()) if actor else Total()


async def numbers_of(key: UUID) -> list[int]:
    """Read the numbers of a counter's events, in order."""
    rows = await fetch(
        "SELECT number FROM event WHERE topic = $1 ORDER BY number", address_of("counter", key)
    )
    return [row["number"] for row in rows]

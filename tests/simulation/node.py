"""A node: the real code from the actors down to the batch, tied to what stands in for the rest.

It is tied, started and stopped as `backend.house` does it, without the doors for people.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from actors.letter import AnyLetter, TellLetter
from actors.ports import Handle
from actors.principal import Principal
from actors.ref import Ref
from actors.repertoire import Repertoire
from actors.system import System
from backend.cluster.cluster import Cluster
from backend.fanout.fanout import Fanout
from backend.gateway.presence import PresenceBook
from backend.persistence.answering import AWAY
from backend.persistence.committer import GroupCommitter
from backend.persistence.tell_sweeper import TellSweeper
from backend.persistence.tells import TellReader
from protocol.address import Address
from protocol.messages import Event
from protocol.vocabulary import Vocabulary
from tests.simulation.connecting import Database, Road
from tests.simulation.directory import SimulatedDirectory
from tests.simulation.network import Network, SimulatedTransport
from tests.simulation.reading import Pool, SimulatedLeftTells, SimulatedLog, SimulatedStore
from tests.simulation.scheduling import NodeLoop, Schedule
from tests.simulation.server import Server
from tests.simulation.session import open_session
from tests.simulation.statements import Broken
from tests.simulation.tracing import Trace
from tests.support.clock import BEGINNING
from tests.support.counter import Add, Counted, HeardOf, Moved, Read, Total, make_part

if TYPE_CHECKING:
    from random import Random

LEASE_S = 3.0
LANES = 2
IDLE_S = 5.0
PASSIVATE_EVERY_S = 2.0


class Settings(Protocol):
    """What all nodes of a world share."""

    schedule: Schedule
    random: "Random"
    server: Server
    network: Network
    trace: Trace
    broken: Collection[Broken]
    ends_late_work: bool


class NodeClock:
    """A machine's clocks: the time of day may jump, the other one never goes back."""

    def __init__(self, loop: NodeLoop) -> None:
        """Be right."""
        self._loop = loop
        self.is_off_s = 0.0

    def now(self) -> datetime:
        """Read the time of day, in UTC."""
        return BEGINNING + timedelta(seconds=self._loop.time() + self.is_off_s)

    def monotonic(self) -> float:
        """Read seconds that never go back."""
        return self._loop.time()

    def call_later(self, delay_s: float, call: Any) -> Handle:
        """Call after a while."""
        return self._loop.call_later(delay_s, call)

    async def sleep(self, delay_s: float) -> None:
        """Wait a while."""
        await asyncio.sleep(delay_s)


class EverybodyMay:
    """Everybody may read everything; implements `backend.fanout.ports.TopicAccess`."""

    async def readable(
        self, asked: Collection[tuple[Address, Principal]]
    ) -> set[tuple[Address, UUID]]:
        """Tell who may follow what."""
        return {(topic, principal.user_id) for topic, principal in asked}

    async def snapshot(self, topic: Address, principal: Principal) -> dict[str, Any]:
        """Nobody asks: topics here never outgrow what may be resumed."""
        raise NotImplementedError


async def _never_loaded(_keys: Sequence[UUID]) -> Mapping[UUID, Total]:
    raise NotImplementedError("the simulated store reads Parts by itself")


class Node:
    """One process, on a machine of its own."""

    def __init__(self, name: str, node_id: UUID, settings: Settings) -> None:
        """Tie everything; nothing runs before `start`."""
        self.name = name
        self.node_id = node_id
        self.loop = NodeLoop(  # type: ignore[abstract]  # what needs sockets and threads is not there
            settings.schedule, name, settings.trace.complain
        )
        self.clock = NodeClock(self.loop)
        self.road = Road(settings.schedule, settings.random)
        self.database = Database(settings.server, self.road, self.loop)
        self.is_serving = False
        """Whether people may come here."""
        self.is_gone = False
        self._network = settings.network
        vocabulary = Vocabulary()
        for word in (Add, Read, Counted, HeardOf, Moved):
            vocabulary.add(word)
        events: dict[str, type[Event]] = {"test.counted": Counted, "test.heard": HeardOf}
        pool = Pool(self.database)
        self.log = SimulatedLog(pool)
        self.cluster = Cluster(
            node_id,
            directory=SimulatedDirectory(
                self.database, node_id, LEASE_S, ends_late_work=settings.ends_late_work
            ),
            transport=SimulatedTransport(settings.network, self.loop, node_id),
            vocabulary=vocabulary,
            post_here=self._post,
            clock=self.clock,
            lease_s=LEASE_S,
            secret="simulated",  # noqa: S106 - nobody else is there
            cut_off=lambda _is_cut_off: None,
        )
        self.fanout = Fanout(self.cluster, EverybodyMay(), self.log, events)
        self.presence = PresenceBook(
            self.fanout.hub, self.clock, node_id, self.fanout.relay.tell, shown_in={"counter"}
        )
        self.fanout.accompany(self.presence)
        self.cluster.tell(self.presence)
        self.committer = GroupCommitter(
            partial(open_session, self.database, settings.broken),
            node_id,
            clock=self.clock,
            machine=self.clock,
            post=self._post,
            relay_jobs=lambda _jobs: None,
            lanes=LANES,
        )
        tells = TellReader(vocabulary)
        self.sweeper = TellSweeper(
            self.database,
            tells,
            left=SimulatedLeftTells(pool),
            post=self._post,
            placement=self.cluster.membership,
            clock=self.clock,
        )
        self.part = make_part(_never_loaded)
        self.system = System(
            Repertoire([self.part]),
            store=SimulatedStore(pool, tells),
            committer=self.committer,
            fanout=self.fanout,
            placement=self.cluster.membership,
            elsewhere=self.cluster.router,
            clock=self.clock,
            idle_s=IDLE_S,
        )

    def ref(self, address: Address) -> Ref:
        """Give a handle on an actor."""
        return Ref(self.system, address)

    def _post(self, address: Address, letter: AnyLetter) -> None:
        if isinstance(letter, TellLetter):
            letter.unheard = self.sweeper.unheard
        self.system.post(address, letter)

    def begin(self) -> None:
        """Have the node start."""
        self.loop.create_task(self._start())

    async def _start(self) -> None:
        await self.committer.start()
        try:
            await self.cluster.join(self.system)
        except AWAY:
            # The process ends with an error, and whoever looks after it starts another.
            self.crash(is_noticed=True)
            return
        self.fanout.start()
        try:
            await self.sweeper.start(is_alone=self.cluster.membership.is_alone)
        except AWAY:
            self.crash(is_noticed=True)
            return
        self.is_serving = True
        while True:
            await asyncio.sleep(PASSIVATE_EVERY_S)
            self.system.passivate()

    def retire(self) -> None:
        """Have the node leave in order, and stop."""
        self.is_serving = False
        self.loop.create_task(self._retire())

    async def _retire(self) -> None:
        await self.cluster.leave()
        await self.sweeper.stop()
        self.committer.bring_mail()
        await self.system.stop()
        await self.committer.close()
        await self.fanout.stop()
        await self.cluster.stop()
        self.crash(is_noticed=True)

    def crash(self, *, is_noticed: bool) -> None:
        """End at once; with its machine if nobody notices."""
        self.is_serving = False
        self.is_gone = True
        self._network.forget(self.node_id)
        self.loop.stop_for_ever()
        for connection in self.database.connections:
            connection.crash(self.road.random, is_noticed=is_noticed)

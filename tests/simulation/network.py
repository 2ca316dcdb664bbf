"""What carries words between nodes: keeps the order of one sender, and loses what it likes."""

import asyncio
from collections.abc import Callable, Sequence
from random import Random
from uuid import UUID

from backend.cluster.ports import TransportAway
from tests.simulation.connecting import latency_s
from tests.simulation.scheduling import NodeLoop, Schedule

NOTICED_WITHIN_S = 1.0
"""So long a node waits for the carrier before it takes it for gone."""


class Network:
    """The carrier, and who listens to it."""

    def __init__(self, schedule: Schedule, random: Random) -> None:
        """Begin with nobody listening."""
        self.schedule = schedule
        self.random = random
        self.loss = 0.0
        """How much of everything is lost."""
        self.cut_off: set[UUID] = set()
        """Those that do not reach the carrier."""
        self.apart: set[tuple[UUID, UUID]] = set()
        """From whom to whom nothing gets through."""
        self._listeners: dict[UUID, tuple[NodeLoop, Callable[[bytes], None]]] = {}
        self._last: dict[tuple[UUID, UUID], float] = {}

    def heal(self) -> None:
        """Lose nothing any more."""
        self.loss = 0.0
        self.cut_off.clear()
        self.apart.clear()

    def lose_nothing(self) -> None:
        """Lose words no more."""
        self.loss = 0.0

    def listen(self, node_id: UUID, loop: NodeLoop, receive: Callable[[bytes], None]) -> None:
        """Bring a node what comes for it."""
        self._listeners[node_id] = (loop, receive)

    def forget(self, node_id: UUID) -> None:
        """Bring a node nothing more."""
        self._listeners.pop(node_id, None)

    def carry(self, sender: UUID, to: UUID, parcel: bytes) -> None:
        """Bring a parcel, behind those of the same sender, or lose it."""
        link = (sender, to)
        if link in self.apart or self.random.random() < self.loss:
            return
        arrives_at = max(self._last.get(link, 0.0), self.schedule.now + latency_s(self.random))
        self._last[link] = arrives_at
        self.schedule.at(arrives_at, self._arrive, to, parcel)

    def _arrive(self, to: UUID, parcel: bytes) -> None:
        listener = self._listeners.get(to)
        if listener is not None and to not in self.cut_off:
            loop, receive = listener
            loop.call_soon(receive, parcel)


class SimulatedTransport:
    """The carrier as one node uses it; implements `backend.cluster.ports.Transport`."""

    ways = 1

    def __init__(self, network: Network, loop: NodeLoop, node_id: UUID) -> None:
        """Listen to nothing yet."""
        self._network = network
        self._loop = loop
        self._node_id = node_id

    def way_to(self, _node_id: UUID) -> int:
        """There is one."""
        return 0

    async def publish(self, parcels: Sequence[tuple[UUID, bytes]]) -> None:
        """Bring each to its node. Raises TransportAway when it is not known that all went."""
        network = self._network
        await asyncio.sleep(latency_s(network.random))
        is_away = self._node_id in network.cut_off
        # Where the way breaks just now, some may have gone before.
        gone = network.random.randrange(len(parcels) + 1) if is_away else len(parcels)
        if not is_away or network.random.random() < 0.1:
            for to, parcel in parcels[:gone]:
                network.carry(self._node_id, to, parcel)
        if is_away:
            await asyncio.sleep(network.random.choice((0.0, NOTICED_WITHIN_S)))
            raise TransportAway("not reached")

    async def listen(self, receive: Callable[[bytes], None]) -> None:
        """Hand over what comes for this node, for ever."""
        self._network.listen(self._node_id, self._loop, receive)
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Hear nothing more."""
        self._network.forget(self._node_id)

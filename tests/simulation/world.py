"""A world: nodes, a database, a carrier, people, and what goes wrong, all from one seed."""

import random
from collections.abc import Collection
from dataclasses import dataclass
from random import Random
from uuid import UUID

import structlog

from actors.principal import Principal
from protocol import ids
from protocol.address import address_of
from tests.simulation.clients import Clients, Workload
from tests.simulation.faults import Faults
from tests.simulation.followers import Phone
from tests.simulation.invariants import look_at_all, what_is_not_quiet, what_is_shown_wrong
from tests.simulation.network import Network
from tests.simulation.node import Node
from tests.simulation.scheduling import Schedule
from tests.simulation.server import Server
from tests.simulation.statements import Broken
from tests.simulation.tracing import Trace

FAULTY_S = 25.0
QUIET_WITHIN_S = 150.0
SHOWN_WITHIN_S = 12.0
"""So long all must be at rest: then it is also right who is seen."""
LOOK_EVERY_S = 0.5
WISHES = 80
KEYS = 10
PURSES = 3
PHONES = 5
SECOND_PHONE = 4
"""The first one's owner has it as well."""
SHARDS = 16


@dataclass(frozen=True)
class Result:
    """What became of a seed."""

    seed: int
    trace: Trace
    wishes: int
    commits: int
    nodes: int
    seconds: float

    @property
    def wrong(self) -> list[str]:
        """What must never be, in words."""
        return self.trace.wrong


class World:
    """Everything there is."""

    def __init__(self, seed: int, broken: Collection[Broken] = ()) -> None:
        """Make it; the seed decides everything that is left to chance."""
        self._chance = Random(seed)  # noqa: S311 - the same from the same seed is what is wanted
        self._random = self._draw()
        self.seed = seed
        self.schedule = Schedule(self._draw())
        self.trace = Trace(self.schedule)
        self.random = self._draw()
        """Decides how long messages take."""
        self.server = Server(self.schedule, self.random, SHARDS)
        self.network = Network(self.schedule, self.random)
        self.broken = broken
        self.ends_late_work = self._random.random() < 0.8
        self.nodes: list[Node] = []
        self._wanted = self._random.randint(2, 4)
        self._is_over = False
        self._quiet_since = float("inf")
        self.faults = Faults(self, self._draw())
        self.server.reached = self.faults.reached
        self.keys = [self._id() for _ in range(KEYS)]
        self.purses = {self._id(): self._random.randint(5, 40) for _ in range(PURSES)}
        self.server.tables.purses.update(self.purses)
        self.clients = Clients(
            schedule=self.schedule, random=self._random, trace=self.trace, nodes=self.serving
        )
        self.clients.are_reads_sure = self.ends_late_work
        self.phones: list[Phone] = []
        for number in range(PHONES):
            self.phones.append(self._phone(number))

    def _draw(self) -> Random:
        return Random(self._chance.getrandbits(64))  # noqa: S311

    def _id(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def _phone(self, number: int) -> Phone:
        followed = self._random.sample(self.keys, 4)
        return Phone(
            f"phone {number}",
            self.phones[0].principal.user_id if number == SECOND_PHONE else self._id(),
            [address_of("counter", key) for key in followed],
            schedule=self.schedule,
            random=self._random,
            trace=self.trace,
            nodes=self.serving,
        )

    def serving(self) -> list[Node]:
        """List the nodes people may come to; one that is paused looks as if it served."""
        return [node for node in self.nodes if node.is_serving]

    def add_node(self) -> None:
        """Have one more node start."""
        if sum(not node.is_gone for node in self.nodes) < self._wanted:
            node = Node(f"node {len(self.nodes) + 1}", self._id(), self)
            self.nodes.append(node)
            self.schedule.loops.append(node.loop)
            self.trace.note(node.name, f"starts as {node.node_id}")
            node.begin()

    def replace_later(self, delay_s: float) -> None:
        """Have a node start in the place of one that is going."""
        self.schedule.after(delay_s, self.add_node)

    def resume(self, node: Node) -> None:
        """Have a paused node go on."""
        if not node.is_gone:
            node.loop.is_paused = False

    def _heal(self) -> None:
        """End every fault; from here on all must come to rest."""
        self.trace.note("world", "is healed")
        self.faults.are_over = True
        self.network.heal()
        self.server.clock_is_off_s = 0.0
        if not self.server.is_up:
            self.server.start_up()
        for node in self.nodes:
            self.resume(node)
            node.clock.is_off_s = 0.0
            node.road.open()
        for phone in self.phones:
            phone.is_settled = True
        self._look()

    def _look(self) -> None:
        """Start nodes that are missing, and see whether all is quiet."""
        self.add_node()
        is_quiet = not what_is_not_quiet(self)
        self._quiet_since = min(self._quiet_since, self.schedule.now) if is_quiet else float("inf")
        self._is_over = self.schedule.now - self._quiet_since > SHOWN_WITHIN_S
        self.schedule.after(LOOK_EVERY_S, self._look)

    def run(self) -> Result:
        """Live from the beginning to the rest after the last fault, then look at everything."""
        ids.seed(self.seed)
        lots, logs = random.getstate(), structlog.get_config()
        random.seed(self.seed)
        structlog.configure(processors=[self.trace.logged])
        try:
            self._live()
        finally:
            structlog.configure(**logs)
            random.setstate(lots)
        return Result(
            self.seed,
            self.trace,
            len(self.clients.wishes),
            len(self.server.tables.commits),
            len(self.nodes),
            self.schedule.now,
        )

    def _live(self) -> None:
        for _ in range(self._wanted):
            self.schedule.at(self._random.uniform(0.0, 2.0), self.add_node)
        principals = [Principal(self._id()) for _ in range(3)]
        workload = Workload(self._random, self.keys, list(self.purses), principals)
        workload.spread(self.clients, self.schedule, count=WISHES, within_s=FAULTY_S)
        for phone in self.phones:
            phone.begin()
        self.faults.plan(self._random.randint(2, 14), FAULTY_S)
        self.schedule.at(FAULTY_S, self._heal)
        self.schedule.run(FAULTY_S + QUIET_WITHIN_S, lambda: self._is_over)
        for what in what_is_not_quiet(self):
            self.trace.complain(f"not quiet in time: {what}")
        for what in what_is_shown_wrong(self):
            self.trace.complain(f"not shown right in time: {what}")
        for what in look_at_all(self):
            self.trace.complain(what)
        for node in self.nodes:
            node.loop.end_all()


def simulate(seed: int, broken: Collection[Broken] = ()) -> Result:
    """Live one world from its seed to its end."""
    return World(seed, broken).run()

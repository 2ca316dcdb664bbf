"""Faults: what goes wrong, drawn by lot; every one of them ends when the world is healed."""

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from tests.simulation.connecting import Connection
from tests.simulation.node import Node

if TYPE_CHECKING:
    from tests.simulation.world import World

AWAY_S = (0.2, 12.0)
CLOCK_JUMP_S = 30.0
DATABASE_CLOCK_JUMP_S = 5.0
AT_A_COMMIT = 0.04
"""How often something goes wrong just then."""


class Faults:
    """What goes wrong in one world."""

    def __init__(self, world: "World", random: Random) -> None:
        """Break nothing yet."""
        self._world = world
        self._random = random
        self.are_over = False
        self._kinds: list[Callable[[], None]] = [
            self._crash,
            self._retire,
            self._pause,
            self._reset_connections,
            self._cut_off_from_database,
            self._cut_off_from_carrier,
            self._carrier_away,
            self._part,
            self._lose_words,
            self._clock_jumps,
            self._database_clock_jumps,
            self._database_restarts,
            self._restored,
        ]

    def plan(self, count: int, within_s: float) -> None:
        """Have some faults happen within a while."""
        for _ in range(count):
            fault = self._random.choice(self._kinds)
            self._world.schedule.at(self._random.uniform(0.0, within_s), self._strike, fault)

    def _strike(self, fault: Callable[[], None]) -> None:
        if not self.are_over:
            fault()

    def reached(self, place: str, pid: int) -> None:
        """Hear that a commit has come to a place; perhaps it goes wrong there."""
        if self.are_over or self._random.random() >= AT_A_COMMIT:
            return
        for node in self._world.nodes:
            for connection in node.database.connections:
                if connection.pid == pid and not node.is_gone:
                    self._note(f"at {place}, {node.name}")
                    self._break_commit(node, connection)

    def _break_commit(self, node: Node, connection: Connection) -> None:
        drawn = self._random.randrange(5)
        if drawn == 0:
            self._note("its connection is reset")
            connection.reset(self._random)
        elif drawn == 1:
            self._crash_node(node)
        elif drawn == 2:
            self._pause_node(node)
        elif drawn == 3:
            self._close_road(node)
        else:
            # A moment later, for the server is at it just now.
            self._world.schedule.after(0.0, self._strike, self._database_restarts)

    def _note(self, what: str) -> None:
        self._world.trace.note("fault", what)

    def _away_s(self) -> float:
        low, high = AWAY_S
        return low + (high - low) * self._random.random() ** 3

    def _some_node(self) -> Node | None:
        nodes = [node for node in self._world.nodes if not node.is_gone]
        return self._random.choice(nodes) if nodes else None

    def _crash(self) -> None:
        node = self._some_node()
        if node is not None:
            self._crash_node(node)

    def _crash_node(self, node: Node) -> None:
        is_noticed = self._random.random() < 0.6
        self._note(f"{node.name} crashes{'' if is_noticed else ' with its machine'}")
        node.crash(is_noticed=is_noticed)
        self._world.replace_later(self._random.uniform(0.2, 6.0))

    def _retire(self) -> None:
        node = self._some_node()
        if node is not None and node.is_serving:
            self._note(f"{node.name} retires")
            node.retire()
            self._world.replace_later(self._random.uniform(0.0, 3.0))

    def _pause(self) -> None:
        node = self._some_node()
        if node is not None:
            self._pause_node(node)

    def _pause_node(self, node: Node) -> None:
        away_s = self._away_s() * 1.5
        self._note(f"{node.name} is paused for {away_s:.2f} s")
        node.loop.is_paused = True
        self._world.schedule.after(away_s, self._world.resume, node)

    def _reset_connections(self) -> None:
        node = self._some_node()
        if node is not None:
            self._note(f"connections of {node.name} are reset")
            for connection in node.database.connections:
                if self._random.random() < 0.5:
                    connection.reset(self._random)

    def _cut_off_from_database(self) -> None:
        node = self._some_node()
        if node is not None:
            self._close_road(node)

    def _close_road(self, node: Node) -> None:
        away_s = self._away_s()
        self._note(f"{node.name} does not reach the database for {away_s:.2f} s")
        node.road.close()
        self._world.schedule.after(away_s, node.road.open)

    def _cut_off_from_carrier(self) -> None:
        node = self._some_node()
        if node is not None:
            away_s = self._away_s()
            self._note(f"{node.name} does not reach the carrier for {away_s:.2f} s")
            cut_off = self._world.network.cut_off
            cut_off.add(node.node_id)
            self._world.schedule.after(away_s, cut_off.discard, node.node_id)

    def _carrier_away(self) -> None:
        away_s = self._away_s()
        self._note(f"nobody reaches the carrier for {away_s:.2f} s")
        cut_off = self._world.network.cut_off
        for node in self._world.nodes:
            cut_off.add(node.node_id)
            self._world.schedule.after(away_s, cut_off.discard, node.node_id)

    def _part(self) -> None:
        one, other = self._some_node(), self._some_node()
        if one is not None and other is not None:
            away_s = self._away_s()
            self._note(f"nothing from {one.name} gets through to {other.name} for {away_s:.2f} s")
            link = (one.node_id, other.node_id)
            self._world.network.apart.add(link)
            self._world.schedule.after(away_s, self._world.network.apart.discard, link)

    def _lose_words(self) -> None:
        network = self._world.network
        network.loss = self._random.uniform(0.05, 0.4)
        self._note(f"{network.loss:.0%} of all words are lost")
        self._world.schedule.after(self._away_s(), network.lose_nothing)

    def _clock_jumps(self) -> None:
        node = self._some_node()
        if node is not None:
            node.clock.is_off_s = self._random.uniform(-CLOCK_JUMP_S, CLOCK_JUMP_S)
            self._note(f"the clock of {node.name} is off by {node.clock.is_off_s:.2f} s")

    def _database_clock_jumps(self) -> None:
        server = self._world.server
        self._world.clients.are_reads_sure = False
        server.clock_is_off_s = self._random.uniform(-DATABASE_CLOCK_JUMP_S, DATABASE_CLOCK_JUMP_S)
        self._note(f"the clock of the database is off by {server.clock_is_off_s:.2f} s")

    def _restored(self) -> None:
        """Say that the database was restored, though nothing of it is lost."""
        tables = self._world.server.tables
        tables.generation += 1
        self._note(f"the database is in generation {tables.generation}")

    def _database_restarts(self) -> None:
        server = self._world.server
        if server.is_up:
            away_s = self._away_s()
            self._note(f"the database is down for {away_s:.2f} s")
            server.shut_down()
            self._world.schedule.after(away_s, server.start_up)

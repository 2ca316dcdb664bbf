"""Clients: people's commands, sent under the same id until they are known to be done or refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import msgspec

from actors.outcome import Outcome
from actors.principal import Principal
from protocol.address import Address, address_of
from protocol.ids import uuid7
from protocol.refusals import Refused
from tests.simulation.connecting import latency_s
from tests.simulation.node import Node
from tests.simulation.scheduling import Schedule
from tests.simulation.tracing import Trace
from tests.support.clock import BEGINNING
from tests.support.counter import BY_ALLOWED_MAX, BY_MAX, Add, Read

AGAIN_AFTER_S = (0.5, 5.0)
ANSWER_LOSS = 0.03
READ_WITHIN_S = 5.0


class _Value(msgspec.Struct):
    """As much of an answer as says what a counter stands at."""

    value: int


_decode_value = msgspec.json.Decoder(_Value).decode


@dataclass(eq=False)
class Wish:
    """A command, and what was heard of it."""

    id: UUID
    to: Address
    command: Add
    principal: Principal
    outcomes: list[Outcome] = field(default_factory=list)
    """The lasting ones, as they came."""
    sent: int = 0

    @property
    def outcome(self) -> Outcome | None:
        """How it ended, if that is known."""
        return self.outcomes[0] if self.outcomes else None

    @property
    def was_granted(self) -> bool:
        """Tell whether it is known to be done."""
        return self.outcome is not None and self.outcome.granted


class Clients:
    """All of them."""

    def __init__(
        self,
        *,
        schedule: Schedule,
        random: Random,
        trace: Trace,
        nodes: Callable[[], Sequence[Node]],
    ) -> None:
        """Wish nothing yet; `nodes` says which nodes may be asked."""
        self.wishes: list[Wish] = []
        self.are_reads_sure = True
        """Whether a node that has a lease is the owner: not where the database's clock jumps, or
        where nobody may end what a late owner has under way."""
        self._schedule = schedule
        self._random = random
        self._trace = trace
        self._nodes = nodes

    def wish(self, command: Add, key: UUID, principal: Principal) -> None:
        """Have a command done, sooner or later."""
        now_ms = int((BEGINNING.timestamp() + self._schedule.now) * 1000)
        wish = Wish(uuid7(now_ms), address_of("counter", key), command, principal)
        self.wishes.append(wish)
        self._try(wish)
        if self._random.random() < 0.1:
            self._send(wish)

    def _try(self, wish: Wish) -> None:
        """Send a wish until it has an outcome; now and then once more after that."""
        if wish.outcome is not None and self._random.random() < 0.8:
            return
        self._send(wish)
        if wish.outcome is None:
            self._schedule.after(self._random.uniform(*AGAIN_AFTER_S), self._try, wish)

    def _send(self, wish: Wish) -> None:
        nodes = self._nodes()
        if nodes:
            wish.sent += 1
            node = self._random.choice(nodes)
            self._schedule.after(latency_s(self._random), self._arrive, wish, node)

    def _arrive(self, wish: Wish, node: Node) -> None:
        if not node.is_serving:
            return

        def answered(outcome: Outcome) -> None:
            if self._random.random() >= ANSWER_LOSS:
                self._schedule.after(latency_s(self._random), self._hear, wish, node, outcome)

        def post() -> None:
            node.ref(wish.to).post(wish.command, wish.principal, answered, id=wish.id)

        node.loop.call_soon(post)

    def _hear(self, wish: Wish, node: Node, outcome: Outcome) -> None:
        if node.is_gone and self._random.random() < 0.5:
            return
        said = (
            "granted" if outcome.granted else msgspec.json.decode(outcome.body, type=Refused).code
        )
        self._trace.note("client", f"{wish.id} {said} by {node.name}")
        if not outcome.granted and not outcome.lasting:
            return
        is_first = not wish.outcomes
        wish.outcomes.append(outcome)
        if outcome != wish.outcomes[0]:
            self._trace.complain(f"{wish.id}: {wish.outcomes[0]}, then {outcome}")
        if is_first and self._random.random() < 0.1:
            self._schedule.after(self._random.uniform(0.0, 10.0), self._send, wish)
        if outcome.granted and self._random.random() < 0.5:
            known = _decode_value(outcome.body).value
            for asked in self._nodes():
                later_s = self._random.uniform(0.0, READ_WITHIN_S)
                self._schedule.after(later_s, self._read, wish, known, asked)

    def _read(self, wish: Wish, known: int, node: Node) -> None:
        """Ask what a counter stands at: it must not be less than somebody was told before."""
        if not node.is_serving:
            return

        def answered(outcome: Outcome) -> None:
            value = _decode_value(outcome.body).value if outcome.granted else known
            if value < known and self.are_reads_sure:
                self._trace.complain(f"{wish.to} stood at {known}, {node.name} says {value}")

        def post() -> None:
            node.ref(wish.to).post(Read(), wish.principal, answered)

        node.loop.call_soon(post)


@dataclass
class Workload:
    """What people wish, and when."""

    random: Random
    keys: list[UUID]
    purses: list[UUID]
    principals: list[Principal]

    def spread(self, clients: Clients, schedule: Schedule, *, count: int, within_s: float) -> None:
        """Spread wishes over a while, some of them in bursts."""
        left = count
        while left > 0:
            at = self.random.uniform(0.0, within_s)
            burst = min(left, self.random.choice((1, 1, 1, 2, 8)))
            left -= burst
            key = self.random.choice(self.keys)
            for _ in range(burst):
                principal = self.random.choice(self.principals)
                schedule.at(at, clients.wish, self._command(), key, principal)

    def _command(self) -> Add:
        drawn = self.random.random()
        if drawn < 0.04:
            return Add(by=self.random.randint(BY_ALLOWED_MAX + 1, BY_MAX))
        if drawn < 0.05:
            return Add(by=BY_MAX + 1)
        return Add(
            by=self.random.choice((1, 2, 3)),
            purse=self.random.choice(self.purses) if drawn > 0.8 else None,
            let_know=self.random.choice(self.keys) if drawn < 0.4 else None,
        )

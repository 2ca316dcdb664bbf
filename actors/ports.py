"""What actors need of the house around them, as Protocols; the house is built in `backend`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import msgspec

from protocol.address import Address
from protocol.messages import Event, Tell

if TYPE_CHECKING:
    from actors.letter import AnyLetter, TellLetter
    from actors.part import AnyPart
    from actors.turn import Turn


class Handle(Protocol):
    """Something that will happen and may be called off."""

    def cancel(self) -> None:
        """Call it off."""


class Clock(Protocol):
    """Time, so that tests can move it."""

    def now(self) -> datetime:
        """Read the time of day, in UTC."""

    def monotonic(self) -> float:
        """Read seconds that never go back."""

    def call_later(self, delay_s: float, call: Callable[[], None]) -> Handle:
        """Call after a while."""

    async def sleep(self, delay_s: float) -> None:
        """Wait a while."""


class Work(Protocol):
    """What one command wants written; data until the turn is committed."""

    def insert(self, table: type, /, **columns: Any) -> None:
        """Write a row."""

    def update(self, table: type, key: Mapping[str, Any], /, **columns: Any) -> None:
        """Change the row with this key; all turns that update a table name the same columns."""

    def delete(self, table: type, key: Mapping[str, Any], /) -> None:
        """Remove the row with this key."""

    def guard(self, guard: Any, item: Any) -> None:
        """Have something judged and applied by the database in the same transaction."""

    def tell(self, to: Address, tell: Tell) -> None:
        """Let another actor know, after the commit."""

    def job(self, name: str, arguments: msgspec.Struct, *, delay_s: float = 0.0) -> None:
        """Have something done later by a worker; at least once, so it must bear repeating."""


class Head(msgspec.Struct, frozen=True, gc=False):
    """The durable head of an actor: its fence and the numbers of its topic."""

    version: int
    seq: int
    generation: int


class Loaded(msgspec.Struct, frozen=True, gc=False):
    """What was read of one actor, all in one snapshot of the database."""

    head: Head
    states: "dict[AnyPart, Any]"
    tells: "tuple[TellLetter, ...]" = ()
    """What it has not yet heard; read when it comes to life."""


class Store(Protocol):
    """Where actors are read from."""

    async def load(
        self, wanted: "Mapping[Address, Collection[AnyPart]]", waking: Collection[Address]
    ) -> Mapping[Address, Loaded]:
        """Read Parts of many actors; of those `waking`, also the tells that wait for them."""

    def new_work(self) -> Work:
        """Begin what one command wants written."""


class Committer(Protocol):
    """Who makes turns durable."""

    def commit(self, turn: "Turn") -> None:
        """Commit a turn among others; the turn is settled when its end is known."""


class Numbered(msgspec.Struct, frozen=True, gc=False):
    """A committed event in its place in the topic."""

    number: int
    event: Event
    body: bytes
    """The event as JSON."""


class Fanout(Protocol):
    """Who brings committed events to those who follow a topic."""

    def publish(
        self, topic: Address, generation: int, at: datetime, events: Sequence[Numbered]
    ) -> None:
        """Hand the events of one turn on, in order."""

    def doubt(self, topic: Address) -> None:
        """Hear that events of a topic may be durable that were never handed on."""

    def is_online(self, user_id: UUID) -> bool:
        """Tell whether a person has a socket open."""

    def expel(self, topic: Address, user_id: UUID) -> None:
        """Take a person off a topic at once, on every device."""


class Placement(Protocol):
    """Which actors live here."""

    @property
    def is_sure(self) -> bool:
        """Tell whether nobody else can own by now what is ours: the lease has not run out."""

    def shard_of(self, address: Address) -> int:
        """Say which shard an actor belongs to."""

    def is_ours(self, address: Address) -> bool:
        """Tell whether this node may run the actor."""

    def lost(self, address: Address) -> None:
        """Hear that the database says otherwise of an actor's shard."""


class Elsewhere(Protocol):
    """Who brings letters to actors that do not live here."""

    def bring(self, address: Address, letter: "AnyLetter") -> None:
        """Bring a letter to wherever its actor lives by then; in time it is answered."""

"""Words: what nodes say to each other; nobody else ever sees them.

They travel as MessagePack arrays, so a field is added at the end, with a default: nodes of two
versions talk to each other while one takes the place of the other.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from protocol.address import Address


class Word(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Something one node says to another."""


class Asked(Word, frozen=True, tag=1):
    """An ask for an actor that lives at the receiver; said again, it is answered again."""

    number: int
    to: Address
    ask: bytes
    user_id: UUID
    role: str
    session_id: UUID | None = None
    id: UUID | None = None
    made_at: datetime | None = None


class Answered(Word, frozen=True, tag=2):
    """The outcome of an ask."""

    number: int
    granted: bool
    body: bytes
    lasting: bool = True


class NotHere(Word, frozen=True, tag=3):
    """The actor that was asked does not live here; nothing was done."""

    number: int


class Told(Word, frozen=True, tag=4):
    """A tell for an actor that lives at the receiver; its row waits until it is heard."""

    to: Address
    id: UUID
    tells: bytes
    tries: int = 0


class Pushed(Word, frozen=True, tag=5):
    """Committed events of a topic the receiver follows: their numbers and bodies."""

    topic: Address
    generation: int
    at: datetime
    events: list[tuple[int, bytes]]


class Heads(Word, frozen=True, tag=6):
    """Where topics stand that have moved lately; said every now and then, be there any or none."""

    heads: dict[str, str]


OFFLINE = "offline"


class Person(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Somebody in a topic, as one node sees them through the sockets it holds."""

    node_id: UUID
    user_id: UUID
    status: str
    doing: str | None = None
    last_seen_at: datetime | None = None
    term: int = 0
    """In which of its leases the node says so, as `NodeSeen.term`."""


class Follow(Word, frozen=True, tag=7):
    """The sender follows these topics, which live at the receiver; acknowledged with `Following`.

    Of each topic also who is there at the sender. It holds for the owner of its epoch, and counts
    with nobody who knows of another: who asks learns of a later one by itself, and asks again.
    """

    topics: dict[str, list[Person]]
    generation: int = 0
    epochs: dict[int, int] = {}
    """Of the shards of these topics."""


class Following(Word, frozen=True, tag=8):
    """From here on the sender says what happens in the topics of a `Follow`.

    Of each topic also who is there elsewhere; topics that do not live there are left out. It counts
    in the epochs of the `Follow`.
    """

    topics: dict[str, list[Person]]
    generation: int = 0
    epochs: dict[int, int] = {}


class Unfollow(Word, frozen=True, tag=9):
    """The sender follows these topics no longer."""

    topics: list[str]


class Present(Word, frozen=True, tag=10):
    """What has changed about somebody in a topic."""

    topic: str
    person: Person


class Expelled(Word, frozen=True, tag=11):
    """Somebody may not follow a topic any longer."""

    topic: Address
    user_id: UUID


class Missed(Word, frozen=True, tag=12):
    """Something the receiver said did not arrive: whatever it keeps being told, it says again."""


class Ping(Word, frozen=True, tag=13):
    """Said to oneself: whoever hears it can be heard."""


class Asking(Word, frozen=True, tag=14):
    """A question about the receiver itself."""

    number: int
    about: str
    body: bytes


class Replying(Word, frozen=True, tag=15):
    """The answer to a question."""

    number: int
    body: bytes


AnyWord = (
    Asked
    | Answered
    | NotHere
    | Told
    | Pushed
    | Heads
    | Follow
    | Following
    | Unfollow
    | Present
    | Expelled
    | Missed
    | Ping
    | Asking
    | Replying
)


class Parcel(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Words from one node to another, numbered so that it is noticed when some are lost."""

    sender: UUID
    stream: int
    """A new one is begun when words had to be thrown away; a later one is greater."""
    number: int
    """From 0, without holes within a stream."""
    words: list[msgspec.Raw]

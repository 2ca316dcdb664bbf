"""Turns: what waited in a mailbox, decided in order, committed as one."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from actors.letter import AnyLetter, TellLetter
from actors.outcome import Outcome
from actors.part import AnyPart
from actors.ports import Head, Numbered, Work
from actors.principal import Principal
from protocol.address import Address
from protocol.codec import encode_json
from protocol.ids import uuid7
from protocol.messages import Event
from protocol.refusals import Refusal

Happened = TypeVar("Happened", bound=Event)
States = dict[AnyPart, Any]


class Step:
    """One letter of a turn: what it was decided to and what that wants written."""

    __slots__ = ("letter", "noted", "outcome", "published", "states", "work")

    def __init__(self, letter: AnyLetter, work: Work) -> None:
        """Begin with nothing decided."""
        self.letter = letter
        self.work = work
        self.published: list[Event] = []
        self.noted: list[Event] = []
        self.outcome: Outcome
        self.states: States
        """The actor's states after this step."""

    @property
    def writes(self) -> bool:
        """Tell whether anything of it must be committed."""
        if isinstance(self.letter, TellLetter):
            # A tell that met a bug stays in its table and is brought again.
            return self.outcome.granted
        return self.letter.id is not None and self.outcome.lasting


class Turn:
    """What a handler sees of the turn it is part of; one at a time, step by step.

    `now` is when the turn began; `acted_at` when the person acted, which may be earlier.
    """

    __slots__ = (
        "_is_online",
        "acted_at",
        "address",
        "command_id",
        "head",
        "now",
        "now_ms",
        "principal",
        "settle",
        "step",
        "steps",
        "work",
    )

    principal: Principal
    command_id: UUID
    acted_at: datetime
    work: Work
    step: Step
    settle: "Callable[[Settled], None]"

    def __init__(
        self, address: Address, head: Head, now: datetime, is_online: Callable[[UUID], bool]
    ) -> None:
        """Begin a turn at this moment."""
        self.address = address
        self.head = head
        self.now = now
        self.now_ms = int(now.timestamp() * 1000)
        self.steps: list[Step] = []
        self._is_online = is_online

    def begin(self, step: Step) -> None:
        """Turn to the next letter."""
        letter = step.letter
        self.step = step
        self.work = step.work
        self.principal = letter.principal
        self.acted_at = letter.made_at or self.now
        self.command_id = letter.id or self.new_id()

    def publish(self, event: Happened) -> Happened:
        """Have an event happen: memory follows it, and everybody who follows the topic hears."""
        self.step.published.append(event)
        return event

    def note(self, event: Happened) -> Happened:
        """Have memory follow an event that nobody else hears; its truth is in the rows written."""
        self.step.noted.append(event)
        return event

    def new_id(self) -> UUID:
        """Make an identifier for something that comes into being in this turn."""
        return uuid7(self.now_ms)

    def is_online(self, user_id: UUID) -> bool:
        """Tell whether a person has a socket open; passing, and no ground for a promise."""
        return self._is_online(user_id)

    def numbered(self, steps: int) -> list[Numbered]:
        """Number the events of the first steps, as they will stand in the topic's log.

        Of a conflated event only the last is kept: the earlier ones say nothing more.
        """
        events = [event for step in self.steps[:steps] for event in step.published]
        last = {type(event): place for place, event in enumerate(events) if event.conflated}
        kept = [
            event
            for place, event in enumerate(events)
            if last.get(type(event), place) == place
        ]
        first = self.head.seq + 1
        return [
            Numbered(first + place, event, encode_json(event)) for place, event in enumerate(kept)
        ]


class Settled:
    """How the commit of a turn ended."""

    __slots__ = ("committed", "cut", "lost", "numbered", "stored", "unavailable")

    def __init__(self) -> None:
        """Begin with nothing known."""
        self.committed = 0
        """How many steps are durable; always the first ones."""
        self.numbered: list[Numbered] = []
        self.cut: Refusal | None = None
        """What the database refused the step after them with."""
        self.stored: Outcome | None = None
        """Instead: the outcome that was already known for its id."""
        self.lost = False
        """Another process owns the actor now."""
        self.unavailable: str | None = None
        """Nothing could be committed, and why."""

"""Turns: what waited in a mailbox, decided in order, committed as one."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from actors.letter import AnyLetter
from actors.outcome import Outcome
from actors.part import AnyPart
from actors.ports import Fanout, Head, Numbered, Work
from actors.principal import Principal
from protocol.address import Address
from protocol.codec import encode_json
from protocol.ids import uuid7
from protocol.messages import Answer, Event
from protocol.refusals import Refusal

Happened = TypeVar("Happened", bound=Event)
States = dict[AnyPart, Any]


class Step:
    """One letter of a turn: what it was decided to and what that wants written."""

    __slots__ = (
        "after",
        "answer",
        "happened",
        "letter",
        "outcome",
        "published",
        "states",
        "work",
        "writes",
    )

    def __init__(self, letter: AnyLetter) -> None:
        """Begin with nothing decided."""
        self.letter = letter
        self.work: Work | None = None
        self.after: list[Callable[[], None]] = []
        """Passing things to do once it is durable, such as taking a socket off the topic."""
        self.answer: Answer | None = None
        self.happened: list[Event] = []
        """What memory follows, in order."""
        self.published: list[Event] = []
        """What of it the followers of the topic hear."""
        self.outcome: Outcome
        self.writes: bool
        """Whether anything of it must be committed."""
        self.states: States
        """The actor's states after this step."""

    def encoded(self, event: Event) -> bytes:
        """Give an event as JSON; where the event is also the answer, that has been written."""
        return self.outcome.body if event is self.answer else encode_json(event)


class Turn:
    """What a handler sees of the turn it is part of; one at a time, step by step.

    `now` is when the turn began; `acted_at` when the person acted, which may be earlier.
    """

    __slots__ = (
        "_fanout",
        "_new_work",
        "acted_at",
        "address",
        "command_id",
        "give_up_behind",
        "head",
        "is_settled",
        "now",
        "now_ms",
        "principal",
        "settle",
        "shard",
        "step",
        "steps",
    )

    principal: Principal
    command_id: UUID
    """The id of the command, or of what is heard; a query has none."""
    acted_at: datetime
    step: Step
    settle: "Callable[[Settled], None]"
    """Tells the actor how the commit ended."""
    give_up_behind: Callable[[Refusal], list[AnyLetter]]
    """Has the actor refuse what waits behind this turn, whose end is long in coming."""

    def __init__(  # noqa: PLR0913 - made in one place
        self,
        address: Address,
        head: Head,
        now: datetime,
        *,
        fanout: Fanout,
        new_work: Callable[[], Work],
        shard: int = 0,
    ) -> None:
        """Begin a turn at this moment."""
        self.address = address
        self.shard = shard
        self.head = head
        self.now = now
        self.now_ms = int(now.timestamp() * 1000)
        self.steps: list[Step] = []
        self.is_settled = False
        self._fanout = fanout
        self._new_work = new_work

    def begin(self, step: Step) -> None:
        """Turn to the next letter."""
        letter = step.letter
        self.step = step
        self.principal = letter.principal
        self.acted_at = letter.made_at or self.now
        if letter.id is not None:
            self.command_id = letter.id

    @property
    def letters(self) -> list[AnyLetter]:
        """What it decides, in order."""
        return [step.letter for step in self.steps]

    @property
    def work(self) -> Work:
        """What the present step wants written."""
        step = self.step
        if step.work is None:
            step.work = self._new_work()
        return step.work

    def works(self) -> Iterator[Work]:
        """Go through what this turn wants written so far, step by step."""
        for step in (*self.steps, self.step):
            if step.work is not None:
                yield step.work

    def publish(self, event: Happened) -> Happened:
        """Have an event happen: memory follows it, and everybody who follows the topic hears."""
        self.step.happened.append(event)
        self.step.published.append(event)
        return event

    def note(self, event: Happened) -> Happened:
        """Have memory follow an event that nobody else hears; its truth is in the rows written."""
        self.step.happened.append(event)
        return event

    def new_id(self) -> UUID:
        """Make an identifier for something that comes into being in this turn."""
        return uuid7(self.now_ms)

    def expel(self, user_id: UUID) -> None:
        """Have every socket of a person taken off this actor's topic, once the turn is durable."""
        self.step.after.append(partial(self._fanout.expel, self.address, user_id))

    def is_online(self, user_id: UUID) -> bool:
        """Tell whether a person has a socket open; passing, and no ground for a promise."""
        return self._fanout.is_online(user_id)

    def give_up(self, why: str) -> None:
        """Tell the actor that nothing of this was committed, unless it knows how it ended."""
        if not self.is_settled:
            settled = Settled()
            settled.unavailable = why
            self.settle(settled)

    def numbered(self, steps: int) -> list[Numbered]:
        """Number the events of the first steps, as they will stand in the topic's log.

        Of a conflated event only the last is kept: the earlier ones say nothing more.
        """
        events = [(event, step) for step in self.steps[:steps] for event in step.published]
        last = {type(event): place for place, (event, _) in enumerate(events) if event.conflated}
        if last:
            events = [
                found
                for place, found in enumerate(events)
                if last.get(type(found[0]), place) == place
            ]
        return [
            Numbered(number, event, step.encoded(event))
            for number, (event, step) in enumerate(events, self.head.seq + 1)
        ]


class Settled:
    """How the commit of a turn ended."""

    __slots__ = (
        "committed",
        "cut",
        "is_elsewhere",
        "is_lost",
        "numbered",
        "stored",
        "unavailable",
    )

    def __init__(self) -> None:
        """Begin with nothing known."""
        self.committed = 0
        """How many steps are durable; always the first ones."""
        self.numbered: list[Numbered] = []
        self.cut: Refusal | None = None
        """What the database refused the step after them with."""
        self.stored: Outcome | None = None
        """Instead: the outcome that was already known for its id."""
        self.is_lost = False
        """Somebody else has committed for the actor, or owns it; nothing of this is durable."""
        self.is_elsewhere = False
        """The database knows another owner of its shard."""
        self.unavailable: str | None = None
        """Nothing could be committed, and why."""

"""What is rendered: the public words, and what of them the renderers ask for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from protocol.common import COMMON
from protocol.messages import Answer, Ask, Command, Event
from protocol.refusals import Refusal
from protocol.vocabulary import Vocabulary, tag_of

Word = TypeVar("Word")
Snapshots = Mapping[str, Mapping[str, type[msgspec.Struct]]]
"""For each kind of topic the parts of its snapshot, by name."""


class WordUnplaced(Exception):
    """A message says too little of itself to be written down."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Something bounded, and what happens at the bound."""

    what: str
    value: str
    answer: str
    """A refusal's code, a close code's name, or a sentence."""


@dataclass(frozen=True)
class Language:
    """The public words of the rooms, and what the house adds to them."""

    vocabulary: Vocabulary
    snapshots: Snapshots = field(default_factory=dict)
    limits: tuple[Limit, ...] = ()
    """Limits that the house sets, beside those of the protocol."""

    @property
    def asks(self) -> list[type[Ask]]:
        """Commands and queries, in the order of their tags."""
        return _by_name(self.vocabulary.asks)

    @property
    def answers(self) -> list[type[Answer]]:
        """What asks are answered with, in the order of tags; events may be among them."""
        return _by_name({tag_of(ask.reply): ask.reply for ask in self.asks})

    @property
    def events(self) -> list[type[Event]]:
        """What is pushed, in the order of tags."""
        return _by_name(self.vocabulary.events)

    @property
    def refusals(self) -> list[type[Refusal]]:
        """Everything an ask or a request may be refused with, the common ones first."""
        common = {refusal.code for refusal in COMMON}
        rooms = {
            code: word for code, word in self.vocabulary.refusals.items() if code not in common
        }
        return [*unique_names([*COMMON, *_by_name(rooms)]).values()]

    def topics_of(self, event: type[Event]) -> tuple[str, ...]:
        """List the kinds of topic an event is pushed on.

        Raises WordUnplaced when neither a command nor the event says one.
        """
        answering = {
            ask.actor for ask in self.asks if issubclass(ask, Command) and ask.reply is event
        }
        kinds = tuple(sorted(answering.union(event.topics)))
        if not kinds:
            problem = f"{event.__name__} answers no command; declare its `topics`."
            raise WordUnplaced(problem)
        return kinds

    def events_on(self, kind: str) -> list[type[Event]]:
        """List the events of one kind of topic."""
        return [event for event in self.events if kind in self.topics_of(event)]

    @property
    def kinds(self) -> list[str]:
        """The kinds of topic there are."""
        found = {ask.actor for ask in self.asks} | set(self.snapshots)
        return sorted(found.union(*(self.topics_of(event) for event in self.events)))


def _by_name(words: Mapping[str, Word]) -> list[Word]:
    return [words[name] for name in sorted(words)]


def unique_names(kinds: Iterable[type[Word]]) -> dict[str, type[Word]]:
    """Key types by their names. Raises WordUnplaced when two share one."""
    found: dict[str, type[Word]] = {}
    for kind in kinds:
        if found.setdefault(kind.__name__, kind) is not kind:
            other = found[kind.__name__].__module__
            problem = f"{kind.__name__} stands in {other} and in {kind.__module__}; rename one."
            raise WordUnplaced(problem)
    return found

"""Parts: what one domain knows and does inside one kind of actor.

A Part is a state and its handlers. Handlers are plain functions of a message, the states they name
in their signature, and the Turn; nothing in them waits, reads a clock or draws a random number.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from actors.kind import ActorKind
from actors.principal import Principal
from protocol.messages import Answer, Ask, Event, Tell

State = TypeVar("State", bound=msgspec.Struct)
Function = TypeVar("Function", bound=Callable[..., Any])

Load = Callable[[Sequence[UUID]], Awaitable[Mapping[UUID, State]]]
Snapshot = Callable[[UUID, Principal], Awaitable[msgspec.Struct | None]]
Evolve = Callable[[Any, Any], Any]


class Part(Generic[State]):
    """One domain's share of an actor.

    `load` reads the states of many actors in one query; those it does not return begin `empty`.
    `admits`, where given, must let a person in before any handler of the actor hears them.
    `snapshot`, where given, says what a reader of the actor's topic is shown when they come anew.
    """

    def __init__(  # noqa: PLR0913 - a Part is declared once, by name
        self,
        name: str,
        *,
        of: ActorKind,
        empty: State,
        load: Load[State],
        admits: Callable[[State, Principal], bool] | None = None,
        snapshot: Snapshot | None = None,
    ) -> None:
        """Declare a Part; its handlers are added by the decorators below."""
        self.name = name
        self.of = of
        self.empty = empty
        self.load = load
        self.admits = admits
        self.snapshot = snapshot
        self.handlers: dict[type[Ask | Tell], Callable[..., Answer | None]] = {}
        self.evolutions: dict[type[Event], Evolve] = {}
        self.reactions: dict[type[Event], Callable[..., None]] = {}

    @property
    def state(self) -> type[msgspec.Struct]:
        """The type of its state, by which handlers ask for it."""
        return type(self.empty)

    def handles(self, ask: type[Ask]) -> Callable[[Function], Function]:
        """Make a function the handler of a command or query."""
        return self._registers(ask)

    def hears(self, tell: type[Tell]) -> Callable[[Function], Function]:
        """Make a function the handler of a tell."""
        return self._registers(tell)

    def _registers(self, message: type[Ask] | type[Tell]) -> Callable[[Function], Function]:
        def register(function: Function) -> Function:
            _put(self.handlers, message, function)
            return function

        return register

    def evolves(self, *events: type[Event]) -> Callable[[Function], Function]:
        """Make a pure function (state, event) -> state the way the state follows these events."""

        def register(function: Function) -> Function:
            for event in events:
                _put(self.evolutions, event, function)
            return function

        return register

    def reacts(self, *events: type[Event]) -> Callable[[Function], Function]:
        """Make a function what follows when one of these events happened in the same actor.

        It is given the event, the states it names and the Turn, in the turn of the event and after
        memory followed it; it may write, tell and publish, so that one room follows another's
        events without that one knowing.
        """

        def register(function: Function) -> Function:
            for event in events:
                _put(self.reactions, event, function)
            return function

        return register

    def __repr__(self) -> str:
        """Name it."""
        return f"<Part {self.of.name}.{self.name}>"


class TwoForOne(Exception):
    """A Part was given two functions for one thing; only one of them could ever run."""


def _put(functions: dict[Any, Any], message: type, function: Callable[..., Any]) -> None:
    if message in functions:
        problem = f"{message.__name__} has {functions[message].__name__} and {function.__name__}"
        raise TwoForOne(problem)
    functions[message] = function


AnyPart = Part[Any]

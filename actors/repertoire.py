"""The repertoire: which kinds of actor there are, and which Part answers to which message."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any, get_type_hints

import msgspec

from actors.kind import ActorKind
from actors.part import AnyPart, Evolve, Part
from actors.turn import Turn
from protocol.address import Address, kind_of
from protocol.messages import Event, Message, Tell


class BadHandler(Exception):
    """A handler's signature asks for something its actor does not have."""


@dataclass(frozen=True, slots=True)
class Handler:
    """A function and the Parts whose states it is given."""

    function: Callable[..., Any]
    needs: tuple[AnyPart, ...]


@dataclass(slots=True)
class Role:
    """What one kind of actor can do."""

    kind: ActorKind
    parts: list[AnyPart] = field(default_factory=list)
    gates: list[AnyPart] = field(default_factory=list)
    """Parts that decide who is let in."""
    handlers: dict[type[Message], Handler] = field(default_factory=dict)
    evolutions: dict[type[Event], list[tuple[AnyPart, Evolve]]] = field(default_factory=dict)
    reactions: dict[type[Event], list[Handler]] = field(default_factory=dict)
    loads_before: dict[type[Message], tuple[AnyPart, ...]] = field(default_factory=dict)
    """The Parts a message needs to be decided: the handler's, the gates, and those of reactions,
    which are learned when an event first calls for them."""

    def learn(self, messages: Iterable[Message], parts: Iterable[AnyPart]) -> None:
        """Remember that these messages lead to reactions which need these Parts."""
        for message in messages:
            known = self.loads_before[type(message)]
            self.loads_before[type(message)] = tuple(dict.fromkeys([*known, *parts]))


class Repertoire:
    """The kinds of actor, by name."""

    def __init__(self, parts: Iterable[AnyPart]) -> None:
        """Tie handlers to the Parts they name. Raises BadHandler."""
        self.roles: dict[str, Role] = {}
        for part in parts:
            role = self.roles.setdefault(part.of.name, Role(part.of))
            role.parts.append(part)
            if part.admits is not None:
                role.gates.append(part)
        for role in self.roles.values():
            _tie(role)

    def role_at(self, address: Address) -> Role | None:
        """Find the role of an address; None where there can be no actor."""
        role = self.roles.get(kind_of(address))
        return role if role is not None and role.kind.keyed is ("/" in address) else None

    @classmethod
    def of(cls, modules: Iterable[ModuleType]) -> "Repertoire":
        """Gather the Parts that stand in these modules."""
        found = {
            id(thing): thing
            for module in modules
            for thing in vars(module).values()
            if isinstance(thing, Part)
        }
        return cls(found.values())


def _tie(role: Role) -> None:
    by_state = {part.state: part for part in role.parts}
    if len(by_state) < len(role.parts):
        problem = f"two Parts of {role.kind.name} have states of one type"
        raise BadHandler(problem)
    for part in role.parts:
        for message, function in part.handlers.items():
            if message.actor != role.kind.name:
                problem = f"{message.__name__} is for {message.actor}, not for {role.kind.name}"
                raise BadHandler(problem)
            if message in role.handlers:
                problem = f"{message.__name__} has two handlers"
                raise BadHandler(problem)
            handler = Handler(function, _needs(function, by_state))
            role.handlers[message] = handler
            gates = [] if issubclass(message, Tell) else role.gates
            role.loads_before[message] = tuple(dict.fromkeys([*gates, *handler.needs]))
        for event, evolve in part.evolutions.items():
            role.evolutions.setdefault(event, []).append((part, evolve))
        for event, function in part.reactions.items():
            handler = Handler(function, _needs(function, by_state))
            role.reactions.setdefault(event, []).append(handler)


def _needs(
    function: Callable[..., Any], by_state: dict[type[msgspec.Struct], AnyPart]
) -> tuple[AnyPart, ...]:
    """Read a handler's signature: the message, then states of its actor, then the Turn."""
    needs = []
    for state in _states_named(function):
        part = by_state.get(state)
        if part is None:
            problem = f"{function.__qualname__}: no Part of this actor has the state {state}"
            raise BadHandler(problem)
        needs.append(part)
    return tuple(needs)


@cache
def _states_named(function: Callable[..., Any]) -> tuple[type[msgspec.Struct], ...]:
    hints = get_type_hints(function)
    _message, *states, turn = inspect.signature(function).parameters
    if hints.get(turn) is not Turn:
        problem = f"{function.__qualname__} must take the Turn last"
        raise BadHandler(problem)
    return tuple(hints[name] for name in states)

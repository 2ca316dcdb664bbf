"""Marks on fields that not everybody may see, put into `Annotated` beside their limits."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, get_args, get_type_hints

import msgspec


class Mark(Enum):
    """What must be kept from whom."""

    PRIVATE = "private"
    """For the people concerned: never in a log line, a metric or an error report."""
    SECRET = "secret"  # noqa: S105 - the name of a mark, not a secret
    """For nobody: besides, never in an event, a stored reply or an outcome."""


PRIVATE = Mark.PRIVATE
SECRET = Mark.SECRET


@dataclass(frozen=True, slots=True)
class Marked:
    """The fields of one message type that carry a mark."""

    private: frozenset[str]
    secret: frozenset[str]


_known: dict[type, Marked] = {}


def marks_of(kind: type[msgspec.Struct]) -> Marked:
    """Find the marked fields of a message type."""
    known = _known.get(kind)
    if known is None:
        hints = get_type_hints(kind, include_extras=True)
        found = {name: _marks_in(hints[name]) for name in kind.__struct_fields__}
        known = _known[kind] = Marked(
            frozenset(name for name, marks in found.items() if PRIVATE in marks),
            frozenset(name for name, marks in found.items() if SECRET in marks),
        )
    return known


def _marks_in(annotation: Any) -> set[Mark]:
    """Gather marks at any depth: `Note | None` is as private as `Note`."""
    found = {mark for mark in getattr(annotation, "__metadata__", ()) if isinstance(mark, Mark)}
    for inner in get_args(annotation):
        found |= _marks_in(inner)
    return found


def without_private(message: msgspec.Struct) -> dict[str, Any]:
    """Show a message as a log may show it: marked fields are replaced by their mark.

    The same holds for the values inside it, at any depth.
    """
    marked = marks_of(type(message))
    shown: dict[str, Any] = {}
    for name in message.__struct_fields__:
        if name in marked.secret or name in marked.private:
            shown[name] = f"<{SECRET.value if name in marked.secret else PRIVATE.value}>"
        else:
            shown[name] = _shown(getattr(message, name))
    return shown


def _shown(value: object) -> Any:
    if isinstance(value, msgspec.Struct):
        return without_private(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(inner) for inner in value]
    if isinstance(value, dict):
        return {key: _shown(inner) for key, inner in value.items()}
    return value

"""What somebody missed of a topic, as it may be told today.

What was changed or taken back since it happened is not told again as it was: its place is kept, so
that the numbers have no hole, and says where the change stands.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from backend.persistence.event_log import Logged
from protocol.address import Address
from protocol.limits import RESUME_BYTES_MAX, RESUME_EVENTS_MAX
from protocol.messages import Event
from protocol.position import Position
from protocol.withdrawn import Withdrawn


class _Tagged(msgspec.Struct):
    """As much of an event as says which it is."""

    type: str


_decode_tag = msgspec.json.Decoder(_Tagged).decode


ReadAfter = Callable[[str, Position, int], Awaitable[list[Logged]]]


async def missed(
    read_after: ReadAfter,
    topic: Address,
    position: Position,
    head: Position,
    events: Mapping[str, type[Event]],
) -> list[Logged] | None:
    """Read every event behind a position; None when a snapshot must be given instead."""
    behind = head.number - position.number
    if behind == 0:
        return []
    if behind < 0 or behind > RESUME_EVENTS_MAX:
        return None
    logged = await read_after(topic, position, RESUME_EVENTS_MAX)
    return told_of(logged, position, head, events)


def told_of(
    logged: Sequence[Logged], position: Position, head: Position, events: Mapping[str, type[Event]]
) -> list[Logged] | None:
    """Say what is told of the events between a position and the head; None: a snapshot instead."""
    is_whole = [event.number for event in logged] == [*range(position.number + 1, head.number + 1)]
    size = sum(len(event.body) for event in logged)
    if not is_whole or size > RESUME_BYTES_MAX:
        return None
    return as_told_today(logged, head.generation, events)


def as_told_today(
    logged: Sequence[Logged], generation: int, events: Mapping[str, type[Event]]
) -> list[Logged] | None:
    """Withdraw what later events changed; None when one changed more than can be named."""
    kinds = [events.get(_decode_tag(event.body).type) for event in logged]
    if not any(kind is not None and kind.withdraws for kind in kinds):
        return list(logged)
    told: list[Logged] = []
    changed_at: dict[Any, int] = {}
    for event, kind in zip(reversed(logged), reversed(kinds), strict=True):
        if kind is not None and kind.withdraws and kind.about is None:
            return None
        about = None if kind is None or kind.about is None else _value(event.body, kind.about)
        if about in changed_at:
            by = str(Position(generation, changed_at[about]))
            told.append(Logged(event.number, event.at, msgspec.json.encode(Withdrawn(by=by))))
            continue
        if about is not None and kind is not None and kind.withdraws:
            changed_at[about] = event.number
        told.append(event)
    return told[::-1]


def _value(body: bytes, path: str) -> Any:
    value = msgspec.json.decode(body)
    for name in path.split("."):
        value = value[name]
    return value

"""Which types belong to the language: everything that can be reached from frames and words."""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import inspect as shapes

from protocol import frames
from protocol.refusals import Refused
from protocol.rendering.fields import fields_of
from protocol.rendering.language import Language, unique_names

CLIENT_FRAMES: tuple[type[msgspec.Struct], ...] = (
    frames.Hello,
    frames.Call,
    frames.Join,
    frames.Leave,
    frames.SetPresence,
)
SERVER_FRAMES: tuple[type[msgspec.Struct], ...] = (
    frames.Welcome,
    frames.Reply,
    frames.Snapshot,
    frames.Joined,
    frames.Push,
    frames.Presence,
    frames.Problem,
    frames.Heartbeat,
    frames.Bye,
)


def sent(language: Language) -> dict[str, type[msgspec.Struct]]:
    """Name every type a client sends, and those inside them."""
    return unique_names(_reached([*CLIENT_FRAMES, *language.asks]))


def received(language: Language) -> dict[str, type[msgspec.Struct]]:
    """Name every type a client receives, and those inside them."""
    shown = [kind for parts in language.snapshots.values() for kind in parts.values()]
    return unique_names(
        _reached([*SERVER_FRAMES, *language.answers, *language.events, *dict.fromkeys(shown)])
    )


def spoken(language: Language) -> dict[str, type[msgspec.Struct]]:
    """Name every type that travels."""
    return unique_names([*sent(language).values(), *received(language).values()])


def values_of(language: Language) -> list[type[msgspec.Struct]]:
    """List the types that only travel inside others, by name."""
    own = {*CLIENT_FRAMES, *SERVER_FRAMES, *language.asks, *language.answers, *language.events}
    found = spoken(language)
    return [found[name] for name in sorted(found) if found[name] not in own]


def _reached(kinds: Iterable[type[msgspec.Struct]]) -> list[type[msgspec.Struct]]:
    """Follow fields from these types to all others, each once, in a fixed order."""
    found: dict[type[msgspec.Struct], None] = {}
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop(0)
        if kind not in found:
            found[kind] = None
            for field in fields_of(kind):
                waiting.extend(_inside(field.shape))
    return list(found)


def _inside(shape: shapes.Type) -> Iterator[type[msgspec.Struct]]:
    if isinstance(shape, shapes.StructType):
        if shape.cls is not Refused:  # each refusal stands for itself, with its own facts
            yield shape.cls
    elif isinstance(shape, shapes.UnionType):
        for one in shape.types:
            yield from _inside(one)
    elif isinstance(shape, shapes.ListType | shapes.VarTupleType):
        yield from _inside(shape.item_type)
    elif isinstance(shape, shapes.DictType):
        yield from _inside(shape.value_type)

"""TypeScript types of the JSON form, exact enough that a wrong frame does not compile."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import inspect as shapes

from protocol.common import COMMON
from protocol.messages import Ask
from protocol.refusals import Refusal
from protocol.rendering.closure import (
    CLIENT_FRAMES,
    SERVER_FRAMES,
    received,
    sent,
    spoken,
    values_of,
)
from protocol.rendering.describing import MOMENT, describe, literals_of
from protocol.rendering.fields import Field, facts_of, fields_of
from protocol.rendering.language import Language
from protocol.vocabulary import tag_of

_HEAD = """\
// The language of Tandem, protocol v1, as it travels in JSON.
// Generated from the messages by `make generate`; do not edit.

/** A UUID in its canonical form; ids of calls are UUIDv7. */
export type Uuid = string;
/** A moment, RFC 3339 in UTC: `2026-03-02T09:00:00Z`. */
export type Timestamp = string;
/** A calendar day of somebody's own: `2026-03-02`. */
export type LocalDay = string;
/** A place in a topic: `generation.number`. */
export type Position = string;
"""

_TAIL = """\
/** What a client may put into one WebSocket message. */
export type FromClient = ClientFrame | readonly ClientFrame[];
/** What one WebSocket message from the server may be. */
export type FromServer = ServerFrame | readonly ServerFrame[];
/** What this ask is answered with when it is granted. */
export type AnswerTo<A extends Ask> = Answers[A["type"]];
/** What this ask may be refused with. */
export type RefusalOf<A extends Ask> = Refusals[A["type"]] | CommonRefusal;
/** The event of this type. */
export type EventOf<T extends Event["type"]> = Extract<Event, { type: T }>;
"""

_OVERRIDES = {
    ("Call", "do"): "Ask",
    ("Reply", "ok"): "Answer",
    ("Reply", "refused"): "AnyRefusal",
    ("Push", "event"): "Event",
    ("Problem", "refused"): "AnyRefusal",
    ("Snapshot", "state"): "Snapshots[keyof Snapshots]",
    ("Snapshot", "pos"): "Position",
    ("Joined", "pos"): "Position",
    ("Push", "pos"): "Position",
    ("Join", "pos"): "Position | null",
    ("Hello", "resume"): "{ readonly [topic: string]: Position }",
    ("Heartbeat", "heads"): "{ readonly [topic: string]: Position }",
}


def render_types(language: Language) -> str:
    """Write `tandem.d.ts`."""
    outgoing = set(sent(language))
    incoming = set(received(language)) - outgoing

    def interfaces(kinds: Iterable[type[msgspec.Struct]]) -> list[str]:
        return [_interface(kind, is_whole=kind.__name__ in incoming) for kind in kinds]

    words = spoken(language)
    answers = dict.fromkeys([*language.answers, *language.events])
    messages = sorted({kind.__name__ for kind in (*language.asks, *answers)})
    parts = [
        _HEAD,
        _banner("Frames"),
        *interfaces([*CLIENT_FRAMES, *SERVER_FRAMES]),
        _union("ClientFrame", "Any frame from the client.", CLIENT_FRAMES),
        _union("ServerFrame", "Any frame from the server.", SERVER_FRAMES),
        _banner("Messages"),
        *interfaces(words[name] for name in messages),
        _union("Ask", "Everything that may be asked: commands and queries.", language.asks),
        _union("Answer", "Everything an ask may be answered with.", language.answers),
        _union("Event", "Everything that may be pushed.", language.events),
        _banner("Values"),
        *interfaces(values_of(language)),
        _banner("Refusals"),
        *(_refusal(refusal) for refusal in language.refusals),
        _refusal_union(language),
        _banner("What belongs together"),
        _answers(language),
        _refusals(language),
        _events(language),
        _snapshots(language),
        _TAIL,
    ]
    return "\n".join(parts)


def _interface(kind: type[msgspec.Struct], *, is_whole: bool) -> str:
    """Write one type; one that is only received has all its fields, unless defaults are omitted."""
    config = kind.__struct_config__
    lines = [_comment(kind.__doc__ or ""), f"export interface {kind.__name__} {{"]
    if config.tag is not None:
        lines.append(f"  readonly {config.tag_field}: {json.dumps(config.tag)};")
    for field in fields_of(kind):
        is_there = field.is_required or (is_whole and not config.omit_defaults)
        lines += _property(kind.__name__, field, is_there=is_there)
    return "\n".join([*lines, "}", ""])


def _property(owner: str, field: Field, *, is_there: bool) -> list[str]:
    note = " ".join(part for part in (field.note, _limits(field.shape)) if part)
    note = note.replace("*/", "*\\/")
    written = _OVERRIDES.get((owner, field.name)) or typed(field.shape)
    lines = [f"  /** {note} */"] if note else []
    return [*lines, f"  readonly {field.name}{'' if is_there else '?'}: {written};"]


def _limits(shape: shapes.Type) -> str:
    """Say in words what the type cannot say: its limits, where it has any."""
    said = describe(shape)
    has_limits = any(sign.isdigit() for sign in said.replace(MOMENT, ""))
    return f"{said[0].upper()}{said[1:]}." if has_limits else ""


def typed(shape: shapes.Type) -> str:
    """Write the type of a value."""
    return _TYPES[type(shape)](shape)


def _array(shape: Any) -> str:
    item = typed(shape.item_type)
    return f"readonly ({item})[]" if " " in item else f"readonly {item}[]"


def _literals(shape: Any) -> str:
    return " | ".join(json.dumps(value) for value in literals_of(shape))


def _either(shape: Any) -> str:
    ordered = sorted(shape.types, key=lambda one: isinstance(one, shapes.NoneType))
    return " | ".join(dict.fromkeys(typed(one) for one in ordered))


def _always(written: str) -> Callable[[Any], str]:
    return lambda _shape: written


_TYPES: dict[type[shapes.Type], Callable[[Any], str]] = {
    shapes.AnyType: _always("unknown"),
    shapes.RawType: _always("unknown"),
    shapes.NoneType: _always("null"),
    shapes.BoolType: _always("boolean"),
    shapes.IntType: _always("number"),
    shapes.FloatType: _always("number"),
    shapes.StrType: _always("string"),
    shapes.UUIDType: _always("Uuid"),
    shapes.DateTimeType: _always("Timestamp"),
    shapes.DateType: _always("LocalDay"),
    shapes.EnumType: _literals,
    shapes.LiteralType: _literals,
    shapes.UnionType: _either,
    shapes.ListType: _array,
    shapes.VarTupleType: _array,
    shapes.DictType: lambda shape: f"{{ readonly [key: string]: {typed(shape.value_type)} }}",
    shapes.StructType: lambda shape: str(shape.cls.__name__),
}


def refusal_name(refusal: type[Refusal]) -> str:
    """Name a refusal's type; events and refusals may otherwise be called the same."""
    return f"{refusal.__name__}Refusal"


def _refusal(refusal: type[Refusal]) -> str:
    facts = " ".join(
        f"readonly {field.name}: {typed(field.shape)};" for field in fields_of(facts_of(refusal))
    )
    return "\n".join(
        [
            _comment(refusal.__doc__ or ""),
            f"export interface {refusal_name(refusal)} {{",
            f"  readonly code: {json.dumps(refusal.code)};",
            f"  /** {refusal.sentence} */",
            "  readonly message: string;",
            f"  readonly facts: {{ {facts} }};" if facts else "  readonly facts: {};",
            f"  readonly temporary: {json.dumps(refusal.temporary)};",
            "}",
            "",
        ]
    )


def _refusal_union(language: Language) -> str:
    return "\n".join(
        [
            _union_of("CommonRefusal", "What any ask may meet.", map(refusal_name, COMMON)),
            _union_of("AnyRefusal", "Every refusal.", map(refusal_name, language.refusals)),
        ]
    )


def _answers(language: Language) -> str:
    return _mapping(
        "Answers",
        "What each ask is answered with.",
        [(tag_of(ask), ask.reply.__name__) for ask in language.asks],
    )


def _refusals(language: Language) -> str:
    return _mapping(
        "Refusals",
        "What each ask may be refused with, beside the common refusals.",
        [(tag_of(ask), _refusals_of(ask)) for ask in language.asks],
    )


def _refusals_of(ask: type[Ask]) -> str:
    return " | ".join(refusal_name(refusal) for refusal in ask.refusals) or "never"


def _events(language: Language) -> str:
    rows = [
        (kind, " | ".join(event.__name__ for event in language.events_on(kind)) or "never")
        for kind in language.kinds
    ]
    return _mapping("TopicEvents", "What is pushed on each kind of topic.", rows)


def _snapshots(language: Language) -> str:
    rows = []
    for kind in language.kinds:
        parts = language.snapshots.get(kind, {})
        shown = " ".join(f"readonly {name}?: {parts[name].__name__};" for name in sorted(parts))
        rows.append((kind, f"{{ {shown} }}" if shown else "{}"))
    return _mapping("Snapshots", "What the snapshot of each kind of topic shows.", rows)


def _mapping(name: str, said: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"  readonly {json.dumps(key)}: {written};" for key, written in rows]
    return "\n".join([_comment(said), f"export interface {name} {{", *lines, "}", ""])


def _union(name: str, said: str, kinds: Iterable[type]) -> str:
    return _union_of(name, said, (kind.__name__ for kind in kinds))


def _union_of(name: str, said: str, names: Iterable[str]) -> str:
    lines = [f"  | {one}" for one in names] or ["  | never"]
    return "\n".join([_comment(said), f"export type {name} =", *lines]) + ";\n"


def _comment(said: str) -> str:
    lines = [line.strip() for line in said.strip().splitlines()]
    if len(lines) == 1:
        return f"/** {lines[0]} */"
    return "\n".join(["/**", *(f" * {line}".rstrip() for line in lines), " */"])


def _banner(title: str) -> str:
    return f"// {'-' * (76 - len(title))} {title}\n"

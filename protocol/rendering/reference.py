"""The reference: the whole language on one page, for the people who write apps."""

from collections.abc import Iterable, Sequence
from itertools import groupby

import msgspec

from protocol.closing import LIBRARY_CODES, Closing
from protocol.common import COMMON
from protocol.messages import Answer, Ask, Command, Event, Query, Role
from protocol.refusals import Refusal
from protocol.rendering import prose
from protocol.rendering.bounds import PROTOCOL_LIMITS, span
from protocol.rendering.closure import CLIENT_FRAMES, SERVER_FRAMES, values_of
from protocol.rendering.describing import describe
from protocol.rendering.fields import Field, facts_of, fields_of
from protocol.rendering.language import Language
from protocol.vocabulary import tag_of


def render_reference(language: Language) -> str:
    """Write `reference.md`."""
    sections = [
        prose.OPENING,
        _contents(language),
        prose.FROM_CLIENT,
        *(_frame(frame) for frame in CLIENT_FRAMES),
        prose.FROM_SERVER,
        *(_frame(frame) for frame in SERVER_FRAMES),
        "## Commands and queries\n",
        *_asks(language),
        prose.OVER_HTTP,
        *_answers(language),
        "## Events\n",
        *(_topic(language, kind) for kind in language.kinds),
        *(_event(language, event) for event in language.events),
        "## Values\n",
        *(_value(value) for value in values_of(language)),
        prose.REFUSALS,
        _refusals(language),
        prose.CLOSE_CODES,
        _close_codes(),
        prose.LIMITS,
        _limits(language),
    ]
    return "\n".join(sections)


def _contents(language: Language) -> str:
    lines = ["## Contents\n"]
    for room, asks in _by_room(language.asks):
        links = ", ".join(f"[{tag_of(ask)}](#{_anchor(tag_of(ask))})" for ask in asks)
        lines.append(f"- Commands of {room}: {links}")
    for kind in language.kinds:
        links = ", ".join(
            f"[{tag_of(event)}](#{_anchor(tag_of(event))})" for event in language.events_on(kind)
        )
        lines.append(f"- Events on {_topic_name(kind)}: {links or 'none'}")
    lines.append("- [Refusals](#refusals), [close codes](#close-codes), [limits](#limits)")
    return "\n".join(lines) + "\n"


def _by_room(asks: Iterable[type[Ask]]) -> list[tuple[str, list[type[Ask]]]]:
    return [
        (room, list(found))
        for room, found in groupby(asks, key=lambda ask: tag_of(ask).partition(".")[0])
    ]


def _anchor(name: str) -> str:
    return name.replace(".", "")


def _topic_name(kind: str) -> str:
    keyed = f"{kind}/<id>"
    return f"`{kind if kind == 'announcements' else keyed}`"


# Frames, commands, events, values.


def _frame(frame: type[msgspec.Struct]) -> str:
    return f"### {frame.__struct_config__.tag}\n\n{_prose_of(frame)}\n\n{_fields(fields_of(frame))}"


def _asks(language: Language) -> list[str]:
    return [_ask(ask) for ask in language.asks] or ["There are none.\n"]


def _ask(ask: type[Ask]) -> str:
    tag = tag_of(ask)
    own = [refusal for refusal in ask.refusals if refusal not in COMMON]
    also = [refusal for refusal in ask.refusals if refusal in COMMON]
    facts = [
        f"- To: {_topic_name(ask.actor)}",
        f"- May be sent by: {'everybody' if ask.role is Role.USER else f'{ask.role.value}s'}",
        f"- Answered with: [{tag_of(ask.reply)}](#{_anchor(tag_of(ask.reply))})",
        f"- May be refused with: {_codes([*own, *also])}",
        f"- Over HTTP: `POST /v1/commands/{tag}`",
    ]
    if issubclass(ask, Query):
        facts.insert(0, "- A query: it changes nothing and is not remembered.")
    elif issubclass(ask, Command) and ask.back_dated_max:
        facts.append(f"- May be told up to {span(ask.back_dated_max)} later (`made_at`)")
    said = [_prose_of(ask), "\n".join(facts), _fields(fields_of(ask))]
    return "\n\n".join([f"### {tag}", *said])


def _codes(refusals: Sequence[type[Refusal]]) -> str:
    named = "".join(f"[{refusal.code}](#{refusal.code}), " for refusal in refusals)
    return (
        f"{named}and what any ask [may meet](#refusals)"
        if named
        else "only what any ask [may](#refusals)"
    )


def _answers(language: Language) -> list[str]:
    plain = [answer for answer in language.answers if not issubclass(answer, Event)]
    if not plain:
        return []
    return ["## Answers that are not events\n", *(_message(answer) for answer in plain)]


def _message(answer: type[Answer]) -> str:
    return f"### {tag_of(answer)}\n\n{_prose_of(answer)}\n\n{_fields(fields_of(answer))}"


def _topic(language: Language, kind: str) -> str:
    events = [f"[{tag_of(event)}](#{_anchor(tag_of(event))})" for event in language.events_on(kind)]
    lines = [f"### On {_topic_name(kind)}\n", f"Events: {', '.join(events) or 'none'}.\n"]
    parts = language.snapshots.get(kind, {})
    if parts:
        lines.append("Its `snapshot` shows in `state`:\n")
        lines += [
            f"- `{name}`: [{parts[name].__name__}](#{parts[name].__name__.lower()})"
            for name in sorted(parts)
        ]
        lines.append("")
    return "\n".join(lines)


def _event(language: Language, event: type[Event]) -> str:
    on = ", ".join(_topic_name(kind) for kind in language.topics_of(event))
    latest = " *Latest only.*" if event.conflated else ""
    return f"### {tag_of(event)}\n\n{_prose_of(event)}{latest}\n\nOn {on}.\n\n" + _fields(
        fields_of(event)
    )


def _value(value: type[msgspec.Struct]) -> str:
    tag = value.__struct_config__.tag
    kind = f" Its `type` is `{tag}`." if tag is not None else ""
    return f"### {value.__name__}\n\n{_prose_of(value)}{kind}\n\n{_fields(fields_of(value))}"


def _prose_of(kind: type) -> str:
    return "\n".join(line.strip() for line in (kind.__doc__ or "").strip().splitlines())


def _fields(fields: Sequence[Field]) -> str:
    if not fields:
        return "No fields.\n"
    return _table(
        ("Field", "What it holds", ""),
        [(f"`{field.name}`", describe(field.shape), _said_of(field)) for field in fields],
    )


def _said_of(field: Field) -> str:
    said = [] if field.is_required else ["May be left out."]
    if field.note:
        said.append(field.note)
    if field.mark:
        said.append(f"*{field.mark.capitalize()}*: never in a log.")
    return " ".join(said)


# Tables.


def _refusals(language: Language) -> str:
    return _table(
        ("Code", "When", "Facts", "HTTP", "Temporary"),
        [_refusal(refusal) for refusal in language.refusals],
    )


def _refusal(refusal: type[Refusal]) -> tuple[str, ...]:
    facts = ", ".join(f"`{field.name}`" for field in fields_of(facts_of(refusal)))
    when = f"{_prose_of(refusal).replace(chr(10), ' ')} “{refusal.sentence}”"
    anchor = f'<a id="{refusal.code}"></a>`{refusal.code}`'
    return anchor, when, facts, str(refusal.http_status), "yes" if refusal.temporary else ""


def _close_codes() -> str:
    own = [
        (str(closing.value), f"`{closing.reason}`", _advice(closing), closing.meaning)
        for closing in Closing
    ]
    library = [(str(code), "", "", said) for code, said in sorted(LIBRARY_CODES.items())]
    return _table(("Code", "Reason", "Then", "Meaning"), [*library, *own])


def _advice(closing: Closing) -> str:
    return "come back" if closing.comes_back else "stop"


def _limits(language: Language) -> str:
    return _table(
        ("What", "At most", "At the limit"),
        [(limit.what, limit.value, limit.answer) for limit in (*PROTOCOL_LIMITS, *language.limits)],
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

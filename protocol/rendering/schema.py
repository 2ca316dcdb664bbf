"""JSON Schema of the JSON form: every frame, message, value and refusal as a definition."""

import json
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import inspect as shapes

from protocol.limits import FRAME_MESSAGES_MAX
from protocol.messages import Ask, Command
from protocol.refusals import Refusal
from protocol.rendering.closure import CLIENT_FRAMES, SERVER_FRAMES, sent, spoken
from protocol.rendering.fields import facts_of, fields_of
from protocol.rendering.language import Language
from protocol.rendering.typescript import refusal_name
from protocol.vocabulary import tag_of

Schema = dict[str, Any]
_REF = "#/$defs/{name}"


def render_schema(language: Language) -> str:
    """Write `schema.json`."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:tandem:v1",
        "title": "The language of Tandem, protocol v1, as it travels in JSON",
        "$comment": "Generated from the messages by `make generate`; do not edit.",
        "anyOf": [_ref("FromClient"), _ref("FromServer")],
        "$defs": {**_unions(language), **_structs(language), **_refusals(language)},
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _ref(name: str) -> Schema:
    return {"$ref": _REF.format(name=name)}


def _unions(language: Language) -> Schema:
    asks = {tag_of(ask): ask.__name__ for ask in language.asks}
    answers = {tag_of(answer): answer.__name__ for answer in language.answers}
    events = {tag_of(event): event.__name__ for event in language.events}
    refusals = {refusal.code: refusal_name(refusal) for refusal in language.refusals}
    return {
        "FromClient": _one_or_many("ClientFrame", "What a client may put into one message."),
        "FromServer": _one_or_many("ServerFrame", "What one message from the server may be."),
        "ClientFrame": _union("type", _tags(CLIENT_FRAMES)),
        "ServerFrame": _union("type", _tags(SERVER_FRAMES)),
        "Ask": _union("type", asks),
        "Answer": _union("type", answers),
        "Event": _union("type", events),
        "Refusal": _union("code", refusals),
    }


def _tags(kinds: Iterable[type[msgspec.Struct]]) -> dict[str, str]:
    return {str(kind.__struct_config__.tag): kind.__name__ for kind in kinds}


def _one_or_many(frame: str, said: str) -> Schema:
    many = {"type": "array", "items": _ref(frame), "maxItems": FRAME_MESSAGES_MAX}
    return {"description": said, "oneOf": [_ref(frame), many]}


def _union(field: str, names: dict[str, str]) -> Schema:
    return {
        "oneOf": [_ref(name) for name in names.values()],
        "discriminator": {
            "propertyName": field,
            "mapping": {tag: _REF.format(name=name) for tag, name in names.items()},
        },
    }


def _structs(language: Language) -> Schema:
    kinds = spoken(language)
    _, found = msgspec.json.schema_components(kinds.values(), ref_template=_REF)
    outgoing = set(sent(language))
    asks = {ask.__name__: ask for ask in language.asks}
    for name, kind in kinds.items():
        definition = found[name]
        _mend(definition, kind)
        if name not in outgoing:
            _open_up(definition, kind)
        if name in asks:
            definition.update(_about(asks[name]))
    for event in language.events:
        found[event.__name__]["x-topics"] = list(language.topics_of(event))
    _tie(found)
    return {name: found[name] for name in sorted(found)}


def _mend(definition: Schema, kind: type[msgspec.Struct]) -> None:
    """Add what the library leaves out: moments, marks, and notes below fields."""
    for field in fields_of(kind):
        written = definition["properties"][field.name]
        _note_moments(written, field.shape)
        if field.note:
            written["description"] = field.note
        if field.mark:
            written["x-mark"] = field.mark


def _note_moments(written: Schema, shape: shapes.Type) -> None:
    if isinstance(shape, shapes.DateTimeType):
        written["format"] = "date-time"
    elif isinstance(shape, shapes.UnionType):
        if not any(isinstance(one, shapes.DateTimeType) for one in shape.types):
            return
        for option in written.get("anyOf", ()):
            if option == {"type": "string"}:
                option["format"] = "date-time"


def _open_up(definition: Schema, kind: type[msgspec.Struct]) -> None:
    """Say of what only the server sends: what is always there, and that more may come."""
    definition.pop("additionalProperties", None)
    if not kind.__struct_config__.omit_defaults:
        definition["required"] = list(definition["properties"])


def _about(ask: type[Ask]) -> Schema:
    about: Schema = {
        "x-actor": ask.actor,
        "x-role": ask.role.value,
        "x-answer": _REF.format(name=ask.reply.__name__),
        "x-refusals": [refusal.code for refusal in ask.refusals],
        "x-is-query": not issubclass(ask, Command),
    }
    if issubclass(ask, Command):
        about["x-back-dated-max-s"] = int(ask.back_dated_max.total_seconds())
    return about


def _tie(found: Schema) -> None:
    """Say what stands inside frames; to the codec it is raw."""
    found["Call"]["properties"]["do"] = _ref("Ask")
    found["Reply"]["properties"]["ok"] = _ref("Answer")
    found["Reply"]["properties"]["refused"] = _ref("Refusal")
    found["Push"]["properties"]["event"] = _ref("Event")
    found["Problem"]["properties"]["refused"] = _ref("Refusal")
    del found["Refused"]


def _refusals(language: Language) -> Schema:
    facts = {refusal: facts_of(refusal) for refusal in language.refusals}
    _, found = msgspec.json.schema_components(facts.values(), ref_template=_REF)
    written = {
        refusal_name(refusal): _refusal(refusal, found.pop(kind.__name__))
        for refusal, kind in facts.items()
    }
    return {**found, **written}


def _refusal(refusal: type[Refusal], facts: Schema) -> Schema:
    return {
        "title": refusal_name(refusal),
        "description": " ".join((refusal.__doc__ or "").split()),
        "type": "object",
        "properties": {
            "code": {"const": refusal.code},
            "message": {"type": "string", "description": refusal.sentence},
            "facts": {
                "type": "object",
                "properties": facts["properties"],
                "required": list(facts["properties"]),
            },
            "temporary": {"const": refusal.temporary},
        },
        "required": ["code", "message", "facts", "temporary"],
        "x-http-status": refusal.http_status,
    }

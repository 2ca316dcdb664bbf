"""Describing: what `/v1/schema` says of a command, from the declaration of its message."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import msgspec
from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Reference,
    RequestBody,
    Schema,
)

from backend.web.problems import MEDIA_TYPE
from protocol.common import (
    AlreadyGreeted,
    BatchTooLong,
    Forbidden,
    HelloExpected,
    Invalid,
    Malformed,
    NotFound,
    RateLimited,
    Temporary,
    TopicsTooMany,
    Unauthenticated,
    UnknownField,
)
from protocol.messages import Ask
from protocol.refusals import Refusal

_OF_SOCKETS = (AlreadyGreeted, BatchTooLong, HelloExpected, TopicsTooMany)
_HERE = "{name}"
_TAG = "type"


@dataclass
class Written(Schema):
    """A schema that is written already."""

    text: dict[str, Any] = field(default_factory=dict)

    def to_schema(self) -> dict[str, Any]:
        """Give it as it is written."""
        return self.text


def operation_of(ask: type[Ask], common: Iterable[type[Refusal]]) -> type[Operation]:
    """Make the operation of a command or a query, which may also be refused with what all may."""
    body = _schema_of(ask)
    body["required"] = [name for name in body["required"] if name != _TAG]  # It is in the path.
    answer = _schema_of(ask.reply)
    answer.pop("additionalProperties", None)  # A later server may say more.
    responses: dict[str, OpenAPIResponse | Reference] = {
        "200": _response("Done, and durable.", "application/json", answer)
    }
    responses |= _problems({*ask.refusals, *common}.difference(_OF_SOCKETS))

    @dataclass
    class OperationOfAsk(Operation):
        """Says of the body and the answers what the message says."""

        def __post_init__(self) -> None:
            self.request_body = RequestBody(_content("application/json", body), required=True)
            self.responses = responses

    return OperationOfAsk


@dataclass
class PlainOperation(Operation):
    """The operation of a plain route: what it may be refused with follows from what it takes."""

    def __post_init__(self) -> None:
        """Say so, beside what the route itself says."""
        found = dict(self.responses or {})
        found.pop("400", None)  # What Litestar would answer by itself, and Tandem does not.
        met = {RateLimited, Temporary, UnknownField}
        if self.security:
            met.add(Unauthenticated)
        if self.parameters:
            met.add(Invalid)
        if any(getattr(one, "param_in", None) == "path" for one in self.parameters or ()):
            met.add(NotFound)
        if self.request_body is not None:
            met |= {Invalid, Malformed}
        self.responses = _problems(met) | found


@dataclass
class AdminOperation(PlainOperation):
    """The operation of a plain route that is for admins."""

    def __post_init__(self) -> None:
        """Say so, beside what every plain route says."""
        super().__post_init__()
        self.responses = _problems({Forbidden}) | (self.responses or {})


def _problems(refusals: Iterable[type[Refusal]]) -> dict[str, OpenAPIResponse | Reference]:
    ordered = sorted(refusals, key=lambda refusal: refusal.http_status)
    return {
        str(status): _response(
            ", ".join(sorted(refusal.code for refusal in some)), MEDIA_TYPE, {"type": "object"}
        )
        for status, some in groupby(ordered, key=lambda refusal: refusal.http_status)
    }


def _response(says: str, media_type: str, schema: dict[str, Any]) -> OpenAPIResponse:
    return OpenAPIResponse(says, content=_content(media_type, schema))


def _content(media_type: str, schema: dict[str, Any]) -> dict[str, OpenAPIMediaType]:
    return {media_type: OpenAPIMediaType(schema=Written(text=schema))}


def _schema_of(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Write a message's schema as one piece, so that it needs no names that others may have."""
    _, found = msgspec.json.schema_components([kind], ref_template=_HERE)

    def inlined(part: Any) -> Any:
        if isinstance(part, list):
            return [inlined(inner) for inner in part]
        if not isinstance(part, dict):
            return part
        whole = found[part["$ref"]] if "$ref" in part else part
        return {name: inlined(inner) for name, inner in whole.items()}

    schema: dict[str, Any] = inlined(found[kind.__name__])
    return schema

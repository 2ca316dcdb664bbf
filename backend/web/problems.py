"""Problems: refusals and mistakes as RFC 9457 bodies; a trace never leaves the house."""

import uuid
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from protocol.codec import refusal_of
from protocol.common import Internal, Invalid, Unauthenticated
from protocol.refusals import Refusal, Refused

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
REFERENCE = "/docs/reference.md#"
STATUS_UNKNOWN = 409
RETRY_AFTER_S = 1
"""After so long what is refused for the moment may be tried again, where nothing else is known."""
CHALLENGE = {"WWW-Authenticate": "Bearer"}
"""What RFC 9110 wants said to who has not proved who they are."""
_BODY = "data"
"""What Litestar calls the body in the paths of what is wrong with it."""


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem, as RFC 9457 writes it, with Tandem's code and facts beside."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    facts: dict[str, Any] = {}
    temporary: bool = False


def problem_response(refusal: Refusal) -> Response[Problem]:
    """Answer with a refusal."""
    return answer(refusal.refused(), type(refusal))


def answer(
    refused: Refused,
    kind: type[Refusal] | None,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Response[Problem]:
    """Answer with what was refused; one of a kind that is not known any more is a conflict."""
    status = kind.http_status if kind is not None else STATUS_UNKNOWN
    problem = Problem(
        type=REFERENCE + refused.code,
        title=((kind and kind.__doc__) or refused.code).splitlines()[0],
        status=status,
        code=refused.code,
        detail=refused.message,
        facts=refused.facts,
        temporary=refused.temporary,
    )
    headers = dict(headers)
    if status == Unauthenticated.http_status:
        headers |= CHALLENGE
    if "retry_after_ms" in refused.facts:
        headers["Retry-After"] = str(-(-int(refused.facts["retry_after_ms"]) // 1000))
    elif refused.temporary:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    return Response(problem, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def on_refusal(_request: Request[Any, Any, Any], refusal: Refusal) -> Response[Problem]:
    """Answer what a handler refused."""
    return problem_response(refusal)


def on_validation(
    _request: Request[Any, Any, Any], problem: ValidationException
) -> Response[Problem]:
    """Answer a body or a parameter that is not what the operation takes."""
    details: Any = problem.extra
    first = details[0] if isinstance(details, list) and details else {}
    parts = [part for part in str(first.get("key", "")).split(".") if part]
    if first.get("source") == "body" and parts[:1] == [_BODY]:
        del parts[0]
    path = "".join(["$", *(f".{part}" for part in parts)])
    message = str(first.get("message", problem.detail))
    if message == repr(_BODY):
        return problem_response(Invalid(path="$", problem="The body is missing"))
    return problem_response(refusal_of(msgspec.ValidationError(message), path))


def on_http(_request: Request[Any, Any, Any], problem: HTTPException) -> Response[Problem]:
    """Answer what the framework refuses by itself: no such path, method, media type, size."""
    status = problem.status_code
    # The status says it all: RFC 9457 has this type for that. What the framework says may quote
    # what nobody asked for.
    body = Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        code=f"http_{status}",
    )
    return Response(
        body,
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=problem.headers or {},
    )


def on_bug(request: Request[Any, Any, Any], bug: Exception) -> Response[Problem]:
    """Answer a bug of ours: a reference for the person, the trace for the log."""
    reference = uuid.uuid4().hex[:12]
    log.error("a request failed", path=request.url.path, reference=reference, exc_info=bug)
    return problem_response(Internal(reference=reference))


HANDLERS: dict[type[Exception] | int, Any] = {
    Refusal: on_refusal,
    ValidationException: on_validation,
    HTTPException: on_http,
    Exception: on_bug,
}

"""Problems: refusals and mistakes as RFC 9457 bodies; a trace never leaves the house."""

import uuid
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from protocol.common import Internal, Invalid
from protocol.refusals import Refusal

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
REFERENCE = "/docs/reference.md#"


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
    refused = refusal.refused()
    problem = Problem(
        type=REFERENCE + refused.code,
        title=(type(refusal).__doc__ or refused.code).splitlines()[0],
        status=refusal.http_status,
        code=refused.code,
        detail=refused.message,
        facts=refused.facts,
        temporary=refused.temporary,
    )
    headers = {}
    if "retry_after_ms" in refused.facts:
        headers["Retry-After"] = str(-(-int(refused.facts["retry_after_ms"]) // 1000))
    return Response(
        problem, status_code=refusal.http_status, media_type=MEDIA_TYPE, headers=headers
    )


def on_refusal(_request: Request[Any, Any, Any], refusal: Refusal) -> Response[Problem]:
    """Answer what a handler refused."""
    return problem_response(refusal)


def on_validation(
    _request: Request[Any, Any, Any], problem: ValidationException
) -> Response[Problem]:
    """Answer a body or a parameter that is not what the operation takes."""
    details: Any = problem.extra
    first = details[0] if isinstance(details, list) and details else {}
    path = "$" + "".join(f".{part}" for part in str(first.get("key", "")).split(".") if part)
    return problem_response(Invalid(path=path, problem=str(first.get("message", problem.detail))))


def on_http(_request: Request[Any, Any, Any], problem: HTTPException) -> Response[Problem]:
    """Answer what the framework refuses by itself: no such path, method, media type, size."""
    code = f"http_{problem.status_code}"
    body = Problem(
        type=REFERENCE + code, title=problem.detail, status=problem.status_code, code=code
    )
    return Response(
        body,
        status_code=problem.status_code,
        media_type=MEDIA_TYPE,
        headers=problem.headers or {},
    )


def on_bug(request: Request[Any, Any, Any], _bug: Exception) -> Response[Problem]:
    """Answer a bug of ours: a reference for the person, the trace for the log."""
    reference = uuid.uuid4().hex[:12]
    log.exception("a request failed", path=request.url.path, reference=reference)
    return problem_response(Internal(reference=reference))


HANDLERS: dict[type[Exception] | int, Any] = {
    Refusal: on_refusal,
    ValidationException: on_validation,
    HTTPException: on_http,
    Exception: on_bug,
}

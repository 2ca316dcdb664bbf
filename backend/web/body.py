"""The body of a request: what cannot be read at all is refused before its fields are looked at."""

from typing import Any

from litestar import Request
from litestar.exceptions import SerializationException

from backend.web.commands import COMMANDS
from protocol.codec import refusal_of
from protocol.common import Malformed

FORM = "form"
"""The option of a handler that takes what a browser posts by a form, which is no JSON."""
_WITH_BODY = frozenset({"PATCH", "POST", "PUT"})


async def refuse_malformed_body(request: Request[Any, Any, Any]) -> None:
    """Read the body of a plain route; commands read their own. Raises Malformed."""
    if request.method not in _WITH_BODY or request.scope["path"].startswith(COMMANDS):
        return
    if request.scope["route_handler"].opt.get(FORM):
        return
    try:
        await request.json()
    except SerializationException as problem:
        raise Malformed(problem=str(problem)) from None
    except (RecursionError, UnicodeDecodeError) as problem:
        raise refusal_of(problem) from None

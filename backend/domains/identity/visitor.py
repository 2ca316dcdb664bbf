"""Visitors: what is known of who stands at the door."""

import re
from typing import Any

import msgspec
from litestar import Request

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]+")
USER_AGENT_MAX = 300


class Visitor(msgspec.Struct, frozen=True):
    """Where a request comes from."""

    address: str = "unknown"
    user_agent: str | None = None


def visitor_of(request: Request[Any, Any, Any]) -> Visitor:
    """See where a request comes from; behind a proxy the server has put the address right."""
    user_agent = _UNPRINTABLE.sub(" ", request.headers.get("user-agent", "")).strip()
    return Visitor(
        address=request.client.host if request.client else "unknown",
        user_agent=user_agent[:USER_AGENT_MAX] or None,
    )

"""Looking: what is wrong with a whole request is said before anything of it is done."""

from typing import Any

from litestar import Request

from backend.web.body import refuse_malformed_body
from backend.web.query import refuse_unknown_parameters


async def look_through(request: Request[Any, Any, Any]) -> None:
    """Look at the query and the body, before any handler. Raises UnknownField, Malformed.

    Not as a guard of Litestar's: sockets would pass it too, and it copies the handler for each.
    """
    refuse_unknown_parameters(request)
    await refuse_malformed_body(request)

"""The query of a request: a parameter that an operation does not have is refused by name.

What is left unsaid has a meaning, so a slip must not count as that: a misspelt `made_at` would
date an act to now.
"""

from collections.abc import Mapping
from typing import Any

from litestar import Litestar, Request
from litestar.routes import HTTPRoute

from protocol.common import UnknownField

Parameters = Mapping[int, frozenset[str]]
"""What may stand in the query, by the `id` of the handler it is for."""

ANY_QUERY = "any_query"
"""The option of a handler to which others lead people, with what they like in the query."""
OURS = "/v1/"
"""Beside these there are files and pages for machines, to which others add what they like."""
_UNASKED = frozenset({"HEAD", "OPTIONS"})


def refuse_unknown_parameters(request: Request[Any, Any, Any]) -> None:
    """Look through the query of a request. Raises UnknownField."""
    if (
        request.scope["query_string"]
        and request.scope["path"].startswith(OURS)
        and request.method not in _UNASKED
    ):
        handler = request.scope["route_handler"]
        if handler.opt.get(ANY_QUERY):
            return
        known = request.app.state.parameters[id(handler)]
        for name in request.query_params:
            if name not in known:
                raise UnknownField(path="$", field=name)


def parameters_of(app: Litestar) -> Parameters:
    """List which parameters Litestar reads of the query, for a handler or what it depends on."""
    return {
        id(handler): frozenset(parameter.field_alias for parameter in model.expected_query_params)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler, model in route.route_handler_map.values()
    }

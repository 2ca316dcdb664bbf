"""Expanding: the id of another object gives way to the object itself, where it is asked for."""

from collections.abc import Awaitable, Callable
from types import NoneType
from typing import Any

import msgspec

from backend.embedded.stripe.account import Account
from backend.embedded.stripe.errors import ApiError, invalid
from backend.embedded.stripe.forms import Params, as_params
from backend.embedded.stripe.operations import perform
from backend.embedded.stripe.resource import Resource, shown
from backend.embedded.stripe.tables import Page

LEVELS_MAX = 4
_PARTS = {
    ("checkout.session", "line_items"): "/v1/checkout/sessions/{id}/line_items",
    ("invoice", "payments"): "/v1/invoices/{id}/payments",
}
"""Lists that are shown only where they are asked for."""
_ID_LENGTH_MIN = 8

Find = Callable[[str], Awaitable[dict[str, Any]]]


async def expanded(account: Account, answer: Any, paths: list[str]) -> dict[str, Any]:
    """Give an answer as it is sent, with what is asked for expanded. Raises ApiError."""
    plain = in_full(answer)

    async def find(path: str) -> dict[str, Any]:
        return in_full(await perform(account, "GET", path, _nothing))

    for path in paths:
        levels = path.split(".")
        if len(levels) > LEVELS_MAX:
            raise invalid(f"You cannot expand more than {LEVELS_MAX} levels of a property: {path}")
        await _expand(plain, levels, path, find)
    return plain


def in_full(answer: Any) -> dict[str, Any]:
    """Give what an operation answered as it is sent, be it one resource or a page of them."""
    if isinstance(answer, Page):
        found: dict[str, Any] = msgspec.structs.asdict(answer)
        return {**found, "data": [shown(row) for row in answer.data]}
    return shown(answer)


async def _expand(value: Any, levels: list[str], path: str, find: Find) -> None:
    if isinstance(value, list):
        for one in value:
            await _expand(one, levels, path, find)
        return
    if value is None:
        return
    name, *rest = levels
    if not isinstance(value, dict) or (name not in value and _part(value, name) is None):
        raise _not_expandable(path)
    if (part := _part(value, name)) is not None:
        value[name] = await find(part)
    elif isinstance(value[name], str):
        value[name] = await find(_place_of(name, value[name], path))
    elif not isinstance(value[name], dict | list | NoneType):
        raise _not_expandable(path)
    if rest:
        await _expand(value[name], rest, path, find)


def _part(value: dict[str, Any], name: str) -> str | None:
    place = _PARTS.get((str(value.get("object")), name))
    return place.format(id=value["id"]) if place else None


def _place_of(name: str, wanted_id: str, path: str) -> str:
    """Say where an object with this id is found."""
    if name == "coupon":  # Its id is whatever its maker wanted.
        return f"/v1/coupons/{wanted_id}"
    for kind in Resource.__subclasses__():
        if wanted_id.startswith(kind.prefix) and len(wanted_id) >= _ID_LENGTH_MIN:
            return f"{kind.path}/{wanted_id}"
    raise _not_expandable(path)


def _not_expandable(path: str) -> ApiError:
    return invalid(f"This property cannot be expanded ({path}).", param="expand")


def _nothing(kind: type[Params]) -> Params:
    return as_params({}, kind)

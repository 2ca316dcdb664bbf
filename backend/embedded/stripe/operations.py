"""Operations: what the API can be asked, each declared beside its resource."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic

from backend.embedded.stripe.account import Account
from backend.embedded.stripe.errors import ApiError
from backend.embedded.stripe.forms import P, Params


@dataclass(frozen=True)
class Call(Generic[P]):
    """One operation, asked for."""

    account: Account
    params: P
    id: str = ""
    """Whom the URL names."""
    headers: Mapping[str, str] | None = None


_Doing = Callable[[Call[P]], Awaitable[Any]]


@dataclass(frozen=True)
class Operation:
    """What is done for a method and a path."""

    pattern: re.Pattern[str]
    params: type[Params]
    do: Callable[[Call[Any]], Awaitable[Any]]


_KNOWN: dict[str, list[Operation]] = {"GET": [], "POST": [], "DELETE": []}


def operation(method: str, path: str, params: type[P]) -> Callable[[_Doing[P]], _Doing[P]]:
    """Have a function do what is asked by a method at a path; `{id}` stands for one in it."""

    def declare(do: _Doing[P]) -> _Doing[P]:
        pattern = re.compile(path.replace("{id}", r"(?P<id>[^/]+)"))
        _KNOWN[method].append(Operation(pattern, params, do))
        return do

    return declare


def find(method: str, path: str) -> tuple[Operation, str]:
    """Find what is asked for, and whom the path names. Raises ApiError."""
    for known in _KNOWN.get(method, ()):
        if found := known.pattern.fullmatch(path):
            return known, found.groupdict().get("id", "")
    raise ApiError(
        404,
        "invalid_request_error",
        f"Unrecognized request URL ({method}: {path}). "
        "Tandem's stand-in for Stripe does not imitate it.",
    )


async def perform(
    account: Account,
    method: str,
    path: str,
    params: Callable[[type[Params]], Params],
    headers: Mapping[str, str] | None = None,
) -> Any:
    """Do what is asked; `params` reads what was told as the operation wants it."""
    known, found_id = find(method, path)
    return await known.do(Call(account, params(known.params), found_id, headers))

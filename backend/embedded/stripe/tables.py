"""Tables: the resources of one kind, the oldest first, so many at most; and pages of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from backend.embedded.stripe.errors import invalid, missing
from backend.embedded.stripe.forms import Params
from backend.embedded.stripe.resource import Resource, name_of

ROWS_MAX = 20_000
"""Past these the oldest is forgotten."""
PAGE_DEFAULT = 10
PAGE_MAX = 100

R = TypeVar("R", bound=Resource)
_COMPARED: Mapping[str, Callable[[int, int], bool]] = {
    "gt": int.__gt__,
    "gte": int.__ge__,
    "lt": int.__lt__,
    "lte": int.__le__,
}


class Created(Params, kw_only=True):
    """Between which moments."""

    gt: int | None = None
    gte: int | None = None
    lt: int | None = None
    lte: int | None = None


class ListParams(Params, kw_only=True):
    """Which part of a list."""

    limit: int = PAGE_DEFAULT
    starting_after: str | None = None
    ending_before: str | None = None
    created: Created | int | None = None


class Page(msgspec.Struct, kw_only=True):
    """A part of a list, the newest first."""

    object: str = "list"
    url: str
    has_more: bool
    data: list[Any]


class Table(Generic[R]):
    """The resources of one kind."""

    def __init__(self, kind: type[R], rows: Iterable[R] = ()) -> None:
        self.kind = kind
        self._rows: dict[str, R] = {row.id: row for row in rows}

    def __iter__(self) -> Iterator[R]:
        return iter(self._rows.values())

    def add(self, row: R) -> None:
        """Keep a new one."""
        self._rows[row.id] = row
        while len(self._rows) > ROWS_MAX:
            del self._rows[next(iter(self._rows))]

    def remove(self, row: R) -> None:
        """Forget one."""
        del self._rows[row.id]

    def get(self, wanted_id: str, param: str = "id") -> R:
        """Find one; `param` is where its id was told. Raises ApiError."""
        found = self._rows.get(wanted_id)
        if found is None:
            raise missing(name_of(self.kind), wanted_id, param)
        return found

    def page(self, params: ListParams, *, of: Callable[[R], bool] = lambda _: True) -> Page:
        """Give the part of the list that is asked for. Raises ApiError."""
        return page_of(self.kind, list(self._rows.values()), params, of=of)


def page_of(
    kind: type[R],
    rows: Sequence[R],
    params: ListParams,
    *,
    of: Callable[[R], bool] = lambda _: True,
) -> Page:
    """Give the part of a list, which has the oldest first, that is asked for. Raises ApiError."""
    _check_limit(params.limit)
    newest_first = list(reversed(rows))
    ids = [row.id for row in newest_first]
    chosen = [row for row in newest_first if of(row) and _is_within(row.created, params.created)]
    if params.starting_after is not None:
        at = _place_of(kind, params.starting_after, ids, "starting_after")
        later = set(ids[at + 1 :])
        chosen = [row for row in chosen if row.id in later]
    if params.ending_before is not None:
        at = _place_of(kind, params.ending_before, ids, "ending_before")
        before = set(ids[:at])
        chosen = [row for row in chosen if row.id in before]
        part = chosen[-params.limit :]
    else:
        part = chosen[: params.limit]
    return Page(url=kind.path, has_more=len(chosen) > len(part), data=list(part))


def _place_of(kind: type[Resource], wanted_id: str, ids: Sequence[str], param: str) -> int:
    if wanted_id not in ids:
        raise missing(name_of(kind), wanted_id, param)
    return ids.index(wanted_id)


def _is_within(created: int, asked: Created | int | None) -> bool:
    if isinstance(asked, Created):
        limits = {name: getattr(asked, name) for name in _COMPARED}
        return all(
            compare(created, limits[name])
            for name, compare in _COMPARED.items()
            if limits[name] is not None
        )
    return asked is None or created == asked


def _check_limit(limit: int) -> None:
    if limit < 1:
        raise invalid(
            "This value must be greater than or equal to 1.",
            "parameter_invalid_integer",
            param="limit",
        )
    if limit > PAGE_MAX:
        raise invalid(
            f"This value must be less than or equal to {PAGE_MAX} (it currently is '{limit}').",
            "parameter_invalid_integer",
            param="limit",
        )

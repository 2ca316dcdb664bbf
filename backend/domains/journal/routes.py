"""Reading moods over HTTP: pages and averages."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from actors.principal import Principal
from backend.domains import relationships
from backend.domains.journal import shown
from backend.domains.journal.shown import Average, ShownMood, Span
from backend.persistence.pages import PAGE_DEFAULT, PAGE_MAX, Cursor
from protocol.common import Invalid

DAYS_DEFAULT = 90
DAYS_MAX = 366

Asker = NamedDependency[Principal]
After = FromQuery[str | None]
Limit = Annotated[int, QueryParameter(ge=1, le=PAGE_MAX)]
Day = FromQuery[date | None]
AnyRequest = Request[Any, Any, Any]
_KEPT: dict[str, Any] = {"tags": ["moods"], "security": [{"bearer": []}]}


class MoodPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some moods, the latest first; `next` asks for those before them."""

    items: Sequence[ShownMood]
    next: str | None


@get("/v1/moods", **_KEPT)
async def list_own_moods(
    principal: Asker, after: After = None, limit: Limit = PAGE_DEFAULT
) -> MoodPage:
    """Read your own moods, shared ones and private ones."""
    return _page(await shown.read_own(principal.user_id, _cursor(after), limit), limit)


@get("/v1/moods/averages", **_KEPT)
async def average_own_moods(
    request: AnyRequest,
    principal: Asker,
    by: FromQuery[Span] = Span.DAY,
    first_day: Day = None,
    last_day: Day = None,
) -> list[Average]:
    """Average your own moods, shared ones and private ones; by default those of 90 days."""
    first, last = _days(request, first_day, last_day)
    return await shown.read_own_averages(principal.user_id, by, first, last)


@get("/v1/relationships/{relationship_id:uuid}/moods", **_KEPT)
async def list_shared_moods(
    relationship_id: FromPath[UUID],
    principal: Asker,
    after: After = None,
    limit: Limit = PAGE_DEFAULT,
) -> MoodPage:
    """Read the moods the two of you shared."""
    await relationships.check_member(relationship_id, principal.user_id)
    return _page(await shown.read_shared(relationship_id, _cursor(after), limit), limit)


@get("/v1/relationships/{relationship_id:uuid}/moods/averages", **_KEPT)
async def average_shared_moods(  # noqa: PLR0913, PLR0917 - what a request says
    request: AnyRequest,
    relationship_id: FromPath[UUID],
    principal: Asker,
    by: FromQuery[Span] = Span.DAY,
    first_day: Day = None,
    last_day: Day = None,
) -> list[Average]:
    """Average the moods the two of you shared, for each; by default those of 90 days."""
    await relationships.check_member(relationship_id, principal.user_id)
    first, last = _days(request, first_day, last_day)
    return await shown.read_shared_averages(relationship_id, by, first, last)


def _cursor(after: str | None) -> Cursor | None:
    return Cursor.parse(after) if after is not None else None


def _page(found: list[ShownMood], limit: int) -> MoodPage:
    last = found[-1] if len(found) == limit else None
    return MoodPage(
        items=found,
        next=str(Cursor(last.local_day, last.mood_log_id)) if last is not None else None,
    )


def _days(request: AnyRequest, first: date | None, last: date | None) -> tuple[date, date]:
    """Say which days are meant. Raises Invalid."""
    # Somewhere it is tomorrow already.
    last = last or request.app.state.house.clock.now().date() + timedelta(days=1)
    first = first or last - min(timedelta(days=DAYS_DEFAULT), last - date.min)
    if not timedelta(0) <= last - first <= timedelta(days=DAYS_MAX):
        problem = f"The days must be in order, and at most {DAYS_MAX} apart"
        raise Invalid(path="$.first_day", problem=problem)
    return first, last


ROUTES = [list_own_moods, average_own_moods, list_shared_moods, average_shared_moods]

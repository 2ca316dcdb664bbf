"""Reading check-ins and streaks over HTTP."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from actors.principal import Principal
from backend.domains import relationships
from backend.domains.checkins import rules, store
from backend.domains.checkins.messages import CheckIn, Streak
from backend.persistence.pages import PAGE_DEFAULT, PAGE_MAX, Cursor

Asker = NamedDependency[Principal]
_KEPT: dict[str, Any] = {"tags": ["checkins"], "security": [{"bearer": []}]}


class CheckInPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some check-ins, the latest first; `next` asks for those before them."""

    items: Sequence[CheckIn]
    next: str | None


@get("/v1/relationships/{relationship_id:uuid}/check-ins", **_KEPT)
async def list_check_ins(
    relationship_id: FromPath[UUID],
    principal: Asker,
    after: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT,
) -> CheckInPage:
    """Read the check-ins of both, your own whole, your partner's within the privacy level."""
    membership = await relationships.check_member(relationship_id, principal.user_id)
    cursor = Cursor.parse(after) if after is not None else None
    found = await store.read_page(relationship_id, cursor, limit)
    level = membership.privacy_level
    last = found[-1] if len(found) == limit else None
    return CheckInPage(
        items=[rules.for_reader(check_in, principal.user_id, level) for check_in in found],
        next=str(Cursor(last.local_day, last.check_in_id)) if last is not None else None,
    )


@get("/v1/relationships/{relationship_id:uuid}/streak", **_KEPT)
async def show_streak(relationship_id: FromPath[UUID], principal: Asker) -> Streak:
    """Read the pair's streak."""
    await relationships.check_member(relationship_id, principal.user_id)
    return await store.read_streak(relationship_id)


ROUTES = [list_check_ins, show_streak]

"""Challenges over HTTP: what can be begun, and what has been."""

from typing import Annotated, Any
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from actors.principal import Principal
from backend.domains.challenges import shown
from backend.domains.challenges.actor import challenge
from backend.domains.challenges.disputes import DisputePage, read_disputes
from backend.domains.challenges.rules import Challenge
from backend.domains.challenges.shown import ChallengeListed, OccurrenceListed, Template
from backend.domains.challenges.streak import KeptStreak, streak_of
from backend.persistence.pages import PAGE_DEFAULT, PAGE_MAX
from protocol.common import Forbidden, NotFound
from protocol.messages import Role, Value

Asker = NamedDependency[Principal]
Limit = Annotated[int, QueryParameter(ge=1, le=PAGE_MAX)]
_SIGNED_IN: dict[str, Any] = {"tags": ["challenges"], "security": [{"bearer": []}]}


class TemplatePage(Value, frozen=True):
    """Templates, by slug."""

    items: list[Template]
    next: str | None


class ChallengePage(Value, frozen=True):
    """Challenges, the newest first."""

    items: list[ChallengeListed]
    next: UUID | None


class OccurrencePage(Value, frozen=True):
    """Occurrences of a challenge, the latest due first."""

    items: list[OccurrenceListed]
    next: UUID | None


@get("/v1/challenges/templates", operation_id="list_templates", **_SIGNED_IN)
async def list_templates(
    category: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = PAGE_DEFAULT,
) -> TemplatePage:
    """See what can be begun; begin it with the version you have read."""
    found = await shown.read_templates(category, after, limit + 1)
    items = found[:limit]
    return TemplatePage(items=items, next=items[-1].slug if len(found) > limit else None)


@get("/v1/challenges", operation_id="list_challenges", **_SIGNED_IN)
async def list_challenges(
    principal: Asker, after: FromQuery[UUID | None] = None, limit: Limit = PAGE_DEFAULT
) -> ChallengePage:
    """See the challenges you have or follow, also those that have ended."""
    found = await shown.read_page(principal.user_id, after, limit + 1)
    items = found[:limit]
    return ChallengePage(items=items, next=items[-1].challenge_id if len(found) > limit else None)


@get(
    "/v1/challenges/{challenge_id:uuid}/occurrences", operation_id="list_occurrences", **_SIGNED_IN
)
async def list_occurrences(
    challenge_id: FromPath[UUID],
    principal: Asker,
    after: FromQuery[UUID | None] = None,
    limit: Limit = PAGE_DEFAULT,
) -> OccurrencePage:
    """See each time of a challenge, and what was shown for it."""
    known = (await challenge.load([challenge_id])).get(challenge_id, Challenge())
    if challenge.admits is None or not challenge.admits(known, principal):
        raise NotFound(what="challenge")
    found = await shown.read_occurrences(challenge_id, after, limit + 1)
    items = found[:limit]
    return OccurrencePage(items=items, next=items[-1].event_id if len(found) > limit else None)


@get("/v1/challenges/disputes", operation_id="list_disputes", **_SIGNED_IN)
async def list_disputes(
    principal: Asker, after: FromQuery[UUID | None] = None, limit: Limit = PAGE_DEFAULT
) -> DisputePage:
    """See what is disputed and may be ruled on, what has waited longest first; for admins."""
    if principal.role is not Role.ADMIN:
        raise Forbidden(role=Role.ADMIN)
    return await read_disputes(after, limit)


@get("/v1/challenges/streak", operation_id="show_streak", **_SIGNED_IN)
async def show_streak(principal: Asker) -> KeptStreak:
    """See on how many days in a row you kept what you had promised."""
    return await streak_of(principal.user_id)


ROUTES: list[Any] = [list_templates, list_challenges, list_occurrences, list_disputes, show_streak]

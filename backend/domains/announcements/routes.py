"""Reading announcements over HTTP."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from actors.principal import Principal
from backend.domains.announcements import shown
from backend.domains.announcements.shown import ShownAnnouncement
from backend.persistence.pages import PAGE_DEFAULT, PAGE_MAX, id_cursor


class AnnouncementPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some announcements, the newest first; `next` asks for those before them."""

    items: Sequence[ShownAnnouncement]
    next: UUID | None


@get("/v1/announcements", tags=["announcements"], security=[{"bearer": []}])
async def list_announcements(
    principal: NamedDependency[Principal],
    after: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT,
) -> AnnouncementPage:
    """Read what was said to everybody; `after` is the `next` of the page before."""
    del principal  # Whoever is signed in may read them all.
    items = await shown.read_page(id_cursor(after), limit)
    next_ = items[-1].announcement_id if len(items) == limit else None
    return AnnouncementPage(items=items, next=next_)


ROUTES = [list_announcements]

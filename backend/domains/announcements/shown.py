"""What people are shown of announcements: the last few, and pages of all."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from actors.principal import Principal
from actors.shown import cut
from backend.persistence.database import fetch

LATEST_SHOWN_MAX = 5
MESSAGE_SHOWN_BYTES_MAX = 560

_LATEST = """
SELECT id AS announcement_id, message, created_at AS published_at FROM announcement
ORDER BY created_at DESC, id DESC LIMIT $1
"""
_BEHIND = """
SELECT id AS announcement_id, message, created_at AS published_at FROM announcement
WHERE (created_at, id) < (SELECT created_at, id FROM announcement WHERE id = $2)
ORDER BY created_at DESC, id DESC LIMIT $1
"""


class ShownAnnouncement(msgspec.Struct, frozen=True, kw_only=True):
    """What was said to everybody, and when."""

    announcement_id: UUID
    message: str
    published_at: datetime


class LatestAnnouncements(msgspec.Struct, frozen=True, kw_only=True):
    """The last few, the newest first; long ones are cut, `GET /v1/announcements` has them whole."""

    latest: Sequence[ShownAnnouncement]


async def show_latest(_key: UUID, _reader: Principal) -> LatestAnnouncements:
    """Show the last few to who comes anew."""
    found = await read_page(None, LATEST_SHOWN_MAX)
    return LatestAnnouncements(latest=[_cut(announcement) for announcement in found])


def _cut(announcement: ShownAnnouncement) -> ShownAnnouncement:
    message = cut(announcement.message, MESSAGE_SHOWN_BYTES_MAX)
    return msgspec.structs.replace(announcement, message=message)


async def read_page(after: UUID | None, count_max: int) -> list[ShownAnnouncement]:
    """Read announcements, whole, the newest first: all, or those before one of them."""
    rows = await (fetch(_LATEST, count_max) if after is None else fetch(_BEHIND, count_max, after))
    return [ShownAnnouncement(**row) for row in rows]

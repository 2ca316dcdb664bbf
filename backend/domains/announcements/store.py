"""Every query of announcements."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from actors.principal import Principal
from actors.turn import Turn
from backend.domains.announcements.messages import AnnouncementPublished
from backend.domains.announcements.tables import Announcement
from backend.persistence.database import fetch

SHOWN_MAX = 5

_LATEST = "SELECT id, message, created_at FROM announcement ORDER BY id DESC LIMIT $1"


class Board(msgspec.Struct, frozen=True, gc=False):
    """What the actor remembers of announcements: nothing, no rule needs it."""


class LatestAnnouncements(msgspec.Struct, frozen=True, gc=False):
    """The last few announcements, the newest first."""

    latest: tuple[AnnouncementPublished, ...]


def add(turn: Turn, published: AnnouncementPublished) -> None:
    """Write an announcement down."""
    turn.work.insert(
        Announcement,
        id=published.announcement_id,
        author_id=turn.principal.user_id,
        message=published.message,
        created_at=published.published_at,
    )


async def load(keys: Sequence[UUID]) -> Mapping[UUID, Board]:
    """Read what there is to remember."""
    return dict.fromkeys(keys, Board())


async def snapshot(_key: UUID, _reader: Principal) -> LatestAnnouncements:
    """Show the last few to who comes anew."""
    rows = await fetch(_LATEST, SHOWN_MAX)
    return LatestAnnouncements(
        tuple(
            AnnouncementPublished(
                announcement_id=row["id"], message=row["message"], published_at=row["created_at"]
            )
            for row in rows
        )
    )

"""What the announcements' actor reads and writes."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from actors.turn import Turn
from backend.domains.announcements.messages import AnnouncementPublished
from backend.domains.announcements.tables import Announcement


class Board(msgspec.Struct, frozen=True, gc=False):
    """What the actor remembers of announcements: nothing, no rule needs it."""


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

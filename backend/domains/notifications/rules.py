"""What follows in an inbox; pure."""

import msgspec

from backend.domains.notifications.messages import InboxMoved


class InboxState(msgspec.Struct, frozen=True, gc=False):
    """How many notifications are unread, as of a version of the row."""

    unread: int = 0
    version: int = 0


def is_news(inbox: InboxState, moved: InboxMoved) -> bool:
    """Tell whether a count is newer than what is known; tells may overtake a reload."""
    return moved.version > inbox.version

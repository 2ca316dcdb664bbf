"""What the actors of notifications read and write."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

import msgspec

from actors.ports import Work
from actors.principal import Principal
from actors.shown import cut
from actors.turn import Turn
from backend.domains.notifications import rules
from backend.domains.notifications.guard import INBOX, Arrived, Read, ReadAll
from backend.domains.notifications.messages import (
    LockScreen,
    Muted,
    Notification,
    Preferences,
    QuietHours,
)
from backend.domains.notifications.rules import Choice, InboxState
from backend.domains.notifications.tables import NotificationRow, PreferenceRow
from backend.persistence.database import Record, fetch

PUSH = "notifications.push"
"""The job that brings a notification to phones."""
SHOWN_MAX = 5
"""How many notifications a snapshot shows; the others are read by the page."""
TITLE_SHOWN_BYTES_MAX = 120
MESSAGE_SHOWN_BYTES_MAX = 280

_INBOXES = "SELECT user_id, unread, version FROM inbox WHERE user_id = ANY($1)"
_LATEST = """
SELECT id, notification_type, title, message, priority, relationship_id, created_at
FROM notification WHERE user_id = $1 ORDER BY id DESC LIMIT $2
"""
_CHOICES = """
SELECT user_id, lock_screen, quiet_from, quiet_until, muted, time_zone
FROM notification_preference WHERE user_id = ANY($1)
"""


class PushWanted(msgspec.Struct, frozen=True):
    """Which notification is to be pushed, and to whom."""

    user_id: UUID
    notification_id: UUID


class ShownInbox(msgspec.Struct, frozen=True):
    """An inbox as it is shown to who comes anew; long texts are cut.

    All of it, whole, is at `GET /v1/notifications`.
    """

    unread: int
    latest: tuple[Notification, ...]


def tell(  # noqa: PLR0913 - a notification says this much, by name
    turn: Turn,
    user_id: UUID,
    *,
    kind: str,
    title: str,
    message: str = "",
    priority: str = "normal",
    relationship_id: UUID | None = None,
    rings: bool = True,
    collapse_key: str | None = None,
) -> None:
    """Put a notification into a person's inbox, with the turn that caused it.

    It comes live over their sockets; who has none open is sent a push by a job. So is, later, who
    only seemed to have one (`missed`). What does not ring is for the inbox alone, then as well. On
    a phone it takes the place of the one before of its kind with the same collapse key (100
    characters at most); left out, the kind decides (`manners`).
    """
    notification = Notification(
        notification_id=turn.new_id(),
        notification_type=kind,
        title=title,
        message=message,
        priority=priority,
        relationship_id=relationship_id,
        created_at=turn.now,
    )
    turn.work.insert(
        NotificationRow,
        id=notification.notification_id,
        user_id=user_id,
        relationship_id=relationship_id,
        notification_type=kind,
        title=title,
        message=message,
        priority=priority,
        created_at=turn.now,
        read_at=None,
        # Nearly none has these, and a batch in which none has does not pay for the columns.
        **({} if collapse_key is None else {"collapse_key": collapse_key}),
        **({} if rings else {"rings": False}),
    )
    turn.work.guard(INBOX, Arrived(user_id, notification))
    if rings and not turn.is_online(user_id):
        turn.work.job(PUSH, PushWanted(user_id, notification.notification_id))


def mark_read(turn: Turn, user_id: UUID, notification_ids: tuple[UUID, ...]) -> None:
    """Have notifications marked as read; the new count comes back by a tell."""
    turn.work.guard(INBOX, Read(user_id, notification_ids, turn.now))


def mark_all_read(turn: Turn, user_id: UUID, until: UUID | None) -> None:
    """Have all notifications marked as read, or all up to one."""
    turn.work.guard(INBOX, ReadAll(user_id, until, turn.now))


def write_choice(turn: Turn, user_id: UUID, choice: Choice, before: Choice) -> None:
    """Write down what a person wants of pushes."""
    preferences = choice.preferences
    quiet = preferences.quiet_hours
    columns = {
        "lock_screen": preferences.lock_screen.value,
        "quiet_from": quiet.begin if quiet else None,
        "quiet_until": quiet.end if quiet else None,
        "muted": msgspec.json.encode(preferences.muted).decode(),
        "time_zone": choice.time_zone,
        "updated_at": turn.now,
    }
    if before.is_kept:
        turn.work.update(PreferenceRow, {"user_id": user_id}, **columns)
    else:
        turn.work.insert(PreferenceRow, user_id=user_id, **columns)


def write_time_zone(work: Work, user_id: UUID, time_zone: str) -> None:
    """Write down by which clock a person's quiet hours are meant."""
    work.update(PreferenceRow, {"user_id": user_id}, time_zone=time_zone)


async def load_inboxes(keys: Sequence[UUID]) -> Mapping[UUID, InboxState]:
    """Read how many notifications of many people are unread."""
    return {
        row["user_id"]: InboxState(row["unread"], row["version"])
        for row in await fetch(_INBOXES, list(keys))
    }


async def load_choices(keys: Sequence[UUID]) -> Mapping[UUID, Choice]:
    """Read what many people want of pushes."""
    return {row["user_id"]: _choice(row) for row in await fetch(_CHOICES, list(keys))}


async def quiet_hours_of(user_ids: Sequence[UUID]) -> Mapping[UUID, Callable[[datetime], bool]]:
    """Say of each who has quiet hours when it is quiet; others are not among them."""
    return {
        user_id: partial(rules.is_quiet, choice.preferences.quiet_hours, choice.time_zone)
        for user_id, choice in (await load_choices(user_ids)).items()
        if choice.preferences.quiet_hours is not None
    }


async def show_inbox(key: UUID, _reader: Principal) -> ShownInbox:
    """Show a person their inbox; nobody else reads their topic."""
    inboxes = await load_inboxes([key])
    latest = tuple(_cut(notification_of(row)) for row in await fetch(_LATEST, key, SHOWN_MAX))
    return ShownInbox(inboxes.get(key, InboxState()).unread, latest)


def _cut(notification: Notification) -> Notification:
    return msgspec.structs.replace(
        notification,
        title=cut(notification.title, TITLE_SHOWN_BYTES_MAX),
        message=cut(notification.message, MESSAGE_SHOWN_BYTES_MAX),
    )


async def show_preferences(key: UUID, _reader: Principal) -> Preferences:
    """Show a person what they chose."""
    return (await load_choices([key])).get(key, Choice()).preferences


def notification_of(row: Record) -> Notification:
    """Make a notification of its row."""
    return Notification(
        notification_id=row["id"],
        notification_type=row["notification_type"],
        title=row["title"],
        message=row["message"],
        priority=row["priority"],
        relationship_id=row["relationship_id"],
        created_at=row["created_at"],
    )


def _choice(row: Record) -> Choice:
    quiet = (
        QuietHours(begin=row["quiet_from"], end=row["quiet_until"]) if row["quiet_from"] else None
    )
    preferences = Preferences(
        lock_screen=LockScreen(row["lock_screen"]),
        quiet_hours=quiet,
        muted=msgspec.json.decode(row["muted"], type=tuple[Muted, ...]),
    )
    return Choice(preferences, row["time_zone"], is_kept=True)

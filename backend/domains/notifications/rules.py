"""What follows in an inbox, and what may be pushed to whom, when and how; pure."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from backend.domains.notifications.messages import (
    ChangePreferences,
    Channel,
    InboxMoved,
    LockScreen,
    Muted,
    Notification,
    Preferences,
    PreferencesChanged,
    QuietHours,
    QuietHoursEmpty,
)
from protocol.codec import encode_json

URGENT = "urgent"
NOTHING_SAID = "There is something new for you."
APP_NAME = "Tandem"
TITLE_BYTES_MAX = 800
MESSAGE_BYTES_MAX = 2_000
"""Together with all else they stay below what a push service takes."""


class InboxState(msgspec.Struct, frozen=True, gc=False):
    """How many notifications are unread, as of a version of the row."""

    unread: int = 0
    version: int = 0


class Choice(msgspec.Struct, frozen=True, gc=False):
    """What a person wants of pushes, by which clock, and whether they ever said so."""

    preferences: Preferences = Preferences()
    time_zone: str = "UTC"
    is_kept: bool = False


class PushText(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What a push carries, as the service worker of a page reads it."""

    notification_id: str
    title: str
    message: str = ""
    notification_type: str = ""
    tag: str = ""
    """What it is shown under: a notification with the same tag takes its place on the screen."""


def is_news(inbox: InboxState, moved: InboxMoved) -> bool:
    """Tell whether a count is newer than what is known; tells may overtake a reload."""
    return moved.version > inbox.version


def change(command: ChangePreferences) -> PreferencesChanged:
    """Decide what is wanted from now on. Raises QuietHoursEmpty."""
    quiet = command.preferences.quiet_hours
    if quiet is not None and quiet.begin == quiet.end:
        raise QuietHoursEmpty(begin=quiet.begin)
    return PreferencesChanged(preferences=command.preferences)


def wants_push(choice: Choice, notification: Notification, now: datetime) -> bool:
    """Tell whether somebody wants this notification on their phone now."""
    kind = notification.notification_type
    if Muted(notification_type=kind, channel=Channel.PUSH) in choice.preferences.muted:
        return False
    quiet = choice.preferences.quiet_hours
    if quiet is None or notification.priority == URGENT:
        return True
    return not is_quiet(quiet, choice.time_zone, now)


def is_quiet(quiet: QuietHours, time_zone: str, now: datetime) -> bool:
    """Tell whether it is within quiet hours where somebody is; the end is no part of them."""
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    time = now.astimezone(zone).strftime("%H:%M")
    if quiet.begin < quiet.end:
        return quiet.begin <= time < quiet.end
    return time >= quiet.begin or time < quiet.end


def push_text(choice: Choice, notification: Notification, tag: str) -> PushText:
    """Say as much of a notification as somebody lets their lock screen show."""
    shown = choice.preferences.lock_screen
    notification_id = str(notification.notification_id)
    if shown is LockScreen.NOTHING:
        return PushText(notification_id, APP_NAME, NOTHING_SAID, tag=tag)
    title = cut(notification.title, TITLE_BYTES_MAX)
    message = cut(notification.message, MESSAGE_BYTES_MAX) if shown is LockScreen.ALL else ""
    return PushText(notification_id, title, message, notification.notification_type, tag)


def cut(text: str, bytes_max: int) -> str:
    """Cut a text so that a push can carry it, as long as it becomes in JSON."""
    if len(encode_json(text)) <= bytes_max:
        return text
    kept = text
    while len(encode_json(kept)) > bytes_max:
        kept = kept[: len(kept) * 7 // 8]
    return kept + "…"

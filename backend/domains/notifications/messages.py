"""The words of notifications."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from protocol.marks import PRIVATE
from protocol.messages import Answer, Command, Event, Tell, Value
from protocol.refusals import Refusal

Title = Annotated[str, Meta(max_length=200), PRIVATE]
Text = Annotated[str, Meta(max_length=1_000), PRIVATE]
NotificationType = Annotated[str, Meta(max_length=60, pattern=r"^[a-z][a-z0-9_.]*$(?!\n)")]
TimeOfDay = Annotated[str, Meta(max_length=5, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)")]

SHOWN_AT_ONCE_MAX = 20
MARKED_AT_ONCE_MAX = 100
MUTED_MAX = 40


class Channel(StrEnum):
    """A way by which a notification may reach somebody beside their inbox."""

    PUSH = "push"


class LockScreen(StrEnum):
    """How much of a notification a phone may show while it is locked."""

    NOTHING = "nothing"
    """Only that there is something."""
    TITLE = "title"
    ALL = "all"


class Notification(Value, frozen=True):
    """Something a person is told of."""

    notification_id: UUID
    notification_type: str
    title: Title
    message: Text
    priority: str
    relationship_id: UUID | None
    created_at: datetime


class NotificationsArrived(Event, frozen=True, tag="notifications.arrived"):
    """New notifications; the newest, if there are many. `unread` is how many are unread in all."""

    topics: ClassVar = ("user",)
    items: tuple[Notification, ...]
    unread: int


class UnreadChanged(Event, frozen=True, tag="notifications.unread_changed"):
    """The number of unread notifications changed, on this device or another."""

    conflated: ClassVar[bool] = True
    topics: ClassVar = ("user",)
    unread: int


class NotificationsWithdrawn(Event, frozen=True, tag="notifications.withdrawn"):
    """Nothing you were told of this relationship is in your inbox any more; show it no longer.

    It has ended, or its invitation was declined or taken back. The count follows.
    """

    topics: ClassVar = ("user",)
    withdraws: ClassVar = True

    relationship_id: UUID


class InboxMoved(Tell, frozen=True, tag="notifications.inbox_moved"):
    """The inbox of a person has changed in the database."""

    actor: ClassVar = "user"
    can_wait: ClassVar[bool] = True
    unread: int
    version: int
    arrived: tuple[Notification, ...] = ()
    withdrawn: tuple[UUID, ...] = ()
    """The relationships of which what was told is gone."""


class MoreToWithdraw(Tell, frozen=True, tag="notifications.more_to_withdraw"):
    """More was told of a relationship than is removed at once; the older part is still there."""

    actor: ClassVar = "user"
    relationship_id: UUID


class ReadMarked(Answer, frozen=True, tag="notifications.read_marked"):
    """It is noted; the new count follows on every device as `notifications.unread_changed`."""


class MarkRead(Command, frozen=True, tag="notifications.mark_read"):
    """Mark notifications as read; those that are read already, or not yours, change nothing."""

    actor: ClassVar = "user"
    reply: ClassVar = ReadMarked

    notification_ids: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=MARKED_AT_ONCE_MAX)]


class MarkAllRead(Command, frozen=True, tag="notifications.mark_all_read"):
    """Mark all notifications as read, the newest 5,000 at once.

    `until` names the newest one you have seen: what came after it stays unread.
    """

    actor: ClassVar = "user"
    reply: ClassVar = ReadMarked

    until: UUID | None = None


class Muted(Value, frozen=True):
    """A kind of notification that is not to come by a channel; the inbox still keeps it."""

    notification_type: NotificationType
    channel: Channel = Channel.PUSH


class QuietHours(Value, frozen=True):
    """From when until when nothing is pushed, by your own clock; it may go past midnight."""

    begin: TimeOfDay
    end: TimeOfDay


class Preferences(Value, frozen=True):
    """What you want of pushes. Urgent notifications come in quiet hours too, unless muted."""

    lock_screen: LockScreen = LockScreen.NOTHING
    quiet_hours: QuietHours | None = None
    muted: Annotated[tuple[Muted, ...], Meta(max_length=MUTED_MAX)] = ()


class PreferencesChanged(Event, frozen=True, tag="notifications.preferences_changed"):
    """You chose what you want of pushes; it is shown whole, as it is now."""

    conflated: ClassVar[bool] = True

    preferences: Preferences


class QuietHoursEmpty(Refusal):
    """Quiet hours end when they begin."""

    code = "notifications.quiet_hours_empty"
    sentence = "Quiet hours cannot begin and end at {begin}; leave them out to have none."
    http_status = 422
    begin: str


class ChangePreferences(Command, frozen=True, tag="notifications.change_preferences"):
    """Choose what you want of pushes; what is left out goes back to how it was at first."""

    actor: ClassVar = "user"
    reply: ClassVar = PreferencesChanged
    refusals: ClassVar = (QuietHoursEmpty,)

    preferences: Preferences


class PushNotSetUp(Refusal):
    """This deployment has no key for Web Push."""

    code = "notifications.push_not_set_up"
    sentence = (
        "This server does not push; notifications come over the socket and wait in the inbox."
    )
    http_status = 404


class EndpointNotAllowed(Refusal):
    """The endpoint is not that of a push service on the public network."""

    code = "notifications.endpoint_not_allowed"
    sentence = "This endpoint is not one of a push service: it must be https, and public."
    http_status = 422


class PushKeyUnknown(Refusal):
    """The subscription was made with a key this deployment does not push with (any more)."""

    code = "notifications.push_key_unknown"
    sentence = (
        "This subscription was made with another key; unsubscribe, and subscribe with the one of "
        "GET /v1/push/key."
    )
    http_status = 422

"""The words of notifications."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from protocol.marks import PRIVATE
from protocol.messages import Event, Tell, Value

Title = Annotated[str, Meta(max_length=200), PRIVATE]
Text = Annotated[str, Meta(max_length=1_000), PRIVATE]

SHOWN_AT_ONCE_MAX = 20


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

    items: tuple[Notification, ...]
    unread: int


class UnreadChanged(Event, frozen=True, tag="notifications.unread_changed"):
    """The number of unread notifications changed on another device."""

    conflated: ClassVar[bool] = True
    unread: int


class InboxMoved(Tell, frozen=True, tag="notifications.inbox_moved"):
    """The inbox of a person has changed in the database."""

    actor: ClassVar = "user"
    unread: int
    version: int
    arrived: tuple[Notification, ...] = ()

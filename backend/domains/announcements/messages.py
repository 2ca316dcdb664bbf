"""The words of announcements."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from protocol.limits import TEXT_MAX
from protocol.messages import Command, Event, Role
from protocol.text import PROSE


class AnnouncementPublished(Event, frozen=True, tag="announcements.published"):
    """Those who run Tandem have something to say to everybody."""

    announcement_id: UUID
    message: str
    published_at: datetime


class PublishAnnouncement(Command, frozen=True, tag="announcements.publish"):
    """Say something to everybody who is connected, and to who comes later."""

    actor: ClassVar = "announcements"
    reply: ClassVar = AnnouncementPublished
    role: ClassVar = Role.ADMIN

    message: Annotated[str, Meta(min_length=1, max_length=TEXT_MAX, pattern=PROSE)]

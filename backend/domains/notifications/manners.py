"""Manners: how each kind of notification is pushed: for how long, how urgently, in whose place.

Pure. A kind that is not named here is news for a day and replaces nothing; a room that knows better
names its kind here, or says what replaces what when it tells (`collapse_key`).
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

import msgspec

from backend.domains.notifications.messages import Notification
from backend.integrations.push_delivery import Delivery, Urgency

TOPIC_BYTES = 24
"""They make the 32 characters a topic may have."""


class Manner(msgspec.Struct, frozen=True, gc=False):
    """For how long a kind is news, and whether the next one about the same makes it none."""

    life: timedelta = timedelta(days=1)
    """Afterwards it waits in the inbox, and no phone rings for it."""
    collapses: bool = False


_USUAL = Manner()
_OF_KIND = {
    # What was due is soon past; what one replaces, whoever reminds says.
    "challenge_reminder": Manner(timedelta(minutes=30)),
    "checkin_submitted": Manner(collapses=True),
    "invitation_accepted": Manner(timedelta(days=3)),
    "invitation_received": Manner(timedelta(days=3)),
    "mood_shared": Manner(timedelta(hours=12), collapses=True),
}
_URGENCY = {"low": Urgency.LOW, "high": Urgency.HIGH, "urgent": Urgency.HIGH}


def manner_of(kind: str) -> Manner:
    """Say how a kind is pushed."""
    return _OF_KIND.get(kind, _USUAL)


def news_until(notification: Notification) -> datetime:
    """Say until when a phone may ring for a notification."""
    return notification.created_at + manner_of(notification.notification_type).life


def about(notification: Notification, collapse_key: str | None) -> str | None:
    """Say by what one notification replaces another of its kind; None when it replaces none."""
    if collapse_key is not None:
        return collapse_key
    if not manner_of(notification.notification_type).collapses:
        return None
    relationship_id = notification.relationship_id
    return None if relationship_id is None else str(relationship_id)


def subject_of(notification: Notification, collapse_key: str | None) -> str:
    """Name what a notification is about: of those with the same subject the last one counts."""
    replaced_by = about(notification, collapse_key)
    if replaced_by is None:
        return str(notification.notification_id)
    return f"{notification.notification_type}\n{replaced_by}"


def topic_of(subject: str, secret: str) -> str:
    """Name a subject so that nobody else can tell what it is.

    Keyed by what the push service does not know of a subscription: it can neither try subjects out
    nor find the same relationship behind the phones of two people. What replaces nothing has a
    topic all the same, its own: sent twice it still waits once.
    """
    digest = hmac.digest(secret.encode(), b"topic\n" + subject.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:TOPIC_BYTES]).decode()


def delivery_of(
    notification: Notification, collapse_key: str | None, *, secret: str, now: datetime
) -> Delivery:
    """Say what the push service is asked to do with a notification that is still news."""
    return Delivery(
        urgency=_URGENCY.get(notification.priority, Urgency.NORMAL),
        life_s=(news_until(notification) - now).total_seconds(),
        topic=topic_of(subject_of(notification, collapse_key), secret),
    )

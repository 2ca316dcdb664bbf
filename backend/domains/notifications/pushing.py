"""Pushing: one notification to one browser, as its reader wants it and as it is still news."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from backend.domains.notifications import manners, rules, store
from backend.domains.notifications.messages import Notification
from backend.domains.notifications.rules import Choice
from backend.integrations.push_answer import Pushed, PushEnd
from backend.integrations.web_push import Subscription, WebPush
from backend.persistence.backing_off import wait_after
from backend.persistence.database import fetch
from backend.persistence.jobs import TryLater

TRIES_MAX = 10

_UNREAD = """
SELECT id, notification_type, title, message, priority, relationship_id, created_at, collapse_key
FROM notification WHERE id = $1 AND user_id = $2 AND read_at IS NULL
"""
# Handed to the jobs that push it, so it comes by itself; the older one would take its place.
_FOLLOWED = """
SELECT 1 FROM notification
WHERE user_id = $1 AND id > $2 AND notification_type = $3 AND pushed_at IS NOT NULL
  AND coalesce(collapse_key, relationship_id::text) = $4
LIMIT 1
"""


class News(msgspec.Struct, frozen=True):
    """A notification that its reader wants on their phone now."""

    notification: Notification
    collapse_key: str | None
    choice: Choice

    @property
    def until(self) -> datetime:
        """When it is news no longer."""
        return manners.news_until(self.notification)


async def read_news(user_id: UUID, notification_id: UUID, now: datetime) -> News | None:
    """Read a notification and what its reader wants; None when it is not to be pushed (any more).

    It is not when it was read or withdrawn, is too old, is muted, or comes in quiet hours.
    """
    rows = await fetch(_UNREAD, notification_id, user_id)
    if not rows:
        return None
    notification = store.notification_of(rows[0])
    choice = (await store.load_choices([user_id])).get(user_id, Choice())
    news = News(notification, rows[0]["collapse_key"], choice)
    if now >= news.until or not rules.wants_push(choice, notification, now):
        return None
    return news


async def is_followed(user_id: UUID, news: News) -> bool:
    """Tell whether a newer one takes its place; a push that was put off comes after that one."""
    notification = news.notification
    about = manners.about(notification, news.collapse_key)
    if about is None:
        return False
    kind = notification.notification_type
    return bool(await fetch(_FOLLOWED, user_id, notification.notification_id, kind, about))


async def send(web_push: WebPush, news: News, subscription: Subscription, now: datetime) -> Pushed:
    """Send it; where the push service finds it too long, once more without what is private."""
    notification = news.notification
    delivery = manners.delivery_of(
        notification, news.collapse_key, secret=subscription.auth, now=now
    )
    whole, least = (
        msgspec.json.encode(rules.push_text(choice, notification, delivery.topic))
        for choice in (news.choice, Choice())
    )
    pushed = await web_push.send(subscription, whole, delivery)
    if pushed.end is PushEnd.TOO_LONG and whole != least:
        pushed = await web_push.send(subscription, least, delivery)
    return pushed


def put_off(news: News, pushed: Pushed, *, tries: int, now: datetime) -> None:
    """Have it tried again, as often as it may be and as long as it is news. Raises TryLater."""
    wait_s = max(wait_after(tries), pushed.after_s)
    if tries < TRIES_MAX and now + timedelta(seconds=wait_s) < news.until:
        raise TryLater(pushed.why, wait_s)

"""What notifications do later: push to phones, and forget what was read long ago."""

from datetime import timedelta
from uuid import UUID

import msgspec
import structlog

from backend.domains import identity
from backend.domains.notifications import missed, rules, store, subscriptions
from backend.domains.notifications.messages import Notification
from backend.domains.notifications.missed import PUSH_MISSED, CutOff
from backend.domains.notifications.rules import Choice
from backend.domains.notifications.store import PUSH, PushWanted
from backend.integrations.web_push import PushEnd, Subscription, Urgency, WebPush
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import TryLater, every, job

log = structlog.get_logger()

STALE_AFTER = timedelta(hours=24)
"""What is older is no news any more: it waits in the inbox, and no phone rings for it."""
TRIES_MAX = 10
READ_KEPT = timedelta(days=180)
FORGOTTEN_AT_ONCE_MAX = 5_000
ROUNDS_MAX = 20

_URGENCY = {"low": Urgency.LOW, "high": Urgency.HIGH, "urgent": Urgency.HIGH}
_UNREAD = """
SELECT id, notification_type, title, message, priority, relationship_id, created_at
FROM notification WHERE id = $1 AND user_id = $2 AND read_at IS NULL
"""
# Wanted by its turn and for somebody who was cut off, a notification is pushed by whoever is first.
_CLAIM = """
UPDATE notification SET pushed_at = $3
WHERE id = $1 AND user_id = $2 AND pushed_at IS NULL RETURNING 1
"""
# What is being withdrawn at this moment is left alone: two that remove the same rows, each in its
# own order, would wait for each other.
_FORGET_READ = """
DELETE FROM notification WHERE id IN (
    SELECT id FROM notification WHERE read_at <= $1 ORDER BY read_at LIMIT $2
    FOR UPDATE SKIP LOCKED
) RETURNING 1
"""


class PushTo(msgspec.Struct, frozen=True):
    """Which notification is to be pushed to which browser."""

    user_id: UUID
    notification_id: UUID
    subscription_id: UUID


@job(PUSH)
async def push(wanted: PushWanted, run: JobRun) -> None:
    """Find the browsers a notification goes to; each is a job of its own, tried by itself."""
    user_id, notification_id = wanted.user_id, wanted.notification_id
    if await _worth_pushing(user_id, notification_id, run) is None:
        return
    browsers = await _alive(user_id, run)
    if not browsers:
        return
    async with run.once():
        if await fetch(_CLAIM, notification_id, user_id, run.now):
            for subscription_id in browsers:
                run.job("notifications.push_to", PushTo(user_id, notification_id, subscription_id))


@job(PUSH_MISSED)
async def push_missed(cut_off: CutOff, run: JobRun) -> None:
    """Push what somebody was told while they only seemed to be there."""
    for notification_id in await missed.read_missed(cut_off, run.now):
        run.job(PUSH, PushWanted(cut_off.user_id, notification_id))


@job("notifications.push_to", tries_max=TRIES_MAX)
async def push_to(wanted: PushTo, run: JobRun) -> None:
    """Push one notification to one browser. Raises TryLater when its push service is away.

    A worker that dies right after the push service took it leaves it to be sent once more; the page
    shows it once, because it carries the notification's id.
    """
    found = await _worth_pushing(wanted.user_id, wanted.notification_id, run)
    kept = await subscriptions.read(wanted.subscription_id)
    # The browser may be somebody else's by now.
    if found is None or kept is None or kept.user_id != wanted.user_id:
        return
    notification, choice = found
    payload = msgspec.json.encode(rules.push_text(choice, notification))
    pushed = await run.use(WebPush).send(
        Subscription(kept.endpoint, kept.p256dh, kept.auth),
        payload,
        _URGENCY.get(notification.priority, Urgency.NORMAL),
    )
    if pushed.end is PushEnd.LATER:
        raise TryLater(pushed.why, pushed.after_s)
    if pushed.end is PushEnd.GONE:
        await subscriptions.forget([kept.subscription_id])
        log.info("a push subscription is gone", subscription_id=kept.subscription_id)
    elif pushed.end is PushEnd.REFUSED:
        log.warning("a push was refused", subscription_id=kept.subscription_id, why=pushed.why)
    else:
        await subscriptions.note_pushed(kept.subscription_id, run.now)


async def _worth_pushing(
    user_id: UUID, notification_id: UUID, run: JobRun
) -> tuple[Notification, Choice] | None:
    """Read a notification that is still news, and what its reader wants; None when it is not."""
    rows = await fetch(_UNREAD, notification_id, user_id)
    if not rows or run.now - rows[0]["created_at"] > STALE_AFTER:
        return None
    notification = store.notification_of(rows[0])
    choice = (await store.load_choices([user_id])).get(user_id, Choice())
    return (notification, choice) if rules.wants_push(choice, notification, run.now) else None


async def _alive(user_id: UUID, run: JobRun) -> list[UUID]:
    """List the subscriptions of somebody whose sessions live; forget those of ended ones."""
    sessions = await subscriptions.sessions_of(user_id)
    wanted = [session_id for session_id in sessions.values() if session_id is not None]
    alive = await identity.alive_among(wanted, run.now)
    ended = [
        id_ for id_, session in sessions.items() if session is not None and session not in alive
    ]
    if ended:
        await subscriptions.forget(ended)
    return [id_ for id_ in sessions if id_ not in ended]


@every(hours=1)
async def forget_read(run: JobRun) -> None:
    """Forget notifications that were read long ago; unread ones stay."""
    for _ in range(ROUNDS_MAX):
        forgotten = len(await fetch(_FORGET_READ, run.now - READ_KEPT, FORGOTTEN_AT_ONCE_MAX))
        if forgotten < FORGOTTEN_AT_ONCE_MAX:
            return

"""What notifications do later: push to phones, and forget what was read or revoked long ago."""

from datetime import timedelta
from uuid import UUID

import msgspec
import structlog

from backend.domains import identity
from backend.domains.notifications import missed, pushing, reach
from backend.domains.notifications.missed import PUSH_MISSED, CutOff
from backend.domains.notifications.store import PUSH, PushWanted
from backend.domains.notifications.subscriptions import RevokeReason
from backend.integrations.push_answer import Pushed, PushEnd
from backend.integrations.web_push import WebPush
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import every, job

log = structlog.get_logger()

READ_KEPT = timedelta(days=180)
AT_ONCE_MAX = 5_000
ROUNDS_MAX = 20

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
    if await pushing.read_news(user_id, notification_id, run.now) is None:
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


@job("notifications.push_to", tries_max=pushing.TRIES_MAX)
async def push_to(wanted: PushTo, run: JobRun) -> None:
    """Push one notification to one browser. Raises TryLater when its push service is away.

    At least once: a worker that dies, or loses its lease, between the answer of the push service
    and the commit of what it meant leaves the job to another, which sends again. Marked before it
    is sent, it would come at most once, and be lost whenever a worker is killed. The repetition has
    the same topic, so it replaces the first where that still waits, and on the screen where it does
    not. What an answer means is counted once, for it commits with the end of the job.
    """
    web_push = run.use(WebPush)
    news = await pushing.read_news(wanted.user_id, wanted.notification_id, run.now)
    browser = await reach.read(wanted.subscription_id, eldest_key=web_push.keys.eldest)
    # The browser may be somebody else's by now.
    if news is None or browser is None or browser.user_id != wanted.user_id:
        return
    if await pushing.is_followed(wanted.user_id, news):
        return
    pushed = await pushing.send(web_push, news, browser.subscription, run.now)
    if pushed.end is PushEnd.LATER:
        pushing.put_off(news, pushed, tries=run.tries, now=run.now)
        log.warning("a push was given up", subscription_id=browser.subscription_id, why=pushed.why)
        return
    async with run.once():
        revoked = await reach.note_end(browser.subscription_id, pushed.end, run.now)
    _say(browser.subscription_id, pushed, revoked)


def _say(subscription_id: UUID, pushed: Pushed, revoked: RevokeReason | None) -> None:
    """Leave a line about what is not as it should be."""
    if revoked is RevokeReason.GONE:
        log.info("a push subscription is gone", subscription_id=subscription_id)
    elif revoked is not None:
        log.warning(
            "a push subscription was revoked",
            subscription_id=subscription_id,
            reason=revoked.value,
            why=pushed.why,
        )
    elif pushed.end is not PushEnd.DELIVERED:
        log.warning("a push was refused", subscription_id=subscription_id, why=pushed.why)


async def _alive(user_id: UUID, run: JobRun) -> list[UUID]:
    """List the subscriptions of somebody whose sessions live; forget those of ended ones."""
    sessions = await reach.sessions_of(user_id)
    wanted = [session_id for session_id in sessions.values() if session_id is not None]
    alive = await identity.alive_among(wanted, run.now)
    ended = [
        id_ for id_, session in sessions.items() if session is not None and session not in alive
    ]
    if ended:
        await reach.forget(ended)
    return [id_ for id_ in sessions if id_ not in ended]


@every(hours=1)
async def forget_read(run: JobRun) -> None:
    """Forget notifications that were read long ago; unread ones stay."""
    for _ in range(ROUNDS_MAX):
        if len(await fetch(_FORGET_READ, run.now - READ_KEPT, AT_ONCE_MAX)) < AT_ONCE_MAX:
            return


@every(hours=1)
async def forget_revoked(run: JobRun) -> None:
    """Forget subscriptions that were revoked long ago."""
    for _ in range(ROUNDS_MAX):
        if await reach.forget_revoked(run.now, AT_ONCE_MAX) < AT_ONCE_MAX:
            return


@every(hours=1)
async def note_keys(run: JobRun) -> None:
    """Write down with which key those were made that are from when there was but one."""
    eldest_key = run.use(WebPush).keys.eldest
    for _ in range(ROUNDS_MAX if eldest_key else 0):
        if await reach.note_key(eldest_key, AT_ONCE_MAX) < AT_ONCE_MAX:
            return

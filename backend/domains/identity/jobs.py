"""What identity does later: sends letters, forgets what has ended. Each job bears repeating."""

from datetime import datetime, timedelta

import structlog

from backend.domains.identity.links import sending
from backend.domains.identity.links.wanted import (
    SEND_LINK,
    SEND_NOTICE,
    LinkWanted,
    NoticeWanted,
)
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import every, job

log = structlog.get_logger()

ENDED_KEPT = timedelta(days=30)
LINKS_KEPT = timedelta(days=1)
"""So long somebody is told that a link was used, or came too late."""
AT_ONCE_MAX = 5_000
ROUNDS_MAX = 100
"""In one run; the rest is for the next."""

_FORGET_TICKETS = """
DELETE FROM socket_ticket WHERE hash IN (
    SELECT hash FROM socket_ticket WHERE expires_at <= $1 LIMIT $2
) RETURNING 1
"""
_FORGET_REFRESH_TOKENS = """
DELETE FROM refresh_token WHERE id IN (
    SELECT id FROM refresh_token WHERE expires_at <= $1 LIMIT $2
) RETURNING 1
"""
_FORGET_SESSIONS = """
DELETE FROM session WHERE id IN (
    SELECT id FROM session WHERE expires_at <= $1 OR revoked_at <= $1 LIMIT $2
) RETURNING 1
"""
_FORGET_ATTEMPTS = """
DELETE FROM oidc_attempt WHERE state_hash IN (
    SELECT state_hash FROM oidc_attempt WHERE expires_at <= $1 LIMIT $2
) RETURNING 1
"""
_FORGET_LINKS = """
DELETE FROM auth_token WHERE id IN (
    SELECT id FROM auth_token WHERE expires_at <= $1 LIMIT $2
) RETURNING 1
"""


@job(SEND_LINK)
async def send_link(wanted: LinkWanted, run: JobRun) -> None:
    """Send a link that was asked for."""
    await sending.send_link(wanted, run)


@job(SEND_NOTICE)
async def send_notice(wanted: NoticeWanted, run: JobRun) -> None:
    """Tell somebody what has happened to their account."""
    await sending.send_notice(wanted, run)


@every(hours=1)
async def forget(run: JobRun) -> None:
    """Forget what ended long ago, a piece at a time."""
    for _ in range(ROUNDS_MAX):
        forgotten = await forget_what_ended(run.now)
        log.info("identity forgot what has ended", rows=forgotten)
        if forgotten < AT_ONCE_MAX:
            return


async def forget_what_ended(now: datetime) -> int:
    """Delete tickets and refresh tokens past their time, sessions a month after it, links a day.

    Returns how many rows those were. Of each at most `AT_ONCE_MAX`, so that nothing is locked for
    long.
    """
    forgotten = 0
    for statement, before in (
        (_FORGET_TICKETS, now),
        (_FORGET_REFRESH_TOKENS, now),
        (_FORGET_SESSIONS, now - ENDED_KEPT),
        (_FORGET_LINKS, now - LINKS_KEPT),
        (_FORGET_ATTEMPTS, now),
    ):
        forgotten += len(await fetch(statement, before, AT_ONCE_MAX))
    return forgotten

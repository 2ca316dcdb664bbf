"""Sending: a worker draws the token, keeps its hash, and hands the letter over.

It is done at least once: when a worker dies between the letter and the end of its job, a second
letter comes with a link of its own. Both open, and the first to be opened uses both up.
"""

import structlog

from backend.domains.identity import store
from backend.domains.identity.links import link_store
from backend.domains.identity.links.letters import letter_of, link_of
from backend.domains.identity.links.link_store import NewLink, Purpose
from backend.domains.identity.links.notices import notice_of
from backend.domains.identity.links.wanted import LinkWanted, NoticeWanted
from backend.domains.identity.settings import LINK_LIFE
from backend.domains.identity.tokens import TokenKind, hash_of_new, new_token
from backend.integrations.mail import Letter, MailAway, Mailer, MailRefused
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import TryLater
from protocol.ids import uuid7

log = structlog.get_logger()


async def send_link(wanted: LinkWanted, run: JobRun) -> None:
    """Send the link that was asked for, if there is any to send. Raises TryLater.

    What opens an account goes to the address as its owner gave it: two that differ in case alone
    are one to us, and may be two people's where they have their mail.
    """
    holder = await store.holder_of(wanted.email)
    if wanted.purpose is Purpose.RESET_PASSWORD and holder is None:
        log.info("nothing is sent: nobody has this address")
        return
    user_id, email = wanted.user_id, wanted.email
    if user_id is None and holder is not None:
        user_id, email = holder.user_id, holder.email
    token, now = new_token(TokenKind.LINK), run.now
    link = NewLink(
        id=uuid7(int(now.timestamp() * 1000)),
        purpose=wanted.purpose,
        token_hash=hash_of_new(token),
        email=email,
        user_id=user_id,
        challenge=wanted.challenge,
        return_to=wanted.return_to,
        expires_at=now + LINK_LIFE,
    )
    await link_store.add(link, now)
    letter = letter_of(
        wanted.purpose,
        to=email,
        link=link_of(wanted.return_to, token, wanted.purpose),
        minutes=int(LINK_LIFE.total_seconds()) // 60,
        is_known=holder is not None,
    )
    await send_letter(letter, run)


async def send_notice(wanted: NoticeWanted, run: JobRun) -> None:
    """Tell somebody what has happened to their account. Raises TryLater."""
    await send_letter(notice_of(wanted.notice, wanted.email), run)


async def send_letter(letter: Letter, run: JobRun) -> None:
    """Hand a letter over to the mail server; one it will never take is let go. Raises TryLater."""
    assert run.job_id is not None  # noqa: S101 - these are jobs, not schedules
    try:
        await run.use(Mailer).send(letter, id=run.job_id, at=run.now)
    except MailAway as problem:
        raise TryLater(str(problem)) from None
    except MailRefused as problem:
        log.warning("a letter was refused", why=str(problem))

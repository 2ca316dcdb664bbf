"""What USDC does by itself: looks at the chain each minute, posts, settles, lets expire, writes."""

import structlog

from backend.domains import identity
from backend.domains.identity import TokenKind
from backend.domains.usdc import depositing, executing, session_store, withdrawal_store, withdrawing
from backend.domains.usdc.depositing import POST, Growth
from backend.domains.usdc.executing import END, Paid
from backend.domains.usdc.letters import (
    CONFIRM,
    SEND_CONFIRMATION,
    SEND_NOTICE,
    ConfirmationWanted,
    NoticeWanted,
    address_added,
    confirmation,
)
from backend.domains.usdc.usdc import Usdc
from backend.integrations.chain import ChainProblem
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import TryLater, every, job

log = structlog.get_logger()

SESSIONS_ENDED_MAX = 1_000


@every(minutes=1)
async def look_at_deposits(run: JobRun) -> None:
    """Look at addresses of ours, and have posted what has come in."""
    usdc = run.use(Usdc)
    if not usdc.is_offered:
        return
    await session_store.end_old(run.now, SESSIONS_ENDED_MAX)
    try:
        await depositing.look(run, await usdc.chain(), usdc.settings.chain_id)
    except ChainProblem as problem:
        log.warning("the chain could not be read", why=str(problem))


@every(minutes=1)
async def look_at_payments(run: JobRun) -> None:
    """Look at what operators paid, and have ended what the chain confirms."""
    usdc = run.use(Usdc)
    if not usdc.is_offered:
        return
    try:
        await executing.look(run, await usdc.chain(), usdc.settings.chain_id)
    except ChainProblem as problem:
        log.warning("the chain could not be read", why=str(problem))


@every(minutes=1)
async def expire_withdrawals(run: JobRun) -> None:
    """Give back what was not confirmed in time."""
    count = await withdrawing.expire(run)
    if count:
        log.info("withdrawals have expired", count=count)


@job(POST)
async def post_growth(growth: Growth, run: JobRun) -> None:
    """Post what an address has grown by."""
    try:
        await depositing.post(growth, run)
    except ChainProblem as problem:
        raise TryLater(str(problem)) from None


@job(END)
async def end_withdrawal(paid: Paid, run: JobRun) -> None:
    """End a withdrawal that the chain says was paid."""
    try:
        await executing.end(run, await run.use(Usdc).chain(), paid.withdrawal_id)
    except ChainProblem as problem:
        raise TryLater(str(problem)) from None


@job(SEND_NOTICE)
async def send_notice(wanted: NoticeWanted, run: JobRun) -> None:
    """Tell somebody that an address was added to their account."""
    email = await identity.email_of(wanted.user_id)
    if email is not None:
        await identity.send_letter(address_added(email, wanted.address), run)


@job(SEND_CONFIRMATION)
async def send_confirmation(wanted: ConfirmationWanted, run: JobRun) -> None:
    """Send the link that confirms a withdrawal.

    It is done at least once: a second letter's link takes the place of the first one's.
    """
    found = await withdrawal_store.find(wanted.withdrawal_id)
    addressee = await identity.addressee_of(found.user_id) if found is not None else None
    if found is None or addressee is None:
        return  # Nobody is written to any more; it expires.
    token = identity.new_token(TokenKind.LINK)
    if await withdrawal_store.keep_token(found.id, identity.hash_of_new(token), run.now):
        link = identity.link_of(wanted.return_to, token, CONFIRM)
        minutes = int((found.confirm_until - run.now).total_seconds()) // 60
        await identity.send_letter(confirmation(addressee, found, link, minutes), run)

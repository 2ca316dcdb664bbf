"""Applying: our books and rows are made to agree with what Stripe says of a payment.

Whatever comes first, twice or not at all: what is there afterwards follows from the last picture
alone. Two that are applied at once are told apart by the version of the row.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from backend.domains import ledger
from backend.domains.payments import booking, parts_store, recovering, refunding, store
from backend.domains.payments.booking import KnownDispute
from backend.domains.payments.messages import ForfeitMoved, PaymentMoved
from backend.domains.payments.picture import (
    METADATA_PAYMENT,
    DisputeSeen,
    Picture,
    our_id,
    read_picture,
)
from backend.domains.payments.store import PaymentRow
from backend.domains.payments.values import (
    OWED,
    UNDECIDED,
    PaymentStatus,
    PaymentType,
    RefundStatus,
)
from backend.integrations.stripe_api import Stripe, stripe_facts
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import TryLater
from protocol.address import address_of, users_address

TRIES_MAX = 4
"""How often a saved card is tried for what was forfeited,"""
RETRY_AFTER = (timedelta(days=1), timedelta(days=3), timedelta(days=5))
"""and how long after each: banks say no for a day, and wages come once a month."""
OVERTAKEN_MAX = 5

_GONE = (RefundStatus.PLANNED, RefundStatus.PENDING, RefundStatus.SUCCEEDED)


APPLIED, IGNORED = "applied", "ignored"
"""What becomes of a word of Stripe's: our rows agree with it, or it is about nothing of ours."""
Also = Callable[[str], Awaitable[None]]


async def nothing(_became: str) -> None:
    """Do nothing besides."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Why a payment is looked at."""

    event_at: datetime | None = None
    """When what an event told of happened."""
    tried: int | None = None
    """Which try of a saved card has just been made, counted from 0."""


class PaidTwice(Exception):
    """Two payments of Stripe's say that they are one of ours, and the second was paid too."""


class PaidOtherwise(Exception):
    """A payment of Stripe's says that it is one of ours, and another amount was paid."""


class _Overtaken(Exception):
    """Another has changed the payment since it was read; the picture may be the older one."""


async def apply_payment(run: JobRun, stripe_id: str, seen: Seen, also: Also = nothing) -> None:
    """Make our rows agree with a payment of Stripe's, and end the run.

    `also` is done in the same transaction, and told whether anything was ours. Raises
    StripeProblem, TryLater, PaidTwice, PaidOtherwise.
    """
    for _ in range(OVERTAKEN_MAX):
        row = await store.find(stripe_id)
        picture = await read_picture(run.use(Stripe).client, stripe_id)
        if row is None and picture is not None and picture.payment_id is not None:
            row = await store.read(picture.payment_id)
        if row is None or picture is None or _is_another(row, picture):
            async with run.once():
                await also(IGNORED)
            return
        try:
            async with run.once():
                await _apply(run, row, picture, seen)
                await also(APPLIED)
        except _Overtaken:
            continue
        return
    raise TryLater("others keep changing this payment")


async def apply_session(run: JobRun, session_id: str, seen: Seen, also: Also = nothing) -> None:
    """Know what became of a page of Stripe's, and end the run.

    Somebody paid there, or its time is over. Raises what `apply_payment` does.
    """
    with stripe_facts():
        session = await run.use(Stripe).client.v1.checkout.sessions.retrieve_async(session_id)
    payment_id = our_id(session.metadata, METADATA_PAYMENT)
    payment = await store.read(payment_id) if payment_id is not None else None
    if isinstance(session.payment_intent, str):
        await apply_payment(run, session.payment_intent, seen, also)
    elif payment is None or payment.checkout_session_id not in {None, session_id}:
        async with run.once():
            await also(IGNORED)
    elif session.status == "expired":
        await cancel_unpaid(run, payment.id, also)
    else:
        async with run.once():
            await also(APPLIED)


async def apply_known(run: JobRun, row: PaymentRow) -> None:
    """Look by itself at what Stripe has of a payment. Raises what `apply_payment` does."""
    if row.stripe_id is not None:
        await apply_payment(run, row.stripe_id, Seen())
    elif row.checkout_session_id is not None:
        await apply_session(run, row.checkout_session_id, Seen())


async def cancel_unpaid(run: JobRun, payment_id: UUID, also: Also = nothing) -> None:
    """Know that a payment which Stripe never began will not come about, and end the run."""
    async with run.once():
        row = await store.lock(payment_id)
        if row.stripe_id is None and row.status in UNDECIDED:
            changed = msgspec.structs.replace(row, status=PaymentStatus.CANCELED)
            await store.write(changed, run.now)
            tell(run, row, changed)
        await also(APPLIED)


def _is_another(row: PaymentRow, picture: Picture) -> bool:
    """Tell whether a payment only says that it is this one. Raises PaidTwice, PaidOtherwise."""
    if row.stripe_id == picture.stripe_id:
        return False
    is_same = (row.amount_minor, row.currency) == (picture.amount_minor, picture.currency)
    if row.stripe_id is None and is_same:
        return False
    if not picture.received_minor:
        return True
    if row.stripe_id is not None:
        raise PaidTwice(f"{picture.stripe_id} was paid, and {row.id} is {row.stripe_id}")
    raise PaidOtherwise(f"{picture.stripe_id} was paid, and {row.id} is of another amount")


async def _apply(run: JobRun, read: PaymentRow, picture: Picture, seen: Seen) -> None:
    await store.one_at_a_time(read.user_id)
    row = await store.lock(read.id)
    if row.version != read.version:
        raise _Overtaken
    now = run.now
    await ledger.post_now(
        run,
        *booking.paid(row.known, picture, now),
        *booking.charged(row.known, picture, now),
    )
    refunds = await refunding.apply_refunds(run, row, picture.refunds)
    owed_before = await parts_store.owed(row.user_id)
    disputed_minor = 0
    known = await parts_store.disputes_of(row.id)
    for dispute in picture.disputes:
        disputed_minor += await _apply_dispute(run, row, known, dispute)
    changed = msgspec.structs.replace(
        changed_by(row, picture, seen, now),
        refunded_minor=parts_store.seen_minor(refunds, _GONE),
        disputed_minor=disputed_minor,
    )
    await store.write(changed, now)
    is_news = disputed_minor > row.disputed_minor
    await recovering.recover(run, row.user_id, owed_before, is_news=is_news)
    tell(run, row, changed)


async def _apply_dispute(
    run: JobRun, row: PaymentRow, all_known: dict[UUID, KnownDispute], seen: DisputeSeen
) -> int:
    dispute_id = parts_store.id_of(seen.stripe_id)
    known = all_known.get(dispute_id) or KnownDispute(id=dispute_id, user_id=row.user_id)
    transfers = booking.disputed(known, seen, run.now)
    left_minor = seen.withdrawn_minor - seen.reinstated_minor
    too_much = known.recovered_minor - left_minor
    if too_much > 0:
        transfers.append(booking.recovered(known, -too_much, run.now))
        known = msgspec.structs.replace(known, recovered_minor=left_minor)
    await ledger.post_now(run, *transfers)
    await parts_store.write_dispute(known, row, seen, run.now)
    return left_minor


def changed_by(row: PaymentRow, picture: Picture, seen: Seen, now: datetime) -> PaymentRow:
    """Say what a payment itself is after a picture; pure."""
    is_paid = picture.status is PaymentStatus.SUCCEEDED
    tries = row.tries + 1 if seen.tried == row.tries and not is_paid else row.tries
    is_given_up = row.payment_type is PaymentType.FORFEIT and tries >= TRIES_MAX
    status = _status(row, picture.status)
    if status is PaymentStatus.DECLINED and is_given_up:
        status = PaymentStatus.UNPAID
    next_try_at = next_try(tries, now) if tries > row.tries else row.next_try_at
    return msgspec.structs.replace(
        row,
        status=status,
        stripe_id=picture.stripe_id,
        received_minor=row.received_minor or picture.received_minor,
        fee_minor=picture.fee_minor,
        problem=None if is_paid else picture.problem or row.problem,
        tries=tries,
        next_try_at=None if is_paid or status is PaymentStatus.CANCELED else next_try_at,
        paid_at=(row.paid_at or now) if is_paid else None,
        seen_event_at=seen.event_at or row.seen_event_at,
    )


def next_try(tries: int, now: datetime) -> datetime | None:
    """Say when a saved card is tried again after so many tries; None when it is given up."""
    return None if tries >= TRIES_MAX else now + RETRY_AFTER[tries - 1]


def _status(row: PaymentRow, seen: PaymentStatus) -> PaymentStatus:
    """Say how a payment stands; what was given up stays so until it is paid."""
    if row.status is PaymentStatus.SUCCEEDED:
        return row.status
    if row.payment_type is PaymentType.FORFEIT and row.status in OWED:
        is_as_before = seen is PaymentStatus.OPEN or (
            row.status is PaymentStatus.UNPAID and seen in OWED
        )
        return row.status if is_as_before else seen
    return seen


def tell(run: JobRun, before: PaymentRow, row: PaymentRow) -> None:
    """Let its payer know, and the challenge whose forfeit it is."""
    if row.shown == before.shown:
        return
    is_other = row.status is not before.status
    is_forfeit = row.payment_type is PaymentType.FORFEIT
    is_news = is_other and (
        row.status is PaymentStatus.SUCCEEDED or (is_forfeit and row.status in OWED)
    )
    run.tell(users_address(row.user_id), PaymentMoved(payment=row.shown, is_news=is_news))
    if is_forfeit and is_news:
        _tell_challenge(run, row)


def _tell_challenge(run: JobRun, row: PaymentRow) -> None:
    """Let a challenge know how its forfeit stands."""
    assert row.challenge_id is not None  # noqa: S101 - each forfeit is of one
    assert row.challenge_event_id is not None  # noqa: S101
    run.tell(
        address_of("challenge", row.challenge_id),
        ForfeitMoved(
            challenge_event_id=row.challenge_event_id,
            amount_minor=row.amount_minor,
            is_paid=row.status is PaymentStatus.SUCCEEDED,
        ),
    )

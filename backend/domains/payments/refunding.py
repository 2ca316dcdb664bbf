"""Refunding: what becomes of each refund of a payment, ours or one made in Stripe's dashboard.

A refund of ours was asked for by its owner, out of their wallet, where it is held until Stripe has
decided. One that was made in the dashboard was given: the wallet bears what it has of it, the house
the rest; nobody comes to owe something because they were given something back.
"""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from backend.domains import ledger
from backend.domains.ledger import Asset, InsufficientFunds
from backend.domains.payments import booking, parts_store, store
from backend.domains.payments.messages import PayoutMoved
from backend.domains.payments.parts_store import RefundRow
from backend.domains.payments.picture import RefundSeen
from backend.domains.payments.store import PaymentRow
from backend.domains.payments.values import PaymentType, RefundStatus
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from protocol.address import users_address

_AVAILABLE = "SELECT available_minor FROM wallet WHERE owner_id = $1 AND asset = $2"
FINDING_MAX = 3
"""How often what a wallet has may turn out to be less, because its owner spends it meanwhile."""


async def apply_refunds(
    run: JobRun, payment: PaymentRow, seen: Iterable[RefundSeen]
) -> list[RefundRow]:
    """Make the refunds of a locked payment agree with what Stripe says; gives all of them."""
    known, seen = await parts_store.refunds_of(payment.id), tuple(seen)
    by_stripe_id = {one.stripe_id: one for one in known if one.stripe_id}
    by_id = {one.id: one for one in known}
    for too_much in _too_much(payment, known, seen):
        by_id[too_much.id] = await _give_up(run, too_much, "refunded_meanwhile")
    for one in seen:
        row = by_stripe_id.get(one.stripe_id)
        if row is None and one.refund_id is not None:
            row = by_id.get(one.refund_id)
        if row is None:
            row = _adopted(payment, one)
            await parts_store.add_refund(row, payment.id, run.now)
        changed = await _apply(run, payment, row, one)
        by_id[changed.id] = changed
    return list(by_id.values())


async def refuse(run: JobRun, payment: PaymentRow, refund_id: UUID, problem: str) -> None:
    """Give a refund up that Stripe does not even begin; its payment is locked."""
    known = {one.id: one for one in await parts_store.refunds_of(payment.id)}
    row = known[refund_id]
    if row.status is not RefundStatus.PLANNED:
        return
    await _give_up(run, row, problem)
    left_minor = payment.refunded_minor - row.amount_minor
    await store.write(msgspec.structs.replace(payment, refunded_minor=left_minor), run.now)


def _too_much(
    payment: PaymentRow, known: Iterable[RefundRow], seen: Iterable[RefundSeen]
) -> list[RefundRow]:
    """Say what was planned, and is more than is left after what went back meanwhile."""
    gone = [one for one in seen if one.status is not RefundStatus.FAILED]
    asked = {one.refund_id for one in gone}
    left_minor = payment.received_minor - sum(one.amount_minor for one in gone)
    found = []
    for row in known:
        if row.status is not RefundStatus.PLANNED or row.id in asked:
            continue
        if row.amount_minor > left_minor:
            found.append(row)
        else:
            left_minor -= row.amount_minor
    return found


async def _give_up(run: JobRun, row: RefundRow, problem: str) -> RefundRow:
    """Have what was held for a refund be in the wallet again."""
    await ledger.post_now(run, *booking.not_refunded(row, run.now))
    failed = msgspec.structs.replace(row, status=RefundStatus.FAILED)
    await parts_store.write_refund(failed, problem, run.now)
    await _tell(run, failed, failed_minor=row.amount_minor)
    return failed


async def _apply(run: JobRun, payment: PaymentRow, row: RefundRow, seen: RefundSeen) -> RefundRow:
    before, status = row.status, seen.status
    is_known = before is status and row.stripe_id == seen.stripe_id
    is_over = before is RefundStatus.FAILED or (
        before is RefundStatus.SUCCEEDED and status is not RefundStatus.FAILED
    )
    if is_known or is_over:
        return row
    is_failed = status is RefundStatus.FAILED
    if status is RefundStatus.SUCCEEDED:
        row = await _book(run, payment, row)
    elif is_failed and before is RefundStatus.SUCCEEDED:
        await ledger.post_now(run, *booking.sent_back(row, run.now))
    elif is_failed and row.is_held:
        await ledger.post_now(run, *booking.not_refunded(row, run.now))
    row = msgspec.structs.replace(row, status=status, stripe_id=seen.stripe_id)
    await parts_store.write_refund(row, seen.problem, run.now)
    await _tell(run, row, failed_minor=row.amount_minor if is_failed else 0)
    return row


def _adopted(payment: PaymentRow, seen: RefundSeen) -> RefundRow:
    """Know of a refund that was made in the dashboard; it is booked when it has left."""
    return RefundRow(
        id=parts_store.id_of(seen.stripe_id),
        user_id=payment.user_id,
        amount_minor=seen.amount_minor,
        from_wallet_minor=0,
        is_held=False,
        payout_id=None,
        status=RefundStatus.PLANNED,
        stripe_id=seen.stripe_id,
    )


async def _book(run: JobRun, payment: PaymentRow, row: RefundRow) -> RefundRow:
    if row.is_held:
        await ledger.post_now(run, *booking.refunded(row, run.now))
        return row
    # What was forfeited went to somebody else: its payer's wallet never had it.
    is_fund = payment.payment_type is PaymentType.FUND
    most = await available(row.user_id) if is_fund else 0
    for _ in range(FINDING_MAX):
        booked = msgspec.structs.replace(row, from_wallet_minor=min(most, row.amount_minor))
        try:
            await ledger.post_now(run, *booking.refunded(booked, run.now))
        except InsufficientFunds as problem:
            most = problem.available_minor
        else:
            return booked
    await ledger.post_now(run, *booking.refunded(row, run.now))
    return row


async def available(user_id: UUID) -> int:
    """Say what somebody has free of usd."""
    rows = await fetch(_AVAILABLE, user_id, Asset.USD)
    found: int = rows[0]["available_minor"] if rows else 0
    return found


async def _tell(run: JobRun, refund: RefundRow, failed_minor: int) -> None:
    if refund.payout_id is None:
        return
    found = await parts_store.read_payout(refund.payout_id)
    assert found is not None  # noqa: S101 - the refund is a piece of it
    told = PayoutMoved(payout=found[1], failed_minor=failed_minor)
    run.tell(users_address(refund.user_id), told)

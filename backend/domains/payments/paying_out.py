"""Paying out: money goes back to the cards it came from, the oldest payment first.

What was won from others, or given, came from no card of its owner's and cannot go to one: it stays
in the wallet, for other promises. Each piece is held in the wallet until Stripe has decided it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5

import msgspec
from stripe import StripeClient

from backend.domains import ledger
from backend.domains.ledger import Asset, Phase, Reason, Transfer, wallet_account
from backend.domains.payments import applying, parts_store, refunding, rules, store
from backend.domains.payments.applying import Seen
from backend.domains.payments.bodies import PayOut
from backend.domains.payments.booking import CARD
from backend.domains.payments.funding import client_of
from backend.domains.payments.messages import (
    Owing,
    PaymentDiffers,
    PayoutExceeds,
    PayoutMoved,
)
from backend.domains.payments.parts_store import RefundRow
from backend.domains.payments.picture import METADATA_REFUND, PARTS_MAX, our_id
from backend.domains.payments.putting_off import later
from backend.domains.payments.rules import Going
from backend.domains.payments.values import Payout, RefundStatus
from backend.integrations.stripe_api import (
    Stripe,
    StripeAway,
    StripeKeyRefused,
    StripeRequestWrong,
    stripe_facts,
)
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from protocol.address import users_address

REFUND = "payments.refund"

_REFUNDABLE = """
SELECT id, received_minor - refunded_minor AS left_minor, paid_at FROM payment_intent
WHERE user_id = $1 AND payment_type = 'fund' AND status = 'succeeded' AND disputed_minor = 0
  AND received_minor > refunded_minor AND stripe_id IS NOT NULL
  AND (SELECT count(*) FROM payment_refund AS r WHERE r.payment_intent_id = payment_intent.id) < $3
ORDER BY created_at, id LIMIT $2 FOR UPDATE
"""
_LEFT = """
SELECT least(
    (SELECT coalesce(sum(received_minor - refunded_minor), 0) FROM payment_intent
     WHERE user_id = $1 AND payment_type = 'fund' AND status = 'succeeded'
       AND disputed_minor = 0
       AND (SELECT count(*) FROM payment_refund AS r
            WHERE r.payment_intent_id = payment_intent.id) < $2),
    (SELECT coalesce(sum(available_minor), 0) FROM wallet WHERE owner_id = $1 AND asset = 'usd')
)::bigint AS left_minor
"""
_LATELY = """
SELECT paid_at, refunded_minor FROM payment_intent
WHERE user_id = $1 AND payment_type = 'fund' AND status = 'succeeded' AND paid_at > $2
"""
_ADD = """
INSERT INTO payout (id, user_id, amount_minor, created_at) VALUES ($1, $2, $3, $4)
"""
_ON_ITS_WAY = """
UPDATE payment_intent SET refunded_minor = refunded_minor + $2, version = version + 1,
       updated_at = $3
WHERE id = $1
"""
_PLANNED = """
SELECT r.payment_intent_id, r.amount_minor, p.stripe_id FROM payment_refund AS r
JOIN payment_intent AS p ON p.id = r.payment_intent_id WHERE r.id = $1 AND r.status = 'planned'
"""


class PayoutLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment bears of money that comes and goes; a service of nodes."""

    unused_minor_max: int
    """How much of what came in within 30 days goes back though nobody promised anything."""


class _Piece(NamedTuple):
    """What goes back of one payment."""

    payment_id: UUID
    paid_at: datetime
    amount_minor: int


class SendRefund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund that Stripe is to be asked for."""

    refund_id: UUID


async def refundable(user_id: UUID) -> int:
    """Say how much somebody can have paid back, in cents."""
    found: int = (await fetch(_LEFT, user_id, PARTS_MAX))[0]["left_minor"]
    return found


async def pay_out(run: JobRun, user_id: UUID, wish: PayOut) -> Payout:
    """Have money go back to the cards it came from.

    Raises CardsNotOffered, Owing, PayoutExceeds, AmountWrong, PayoutTooSoon, PaymentDiffers,
    InsufficientFunds.
    """
    client_of(run)
    async with run.once():
        await store.one_at_a_time(user_id)
        if await parts_store.read_payout(wish.payout_id) is None:
            await _plan(run, user_id, wish)
    found = await parts_store.read_payout(wish.payout_id)
    if found is None or (found[0], found[1].amount_minor) != (user_id, wish.amount_minor):
        raise PaymentDiffers(id=wish.payout_id)
    return found[1]


async def _plan(run: JobRun, user_id: UUID, wish: PayOut) -> None:
    owed_minor = await parts_store.owed(user_id) + await store.owed_forfeits(user_id)
    if owed_minor:
        raise Owing(owed_minor=owed_minor)
    rules.check_payout(wish.amount_minor, refundable_minor=await refundable(user_id))
    pieces = await _pieces(user_id, wish.amount_minor)
    await _check_unused(run, user_id, pieces)
    await fetch(_ADD, wish.payout_id, user_id, wish.amount_minor, run.now)
    holds = []
    for piece in pieces:
        refund = RefundRow(
            id=uuid5(wish.payout_id, str(piece.payment_id)),
            user_id=user_id,
            amount_minor=piece.amount_minor,
            from_wallet_minor=piece.amount_minor,
            is_held=True,
            payout_id=wish.payout_id,
            status=RefundStatus.PLANNED,
            stripe_id=None,
        )
        await parts_store.add_refund(refund, piece.payment_id, run.now)
        await fetch(_ON_ITS_WAY, piece.payment_id, piece.amount_minor, run.now)
        holds.append(_held(refund, run))
        run.job(REFUND, SendRefund(refund_id=refund.id))
    await ledger.post_now(run, *holds)
    found = await parts_store.read_payout(wish.payout_id)
    assert found is not None  # noqa: S101 - it was just written
    run.tell(users_address(user_id), PayoutMoved(payout=found[1], failed_minor=0))


async def _pieces(user_id: UUID, amount_minor: int) -> list[_Piece]:
    """Say of which payments so much goes back, the oldest first. Raises PayoutExceeds."""
    pieces, left_minor = [], amount_minor
    for row in await fetch(_REFUNDABLE, user_id, rules.PIECES_MAX, PARTS_MAX):
        piece_minor = min(left_minor, row["left_minor"])
        pieces.append(_Piece(row["id"], row["paid_at"], piece_minor))
        left_minor -= piece_minor
        if left_minor == 0:
            return pieces
    raise PayoutExceeds(refundable_minor=amount_minor - left_minor)


async def _check_unused(run: JobRun, user_id: UUID, pieces: Sequence[_Piece]) -> None:
    """Refuse to give much back that came in lately and was not used. Raises PayoutTooSoon."""
    since = run.now - rules.UNUSED_AFTER
    before = await fetch(_LATELY, user_id, since)
    gone = [Going(row["paid_at"], row["refunded_minor"]) for row in before]
    gone += [Going(one.paid_at, one.amount_minor) for one in pieces if one.paid_at > since]
    rules.check_unused(
        sorted(gone),
        sum(one.amount_minor for one in pieces),
        unused_minor_max=run.use(PayoutLimits).unused_minor_max,
        staked_minor=await ledger.staked_since(user_id, Asset.USD, since),
    )


def _held(refund: RefundRow, run: JobRun) -> Transfer:
    return Transfer(
        id=refund.id,
        debit_account_id=wallet_account(refund.user_id, Asset.USD),
        credit_account_id=CARD,
        amount_minor=refund.amount_minor,
        asset=Asset.USD,
        reason=Reason.REFUND,
        reference=refund.reference,
        at=run.now,
        phase=Phase.PENDING,
    )


async def send_refund(run: JobRun, refund_id: UUID) -> None:
    """Ask Stripe for a refund, once. Raises TryLater, StripeProblem."""
    rows = await fetch(_PLANNED, refund_id)
    if not rows:
        return
    payment_id, stripe_id = rows[0]["payment_intent_id"], rows[0]["stripe_id"]
    client = run.use(Stripe).client
    try:
        with stripe_facts():
            if not await _is_known(client, stripe_id, refund_id):
                await client.v1.refunds.create_async(
                    {
                        "payment_intent": stripe_id,
                        "amount": rows[0]["amount_minor"],
                        "metadata": {METADATA_REFUND: str(refund_id)},
                    },
                    {"idempotency_key": f"tandem/refund/{refund_id}"},
                )
    except (StripeAway, StripeKeyRefused) as problem:
        raise later(problem) from None
    except StripeRequestWrong as problem:
        # It is disputed meanwhile, or was given back in the dashboard: the wallet has it again.
        async with run.once():
            payment = await store.lock(payment_id)
            await refunding.refuse(run, payment, refund_id, problem.code or "refused")
        return
    await applying.apply_payment(run, stripe_id, Seen())


async def _is_known(client: StripeClient, stripe_id: str, refund_id: UUID) -> bool:
    """Tell whether Stripe has been asked: it forgets idempotency keys, and this may be late."""
    page = await client.v1.refunds.list_async({"payment_intent": stripe_id, "limit": PARTS_MAX})
    return any(our_id(one.metadata, METADATA_REFUND) == refund_id for one in page.data)

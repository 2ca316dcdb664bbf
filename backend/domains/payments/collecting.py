"""Collecting: what was missed is charged to a saved card, once.

Of each occurrence there is one payment, and of that one object at Stripe, made before it is
charged: however often a try is repeated, Stripe lets one object be paid once. A card that is
declined is tried again on other days; in the end it is owed, and can be paid by hand at any time.
"""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import msgspec
from stripe import StripeClient

from actors.turn import Turn
from backend.domains.payments import applying, customer_store, store
from backend.domains.payments.applying import TRIES_MAX, Seen
from backend.domains.payments.intents import intent_of
from backend.domains.payments.putting_off import later
from backend.domains.payments.store import PaymentRow
from backend.domains.payments.tables import PaymentIntent
from backend.domains.payments.values import CURRENCY, PaymentStatus, PaymentType
from backend.integrations.stripe_api import (
    CardDeclined,
    Stripe,
    StripeAway,
    StripeKeyRefused,
    StripeRequestWrong,
    stripe_facts,
)
from backend.persistence.job_run import JobRun

COLLECT = "payments.collect"
NO_CARD = "no_card"
LOOKED_AFTER = timedelta(hours=1)
"""When the job that is planned at once is not heard of, the payment comes up again by itself."""
_COLLECTED = (
    PaymentStatus.PLANNED,
    PaymentStatus.OPEN,
    PaymentStatus.DECLINED,
    # Somebody began to pay by hand and did not go through with it.
    PaymentStatus.ACTION_NEEDED,
)


class Collect(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that a saved card is to be charged with."""

    payment_id: UUID


def charge(  # noqa: PLR0913 - a charge says this much, by name
    turn: Turn,
    *,
    user_id: UUID,
    amount_minor: int,
    goes_to: UUID,
    challenge_id: UUID,
    challenge_event_id: UUID,
    metadata: Mapping[str, str],
) -> UUID:
    """Have somebody's saved card charged with what they forfeited, with the turn that settles it.

    Gives the payment's id. What becomes of it the challenge's actor is told (`ForfeitMoved`).
    """
    # People name their own payments, so an id that can be foretold could be taken before.
    payment_id = turn.new_id()
    turn.work.insert(
        PaymentIntent,
        id=payment_id,
        user_id=user_id,
        payment_type=PaymentType.FORFEIT,
        status=PaymentStatus.PLANNED,
        amount_minor=amount_minor,
        currency=CURRENCY,
        received_minor=0,
        fee_minor=0,
        refunded_minor=0,
        disputed_minor=0,
        saves_card=False,
        by_page=False,
        goes_to=goes_to,
        challenge_id=challenge_id,
        challenge_event_id=challenge_event_id,
        tries=0,
        next_try_at=turn.now + LOOKED_AFTER,
        version=0,
        metadata=dict(metadata),
        created_at=turn.now,
        updated_at=turn.now,
    )
    turn.work.job(COLLECT, Collect(payment_id=payment_id))
    return payment_id


async def collect(run: JobRun, payment_id: UUID) -> None:
    """Try once to charge what somebody forfeited. Raises TryLater, StripeProblem."""
    row = await store.read(payment_id)
    if row is None or row.status not in (*_COLLECTED, PaymentStatus.UNPAID):
        return
    customer = await customer_store.read(row.user_id)
    if customer is None or customer.card_id is None:
        await _without_card(run, row)
        return
    client = run.use(Stripe).client
    try:
        stripe_id = await intent_of(client, row, run)
        await _confirm(client, stripe_id, row, customer.card_id)
    except (StripeAway, StripeKeyRefused) as problem:
        raise later(problem) from None
    await applying.apply_payment(run, stripe_id, Seen(tried=row.tries))


async def _confirm(client: StripeClient, stripe_id: str, row: PaymentRow, card_id: str) -> None:
    """Charge the card; what came of it is read afterwards, whatever is answered here."""
    key = f"tandem/collect/{row.id}/{row.tries}/{card_id}"
    try:
        with stripe_facts():
            await client.v1.payment_intents.confirm_async(
                stripe_id,
                {"payment_method": card_id, "off_session": True},
                {"idempotency_key": key},
            )
    except (CardDeclined, StripeRequestWrong):
        # The card said no, or is gone, or its owner has just paid by hand.
        return


async def _without_card(run: JobRun, row: PaymentRow) -> None:
    """Count a try that found no card to charge."""
    async with run.once():
        locked = await store.lock(row.id)
        if locked.version != row.version:
            return
        tries = min(row.tries + 1, TRIES_MAX)
        changed = msgspec.structs.replace(
            row,
            status=PaymentStatus.UNPAID if tries >= TRIES_MAX else PaymentStatus.DECLINED,
            problem=NO_CARD,
            tries=tries,
            next_try_at=applying.next_try(tries, run.now),
        )
        await store.write(changed, run.now)
        applying.tell(run, row, changed)

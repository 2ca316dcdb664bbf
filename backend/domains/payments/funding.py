"""Funding: money comes in by card, through PaymentSheet, Stripe.js or a page of Stripe's.

The payment is written down before Stripe is asked, under an id its payer made: asked again after an
answer was lost, it is the same payment, here and there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import stripe

from backend.domains import stakes
from backend.domains.payments import applying, customers, intents, rules, store
from backend.domains.payments.bodies import (
    CardSetup,
    CardWanted,
    CheckOut,
    CheckoutStarted,
    Fund,
    PaymentStarted,
)
from backend.domains.payments.messages import (
    CardsNotOffered,
    PaymentDecided,
    PaymentDiffers,
    StripeUnreachable,
)
from backend.domains.payments.picture import METADATA_PAYMENT
from backend.domains.payments.store import PaymentRow
from backend.domains.payments.values import CURRENCY, PaymentStatus, PaymentType
from backend.integrations.stripe_api import (
    API_VERSION,
    Stripe,
    StripeAway,
    StripeKeyRefused,
    StripeRequestWrong,
    stripe_facts,
)
from backend.persistence.job_run import JobRun
from protocol.common import NotFound

_NOT_OVER = (
    PaymentStatus.PLANNED,
    PaymentStatus.OPEN,
    PaymentStatus.DECLINED,
    PaymentStatus.ACTION_NEEDED,
    PaymentStatus.UNPAID,
)


@contextmanager
def asking_stripe() -> Iterator[None]:
    """Have what keeps Stripe from answering be said to a person. Raises StripeUnreachable."""
    try:
        with stripe_facts():
            yield
    except (StripeAway, StripeKeyRefused):
        raise StripeUnreachable from None


def client_of(run: JobRun) -> stripe.StripeClient:
    """Give the client of Stripe. Raises CardsNotOffered."""
    service = run.use(Stripe)
    if not service.is_configured:
        raise CardsNotOffered
    return service.client


async def fund(run: JobRun, user_id: UUID, wish: Fund) -> PaymentStarted:
    """Begin a payment, to be gone on with by PaymentSheet or Stripe.js.

    Raises CardsNotOffered, AdultsOnly, Excluded, AmountWrong, PaymentsTooMany,
    PayingInLimitReached, PaymentDiffers, PaymentDecided, StripeUnreachable.
    """
    row = await _plan(run, user_id, wish, by_page=False)
    return await go_on(run, user_id, row.id)


async def check_out(run: JobRun, user_id: UUID, wish: CheckOut, return_to: str) -> CheckoutStarted:
    """Begin a payment on a page of Stripe's. Raises what `fund` does."""
    row = await _plan(run, user_id, wish, by_page=True)
    with asking_stripe():
        session = await _session_of(client_of(run), row, run, return_to)
    if session.url is None:
        raise PaymentDecided(status=str(session.status))
    known = await store.read(row.id)
    assert known is not None  # noqa: S101 - it was planned
    return CheckoutStarted(payment=known.shown, url=session.url)


async def go_on(run: JobRun, user_id: UUID, payment_id: UUID) -> PaymentStarted:
    """Give what a payment is gone on with, also one that a saved card could not pay.

    Raises NotFound, PaymentDecided, CardsNotOffered, AdultsOnly, Excluded, StripeUnreachable.
    """
    row = await store.read(payment_id)
    if row is None or row.user_id != user_id or row.by_page:
        raise NotFound(what="payment")
    if row.status not in _NOT_OVER:
        raise PaymentDecided(status=row.status)
    if row.payment_type is PaymentType.FUND:
        await stakes.check_may_fund(user_id, run.now)
    client = client_of(run)
    with asking_stripe():
        stripe_id = await intents.intent_of(client, row, run)
        customer_id = await customers.customer_of(client, user_id, run.now)
        intent = await client.v1.payment_intents.retrieve_async(stripe_id)
        key = await _ephemeral_key(client, customer_id)
    known = await store.read(payment_id)
    assert known is not None  # noqa: S101 - it was there
    return PaymentStarted(
        payment=known.shown,
        client_secret=intent.client_secret or "",
        customer_id=customer_id,
        ephemeral_key=key,
        publishable_key=run.use(Stripe).settings.publishable_key,
    )


async def cancel(run: JobRun, user_id: UUID, payment_id: UUID) -> None:
    """Give up a payment that was begun; what was forfeited cannot be given up.

    Raises NotFound, PaymentDecided, CardsNotOffered, StripeUnreachable.
    """
    row = await store.read(payment_id)
    if row is None or row.user_id != user_id:
        raise NotFound(what="payment")
    if row.payment_type is not PaymentType.FUND or row.status not in _NOT_OVER:
        raise PaymentDecided(status=row.status)
    try:
        await cancel_at_stripe(client_of(run), row)
    except StripeRequestWrong:
        # It has just been paid, or its time was over.
        with asking_stripe():
            await applying.apply_known(run, row)
        known = await store.read(payment_id)
        assert known is not None  # noqa: S101 - it was there
        raise PaymentDecided(status=known.status) from None
    if not row.is_at_stripe:
        await applying.cancel_unpaid(run, row.id)


async def cancel_at_stripe(client: stripe.StripeClient, row: PaymentRow) -> None:
    """Have Stripe take no more for a payment. Raises StripeUnreachable, StripeRequestWrong."""
    with asking_stripe():
        if row.checkout_session_id is not None:
            await client.v1.checkout.sessions.expire_async(
                row.checkout_session_id, {}, {"idempotency_key": f"tandem/expire/{row.id}"}
            )
        elif row.stripe_id is not None:
            await client.v1.payment_intents.cancel_async(
                row.stripe_id, {}, {"idempotency_key": f"tandem/cancel/{row.id}"}
            )


async def set_up_card(run: JobRun, user_id: UUID, wish: CardWanted) -> CardSetup:
    """Have a card saved that may be charged while its owner is away.

    Raises CardsNotOffered, AdultsOnly, Excluded, StripeUnreachable.
    """
    client = client_of(run)
    await stakes.check_may_fund(user_id, run.now)
    with asking_stripe():
        customer_id = await customers.customer_of(client, user_id, run.now)
        intent = await client.v1.setup_intents.create_async(
            {
                "customer": customer_id,
                "usage": "off_session",
                "allowed_payment_method_types": ["card"],
            },
            {"idempotency_key": f"tandem/setup/{user_id}/{wish.setup_id}"},
        )
        key = await _ephemeral_key(client, customer_id)
    return CardSetup(
        client_secret=intent.client_secret or "",
        customer_id=customer_id,
        ephemeral_key=key,
        publishable_key=run.use(Stripe).settings.publishable_key,
    )


async def _plan(run: JobRun, user_id: UUID, wish: Fund, *, by_page: bool) -> PaymentRow:
    """Write down that somebody wants to pay in, or find what they wanted under this id."""
    client_of(run)
    await stakes.check_may_fund(user_id, run.now)
    async with run.once():
        await store.one_at_a_time(user_id)
        known = await store.read(wish.payment_id)
        if known is None:
            open_count, paid_minor = await store.used(user_id, run.now - rules.DAY)
            rules.check_fund(wish.amount_minor, open_count=open_count, paid_minor=paid_minor)
            await store.plan(
                wish.payment_id,
                user_id=user_id,
                amount_minor=wish.amount_minor,
                saves_card=wish.save_card,
                by_page=by_page,
                metadata=wish.metadata,
                now=run.now,
            )
            known = await store.read(wish.payment_id)
    is_same = known is not None and (
        known.user_id,
        known.payment_type,
        known.amount_minor,
        known.saves_card,
        known.by_page,
    ) == (user_id, PaymentType.FUND, wish.amount_minor, wish.save_card, by_page)
    if known is None or not is_same:
        raise PaymentDiffers(id=wish.payment_id)
    if known.status not in _NOT_OVER:
        raise PaymentDecided(status=known.status)
    return known


async def _session_of(
    client: stripe.StripeClient, row: PaymentRow, run: JobRun, return_to: str
) -> stripe.checkout.Session:
    """Have Stripe make a page for a payment, or find the one it has made."""
    sessions = client.v1.checkout.sessions
    if row.checkout_session_id is not None:
        return await sessions.retrieve_async(row.checkout_session_id)
    customer_id = await customers.customer_of(client, row.user_id, run.now)
    session = await sessions.create_async(
        _page(row, customer_id, return_to), {"idempotency_key": f"tandem/checkout/{row.id}"}
    )
    await store.set_session_id(row.id, session.id, run.now)
    return session


def _page(row: PaymentRow, customer_id: str, return_to: str) -> Any:
    about: dict[str, Any] = {"metadata": {METADATA_PAYMENT: str(row.id)}}
    if row.saves_card:
        about["setup_future_usage"] = "off_session"
    return {
        "mode": "payment",
        "customer": customer_id,
        "success_url": return_to,
        "cancel_url": return_to,
        "client_reference_id": str(row.id),
        "metadata": {METADATA_PAYMENT: str(row.id)},
        "payment_intent_data": about,
        "allowed_payment_method_types": ["card"],
        "line_items": [
            {
                "price_data": {
                    "currency": CURRENCY,
                    "unit_amount": row.amount_minor,
                    "product_data": {"name": "Money for your Tandem wallet"},
                },
                "quantity": 1,
            }
        ],
    }


async def _ephemeral_key(client: stripe.StripeClient, customer_id: str) -> str:
    """Make a key by which a phone sees its owner's saved cards, for an hour."""
    made = await client.v1.ephemeral_keys.create_async(
        {"customer": customer_id}, {"stripe_version": API_VERSION}
    )
    return made.secret or ""

"""Intents: the one object Stripe keeps of a payment, made before anything is charged."""

from typing import Any
from uuid import UUID

from stripe import StripeClient

from backend.domains.payments import store
from backend.domains.payments.customers import customer_of
from backend.domains.payments.picture import METADATA_PAYMENT
from backend.domains.payments.store import PaymentRow
from backend.domains.payments.values import PaymentType
from backend.integrations.stripe_api import stripe_facts
from backend.persistence.job_run import JobRun


async def intent_of(client: StripeClient, row: PaymentRow, run: JobRun) -> str:
    """Have Stripe know of a payment, once; gives its id there. Raises StripeProblem."""
    if row.stripe_id is not None:
        return row.stripe_id
    with stripe_facts():
        made = await client.v1.payment_intents.create_async(
            _wanted(row, await customer_of(client, row.user_id, run.now)),
            {"idempotency_key": f"tandem/payment/{row.id}"},
        )
    await store.set_stripe_id(row.id, made.id, run.now)
    return await _that_counts(row.id)


async def _that_counts(payment_id: UUID) -> str:
    """Read which object of two that were made at once is the payment."""
    known = await store.read(payment_id)
    assert known is not None  # noqa: S101 - no payment is ever deleted
    assert known.stripe_id is not None  # noqa: S101 - it has just been set
    return known.stripe_id


def _wanted(row: PaymentRow, customer_id: str) -> Any:
    wanted: dict[str, Any] = {
        "amount": row.amount_minor,
        "currency": row.currency,
        "customer": customer_id,
        "allowed_payment_method_types": ["card"],
        "metadata": {METADATA_PAYMENT: str(row.id)},
    }
    if row.saves_card:
        wanted["setup_future_usage"] = "off_session"
    if row.payment_type is PaymentType.FORFEIT:
        wanted["description"] = "What you promised, and missed"
    return wanted

"""Cards: one that is not to be charged any more is let go at Stripe as well."""

from contextlib import suppress
from uuid import UUID

from backend.domains.payments import customer_store, customers
from backend.domains.payments.funding import asking_stripe, client_of
from backend.integrations.stripe_api import StripeRequestWrong, stripe_facts
from backend.persistence.job_run import JobRun


async def remove(run: JobRun, user_id: UUID) -> None:
    """Have somebody's card forgotten; an older one that is saved takes its place.

    Raises CardsNotOffered, StripeUnreachable.
    """
    customer = await customer_store.read(user_id)
    if customer is None or customer.card_id is None or customer.stripe_customer_id is None:
        return
    client = client_of(run)
    with asking_stripe():
        with suppress(StripeRequestWrong), stripe_facts():  # It is let go of already.
            await client.v1.payment_methods.detach_async(customer.card_id)
        await customers.apply_customer(run, customer.stripe_customer_id)

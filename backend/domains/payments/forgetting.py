"""Forgetting: what becomes of payments when somebody's account is to be erased.

What is owed for a promise is paid first. Then Stripe forgets them as well; what was paid stays in
the books, as the law on books wants, and names nobody any more.
"""

import msgspec

from backend.domains.payments import customer_store, store
from backend.domains.payments.looking import plan_giving_up
from backend.domains.payments.messages import PaymentOpen
from backend.integrations.stripe_api import Stripe, StripeAway, StripeRequestWrong, stripe_facts
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import TryLater
from backend.persistence.personal_data import ErasureWish

FORGET = "payments.forget_customer"


class ForgetCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody Stripe is to forget."""

    stripe_customer_id: str


async def why_not_erase(wish: ErasureWish) -> None:
    """Refuse to erase somebody who has not paid what they forfeited. Raises PaymentOpen."""
    owed_minor = await store.unpaid_forfeits(wish.user_id)
    if owed_minor:
        raise PaymentOpen(owed_minor=owed_minor)


async def part(wish: ErasureWish, run: JobRun) -> bool:
    """Have what they did not pay yet be given up, and Stripe forget them; no more is to come."""
    await plan_giving_up(run, wish.user_id)
    customer = await customer_store.read(wish.user_id)
    if customer is not None and customer.stripe_customer_id is not None:
        run.job(FORGET, ForgetCustomer(stripe_customer_id=customer.stripe_customer_id))
    return False


async def forget_customer(run: JobRun, stripe_customer_id: str) -> None:
    """Have Stripe forget somebody, once or often. Raises TryLater, StripeRequestWrong."""
    service = run.use(Stripe)
    if not service.is_configured:
        return
    try:
        with stripe_facts():
            await service.client.v1.customers.delete_async(stripe_customer_id)
    except StripeAway as problem:
        raise TryLater(str(problem)) from None
    except StripeRequestWrong as problem:
        if problem.code != "resource_missing":
            raise

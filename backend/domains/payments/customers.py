"""Customers: who people are to Stripe, and the one card that is charged while they are away.

That card is the one saved last; which it is, is read anew from Stripe when it tells of a change.
"""

import calendar
from datetime import date, datetime
from uuid import UUID

from stripe import PaymentMethod, StripeClient

from backend.domains.payments import customer_store, store
from backend.domains.payments.applying import APPLIED, IGNORED, Also, nothing
from backend.domains.payments.messages import CardMoved
from backend.domains.payments.values import Card
from backend.integrations.stripe_api import Stripe, StripeRequestWrong, stripe_facts
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import TryLater
from protocol.address import users_address

METADATA_USER = "tandem_user"
OVERTAKEN_MAX = 5


class _Overtaken(Exception):
    """Another has changed the customer since it was read."""


async def customer_of(client: StripeClient, user_id: UUID, now: datetime) -> str:
    """Find who somebody is to Stripe, or make them known there. Raises StripeProblem."""
    known = await customer_store.read(user_id)
    if known is not None and known.stripe_customer_id is not None:
        return known.stripe_customer_id
    # Under the key of one who was deleted there, Stripe would only name them again.
    again = "" if known is None else f"/{known.version}"
    with stripe_facts():
        # No name and no address: Stripe is told no more of people than it needs.
        made = await client.v1.customers.create_async(
            {"metadata": {METADATA_USER: str(user_id)}},
            {"idempotency_key": f"tandem/customer/{user_id}{again}"},
        )
    return await customer_store.add(user_id, made.id, now)


async def apply_customer(
    run: JobRun, stripe_customer_id: str, seen_at: datetime | None = None, also: Also = nothing
) -> None:
    """Know which card is charged now, and end the run.

    `also` is done in the same transaction, and told whether it is anybody we know. Raises
    StripeProblem, TryLater.
    """
    for _ in range(OVERTAKEN_MAX):
        known = await customer_store.find(stripe_customer_id)
        if known is None:
            async with run.once():
                await also(IGNORED)
            return
        is_gone, found = await _newest_card(run.use(Stripe).client, stripe_customer_id)
        try:
            async with run.once():
                await _apply(run, known, found, seen_at)
                if is_gone:
                    await customer_store.forget_id(known.user_id)
                await also(APPLIED)
        except _Overtaken:
            continue
        return
    raise TryLater("others keep changing this customer")


async def _apply(
    run: JobRun,
    read: customer_store.CustomerRow,
    found: PaymentMethod | None,
    seen_at: datetime | None,
) -> None:
    row = await customer_store.lock(read.user_id)
    if row is None or row.version != read.version:
        raise _Overtaken
    card_id, card = (found.id, card_of(found)) if found else (None, None)
    await customer_store.write_card(row.user_id, card_id, card, seen_at, run.now)
    if row.card_id == card_id and row.card == card:
        return
    run.tell(users_address(row.user_id), CardMoved(card=card))
    if card_id is not None and row.card_id != card_id:
        # What another card could not pay is asked of this one.
        await store.collect_again(row.user_id, run.now)


async def _newest_card(
    client: StripeClient, stripe_customer_id: str
) -> tuple[bool, PaymentMethod | None]:
    """Tell whether somebody is gone at Stripe, and the card they saved last."""
    with stripe_facts():
        try:
            with stripe_facts():
                page = await client.v1.customers.payment_methods.list_async(
                    stripe_customer_id, {"type": "card", "limit": 1}
                )
        except StripeRequestWrong as problem:
            if problem.code == "resource_missing":
                return True, None  # The customer is gone, and the cards with them.
            raise
    return False, page.data[0] if page.data else None


def card_of(method: PaymentMethod) -> Card:
    """Say of a card what may be shown."""
    card = method.card
    assert card is not None  # noqa: S101 - only cards are asked for
    last_day = calendar.monthrange(card.exp_year, card.exp_month)[1]
    return Card(
        brand=card.brand,
        last4=card.last4 or "",
        expires_on=date(card.exp_year, card.exp_month, last_day),
    )

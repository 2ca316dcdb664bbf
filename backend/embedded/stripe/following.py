"""Following localstripe: what it does by itself for a subscription happens here as well.

It makes invoices and has them paid by payments of its own. Those payments are taken over, under
their ids, so that they are listed, refunded and disputed as any other; and its events, put into
Stripe's shape, are told with ours.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from backend.embedded.stripe import invoice as invoices
from backend.embedded.stripe import paying
from backend.embedded.stripe import subscription as subscriptions
from backend.embedded.stripe.account import Account
from backend.embedded.stripe.invoice import Invoice
from backend.embedded.stripe.payment import PaymentIntent

_SUBSCRIPTIONS, _INVOICES = "customer.subscription.", "invoice."


@asynccontextmanager
async def following(account: Account) -> AsyncIterator[None]:
    """Take over what localstripe does in the block, in the order in which it did it."""
    backing = account.backing
    events_before = len(await backing.every("/v1/events"))
    payments_before = len(await backing.every(PaymentIntent.path))
    try:
        yield
    finally:
        for told in (await backing.every(PaymentIntent.path))[payments_before:]:
            await _take_over(account, told)
        for event in (await backing.every("/v1/events"))[events_before:]:
            _tell(account, event["type"], event["data"]["object"])


async def _take_over(account: Account, told: dict[str, Any]) -> None:
    intent = PaymentIntent(
        id=told["id"],
        created=told["created"],
        amount=told["amount"],
        client_secret=told["client_secret"],
        currency=told["currency"],
        customer=told["customer"],
        payment_method=told["payment_method"],
        status="requires_confirmation",
    )
    intent.behind.is_off_session = True
    account.of(PaymentIntent).add(intent)
    account.emit("payment_intent.created", intent)
    is_paid = told["status"] == "succeeded"
    await paying.take_over(account, intent, is_paid=is_paid)
    if not is_paid:  # localstripe says nothing of an invoice that was not paid at once.
        told_invoice = await account.backing.ask("GET", f"{Invoice.path}/{told['invoice']}")
        account.emit("invoice.payment_failed", invoices.shaped(told_invoice))


def _tell(account: Account, event_type: str, told: dict[str, Any]) -> None:
    if event_type.startswith(_SUBSCRIPTIONS):
        account.emit(event_type, subscriptions.shaped(account, told))
    if event_type.startswith(_INVOICES):
        shaped = invoices.shaped(told)
        if event_type == "invoice.payment_succeeded":  # Stripe has two words for it.
            account.emit("invoice.paid", shaped)
        account.emit(event_type, shaped)

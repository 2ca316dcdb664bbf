"""Subscribing: what can be asked of subscriptions and of their invoices."""

from typing import Any, Literal

import msgspec
from msgspec import field

from backend.embedded.stripe import customer as customers
from backend.embedded.stripe import invoice as invoices
from backend.embedded.stripe import subscription as subscriptions
from backend.embedded.stripe.account import Account
from backend.embedded.stripe.errors import invalid
from backend.embedded.stripe.following import following
from backend.embedded.stripe.forms import NoParams, Params
from backend.embedded.stripe.invoice import Invoice
from backend.embedded.stripe.operations import Call, operation
from backend.embedded.stripe.price import Price
from backend.embedded.stripe.resource import different
from backend.embedded.stripe.subscription import Subscription
from backend.embedded.stripe.tables import ListParams, Page, page_of


class ItemParams(Params, kw_only=True):
    """One thing that is subscribed to."""

    id: str | None = None
    price: str | None = None
    quantity: int | None = None


class CreateParams(Params, kw_only=True):
    """Who subscribes to what."""

    customer: str
    items: list[ItemParams]
    metadata: dict[str, str] = field(default_factory=dict)
    payment_behavior: Literal["allow_incomplete", "error_if_incomplete"] = "allow_incomplete"


class UpdateParams(Params, kw_only=True):
    """What of it can be changed."""

    cancel_at: int | None = None
    cancel_at_period_end: bool | None = None
    items: list[ItemParams] | None = None
    metadata: dict[str, str] | None = None


class SubscriptionListParams(ListParams, kw_only=True):
    """Which subscriptions."""

    customer: str | None = None
    price: str | None = None
    status: str | None = None


class InvoiceListParams(ListParams, kw_only=True):
    """Which invoices."""

    customer: str | None = None
    status: Literal["draft", "open", "paid", "uncollectible", "void"] | None = None
    subscription: str | None = None


@operation("POST", "/v1/subscriptions", CreateParams)
async def create(call: Call[CreateParams]) -> Subscription:
    """Subscribe, and pay for the first time."""
    account, params = call.account, call.params
    payer = await customers.find(account, params.customer, "customer")
    if payer.invoice_settings.default_payment_method is None:
        raise invalid(
            "This customer has no attached payment source or default payment method.",
            "resource_missing",
        )
    fields = {
        "customer": params.customer,
        "items": [_told(account, item) for item in params.items],
        "metadata": params.metadata,
        "payment_behavior": params.payment_behavior,
    }
    async with following(account):
        told = await account.backing.ask("POST", Subscription.path, fields)
    return await _read(account, told["id"])


@operation("GET", "/v1/subscriptions", SubscriptionListParams)
async def list_all(call: Call[SubscriptionListParams]) -> Page:
    """List those that have not ended, or those in a state."""
    account, params = call.account, call.params
    told = await account.backing.every(Subscription.path, status="all")
    rows = [subscriptions.shaped(account, one) for one in told]

    def is_asked_for(row: Subscription) -> bool:
        prices = [item.price["id"] for item in row.items.data]
        is_in_state = params.status in {"all", row.status} or (
            params.status is None and row.status not in {"canceled", "incomplete_expired"}
        )
        return (
            is_in_state
            and params.customer in {None, row.customer}
            and (params.price is None or params.price in prices)
        )

    return page_of(Subscription, rows, params, of=is_asked_for)


@operation("GET", "/v1/subscriptions/{id}", NoParams)
async def retrieve(call: Call[NoParams]) -> Subscription:
    """Read one."""
    return await _read(call.account, call.id)


@operation("POST", "/v1/subscriptions/{id}", UpdateParams)
async def update(call: Call[UpdateParams]) -> Subscription:
    """Change what is told."""
    account, params = call.account, call.params
    before = await _read(account, call.id)
    fields = {
        name: value
        for name, value in msgspec.structs.asdict(params).items()
        if value is not None and name != "items"
    }
    if params.items is not None:
        fields["items"] = [_told(account, item) for item in params.items]
    async with following(account):
        await account.backing.ask("POST", f"{Subscription.path}/{call.id}", fields)
    changed = await _read(account, call.id)
    account.emit("customer.subscription.updated", changed, different(before, changed))
    return changed


@operation("DELETE", "/v1/subscriptions/{id}", NoParams)
async def cancel(call: Call[NoParams]) -> Subscription:
    """End one at once."""
    found = await _read(call.account, call.id)
    if found.status == "canceled":
        raise invalid(f"No such subscription: {call.id}", "resource_missing", param="id")
    async with following(call.account):
        await call.account.backing.ask("DELETE", f"{Subscription.path}/{call.id}")
    return await _read(call.account, call.id)


@operation("GET", "/v1/invoices", InvoiceListParams)
async def list_invoices(call: Call[InvoiceListParams]) -> Page:
    """List invoices."""
    params = call.params
    rows = [invoices.shaped(told) for told in await call.account.backing.every(Invoice.path)]
    return page_of(
        Invoice,
        rows,
        params,
        of=lambda row: (
            params.customer in {None, row.customer}
            and params.status in {None, row.status}
            and params.subscription in {None, _subscription_of(row)}
        ),
    )


@operation("GET", "/v1/invoices/{id}", NoParams)
async def retrieve_invoice(call: Call[NoParams]) -> Invoice:
    """Read one."""
    return invoices.shaped(await call.account.backing.read(Invoice, call.id, "id"))


@operation("GET", "/v1/invoices/{id}/payments", NoParams)
async def list_payments(call: Call[NoParams]) -> Page:
    """List by what one is paid; Stripe shows it only where it is expanded."""
    found = invoices.shaped(await call.account.backing.read(Invoice, call.id, "id"))
    return invoices.payments_of(found)


@operation("POST", "/v1/invoices/{id}/pay", NoParams)
async def pay(call: Call[NoParams]) -> Invoice:
    """Try again to have one paid."""
    await call.account.backing.read(Invoice, call.id, "id")
    async with following(call.account):
        await call.account.backing.ask("POST", f"{Invoice.path}/{call.id}/pay")
    return invoices.shaped(await call.account.backing.read(Invoice, call.id, "id"))


async def _read(account: Account, wanted_id: str) -> Subscription:
    told = await account.backing.read(Subscription, wanted_id, "id")
    return subscriptions.shaped(account, told)


def _told(account: Account, item: ItemParams) -> dict[str, Any]:
    """Say an item as localstripe takes it, which has plans where Stripe has prices."""
    fields: dict[str, Any] = {"quantity": item.quantity or 1}
    if item.id is not None:
        fields["id"] = item.id
    if item.price is not None:
        price = account.of(Price).get(item.price, "items[0][price]")
        if price.recurring is None:
            raise invalid(
                f"The price specified is set to `type=one_time` but this field only accepts "
                f"prices with `type=recurring`: {price.id}",
                param="items[0][price]",
            )
        fields["plan"] = price.id
    return fields


def _subscription_of(invoice: Invoice) -> str | None:
    details: dict[str, str] = (invoice.parent or {}).get("subscription_details", {})
    return details.get("subscription")

"""Subscriptions: localstripe's, in the shape that Stripe gives them today."""

from typing import Any, ClassVar

import msgspec
from msgspec import field

from backend.embedded.stripe.account import Account
from backend.embedded.stripe.price import Price
from backend.embedded.stripe.resource import Resource, shown
from backend.embedded.stripe.tables import Page
from backend.embedded.stripe.taxes import AutomaticTax


class Item(msgspec.Struct, kw_only=True, tag_field="object", tag="subscription_item"):
    """One thing that is subscribed to."""

    id: str
    created: int
    current_period_end: int
    current_period_start: int
    discounts: list[str] = field(default_factory=list)
    metadata: dict[str, str]
    plan: dict[str, Any]
    """The price, as Stripe called it before."""
    price: dict[str, Any]
    quantity: int
    subscription: str
    tax_rates: list[Any] = field(default_factory=list)


class Subscription(Resource, tag="subscription", kw_only=True):
    """Something that is paid again and again."""

    prefix: ClassVar = "sub_"
    path: ClassVar = "/v1/subscriptions"

    automatic_tax: AutomaticTax = field(default_factory=AutomaticTax)
    billing_cycle_anchor: int
    billing_mode: dict[str, str] = field(default_factory=lambda: {"type": "classic"})
    billing_schedules: list[str] = field(default_factory=list)
    cancel_at: int | None
    cancel_at_period_end: bool
    canceled_at: int | None
    collection_method: str = "charge_automatically"
    currency: str
    customer: str
    default_payment_method: None = None
    description: None = None
    discounts: list[str] = field(default_factory=list)
    ended_at: int | None
    invoice_settings: dict[str, Any] = field(
        default_factory=lambda: {"account_tax_ids": None, "issuer": {"type": "self"}}
    )
    items: Page
    latest_invoice: str | None
    metadata: dict[str, str]
    pause_collection: None = None
    pending_setup_intent: None = None
    schedule: None = None
    start_date: int
    status: str
    trial_end: None = None
    trial_start: None = None


def shaped(account: Account, told: dict[str, Any]) -> Subscription:
    """Put a subscription of localstripe's into Stripe's shape."""
    # localstripe forgets to say when one was canceled.
    canceled_at = told["canceled_at"] or told["ended_at"]
    items = [_item(account, item, told) for item in told["items"]["data"]]
    url = f"/v1/subscription_items?subscription={told['id']}"
    return Subscription(
        id=told["id"],
        created=told["created"],
        billing_cycle_anchor=told["billing_cycle_anchor"] or told["start_date"],
        cancel_at=told["cancel_at"],
        cancel_at_period_end=told["cancel_at_period_end"],
        canceled_at=canceled_at,
        currency=told["plan"]["currency"],
        customer=told["customer"],
        ended_at=told["ended_at"],
        items=Page(url=url, has_more=False, data=items),
        latest_invoice=told["latest_invoice"],
        metadata=told["metadata"],
        start_date=told["start_date"],
        status=told["status"],
    )


def _item(account: Account, item: dict[str, Any], told: dict[str, Any]) -> Item:
    price = account.of(Price).get(item["plan"]["id"])
    return Item(
        id=item["id"],
        created=item["created"],
        current_period_end=told["current_period_end"],
        current_period_start=told["current_period_start"],
        metadata=item["metadata"] or {},
        plan=_plan(price),
        price=shown(price),
        quantity=item["quantity"],
        subscription=told["id"],
    )


def _plan(price: Price) -> dict[str, Any]:
    recurring = price.recurring or {}
    return {
        "id": price.id,
        "object": "plan",
        "active": price.active,
        "amount": price.unit_amount,
        "amount_decimal": price.unit_amount_decimal,
        "billing_scheme": price.billing_scheme,
        "created": price.created,
        "currency": price.currency,
        "interval": recurring.get("interval"),
        "interval_count": recurring.get("interval_count"),
        "livemode": False,
        "metadata": price.metadata,
        "nickname": price.nickname,
        "product": price.product,
        "usage_type": recurring.get("usage_type"),
    }

"""Invoices: localstripe's, for what a subscription costs, in the shape that Stripe gives them."""

from typing import Any, ClassVar

import msgspec
from msgspec import field

from backend.embedded.stripe.resource import Resource
from backend.embedded.stripe.tables import Page
from backend.embedded.stripe.taxes import AutomaticTax

_INVOICE_PAYMENT = "inpay_"


class Period(msgspec.Struct, kw_only=True):
    """From when until when."""

    start: int
    end: int


class Line(msgspec.Struct, kw_only=True, tag_field="object", tag="line_item"):
    """One thing an invoice is for."""

    id: str
    amount: int
    currency: str
    description: str | None
    discountable: bool = True
    discounts: list[str] = field(default_factory=list)
    invoice: str
    livemode: bool = False
    metadata: dict[str, str] = field(default_factory=dict)
    parent: dict[str, Any]
    period: Period
    pricing: dict[str, Any]
    quantity: int
    subtotal: int


class Invoice(Resource, tag="invoice", kw_only=True):
    """What somebody has to pay, or has paid."""

    prefix: ClassVar = "in_"
    path: ClassVar = "/v1/invoices"

    behind: str | None = None
    """The payment intent by which it is paid."""
    amount_due: int
    amount_overpaid: int = 0
    amount_paid: int
    amount_remaining: int
    amount_shipping: int = 0
    attempt_count: int
    attempted: bool
    auto_advance: bool = True
    automatic_tax: AutomaticTax = field(default_factory=AutomaticTax)
    billing_reason: str
    collection_method: str = "charge_automatically"
    currency: str
    customer: str
    customer_email: str | None
    default_payment_method: None = None
    default_tax_rates: list[str] = field(default_factory=list)
    description: str | None = None
    discounts: list[str] = field(default_factory=list)
    issuer: dict[str, str] = field(default_factory=lambda: {"type": "self"})
    lines: Page
    metadata: dict[str, str]
    number: str
    parent: dict[str, Any] | None
    payment_settings: dict[str, None] = field(
        default_factory=lambda: {"payment_method_types": None}
    )
    post_payment_credit_notes_amount: int = 0
    pre_payment_credit_notes_amount: int = 0
    period_start: int
    period_end: int
    starting_balance: int
    status: str
    status_transitions: dict[str, int | None]
    subtotal: int
    total: int


def shaped(told: dict[str, Any]) -> Invoice:
    """Put an invoice of localstripe's into Stripe's shape."""
    is_paid = told["status"] == "paid"
    lines = [_line(line, told["id"]) for line in told["lines"]["data"]]
    subscription = told["subscription"]
    return Invoice(
        id=told["id"],
        created=told["created"],
        behind=told["payment_intent"],
        amount_due=told["amount_due"],
        amount_paid=told["amount_paid"],
        amount_remaining=told["amount_due"] - told["amount_paid"],
        attempt_count=told["attempt_count"],
        attempted=told["attempted"],
        auto_advance=not is_paid,
        billing_reason="subscription_create" if subscription else "manual",
        currency=told["currency"],
        customer=told["customer"],
        customer_email=told["customer_email"],
        description=told["description"],
        lines=Page(url=f"{Invoice.path}/{told['id']}/lines", has_more=False, data=lines),
        metadata=told["metadata"],
        number=f"{told['customer'][-8:].upper()}-0001",
        parent=_parent(subscription, "subscription_details") if subscription else None,
        period_start=told["period_start"] or told["created"],
        period_end=told["period_end"] or told["created"],
        starting_balance=-told["starting_balance"],
        status=told["status"],
        status_transitions={**told["status_transitions"], "marked_uncollectible_at": None},
        subtotal=told["subtotal"],
        total=told["total"],
    )


def payments_of(invoice: Invoice) -> Page:
    """List by what an invoice is paid."""
    rows = []
    if invoice.behind is not None:
        rows.append(
            {
                "id": _INVOICE_PAYMENT + invoice.behind.removeprefix("pi_"),
                "object": "invoice_payment",
                "amount_paid": invoice.amount_paid,
                "amount_requested": invoice.amount_due,
                "created": invoice.created,
                "currency": invoice.currency,
                "invoice": invoice.id,
                "is_default": True,
                "livemode": False,
                "payment": {"payment_intent": invoice.behind, "type": "payment_intent"},
                "status": "paid" if invoice.status == "paid" else "open",
            }
        )
    return Page(url="/v1/invoice_payments", has_more=False, data=rows)


def _line(told: dict[str, Any], invoice_id: str) -> Line:
    plan = told["plan"]
    details = {"subscription_item": told.get("subscription_item"), "proration": told["proration"]}
    return Line(
        id=told["id"],
        amount=told["amount"],
        currency=told["currency"],
        description=told["description"],
        invoice=invoice_id,
        parent=_parent(told["subscription"], "subscription_item_details", **details),
        period=msgspec.convert(told["period"], Period),
        pricing={
            "price_details": {"price": plan["id"], "product": plan["product"]},
            "type": "price_details",
            "unit_amount_decimal": str(plan["amount"]),
        },
        quantity=told["quantity"],
        subtotal=told["amount"],
    )


def _parent(subscription_id: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, kind: {"subscription": subscription_id, **more}}

"""Checkout sessions: a page of Stripe's on which somebody pays, or saves a card."""

from typing import Any, ClassVar, Literal

import msgspec
from msgspec import field

from backend.embedded.stripe.billing import Address
from backend.embedded.stripe.forms import Params
from backend.embedded.stripe.price import ProductData, Recurring
from backend.embedded.stripe.resource import Resource
from backend.embedded.stripe.tables import ListParams
from backend.embedded.stripe.taxes import AutomaticTax

CHECKOUT_PATH = "/c/pay"


class LineItem(Resource, tag="item", kw_only=True):
    """One line of what is paid."""

    prefix: ClassVar = "li_"
    path: ClassVar = ""

    adjustable_quantity: None = None
    amount_discount: int = 0
    amount_subtotal: int
    amount_tax: int = 0
    amount_total: int
    currency: str
    description: str
    price: dict[str, Any]
    quantity: int


class CustomerDetails(msgspec.Struct, kw_only=True):
    """Who has paid, as they said on the page."""

    address: Address | None = None
    business_name: str | None = None
    email: str | None = None
    individual_name: str | None = None
    name: str | None = None
    phone: str | None = None
    tax_exempt: str = "none"
    tax_ids: list[str] = field(default_factory=list)


class Switch(msgspec.Struct, kw_only=True):
    """Something that the page could do; it does not."""

    enabled: bool = False


class Behind(msgspec.Struct, kw_only=True):
    """What the page needs and the API does not show."""

    line_items: list[LineItem] = field(default_factory=list)
    payment_data: dict[str, Any] = field(default_factory=dict)
    coupon: str | None = None
    promotion_code: str | None = None


class Session(Resource, tag="checkout.session", kw_only=True):
    """A page on which somebody pays."""

    prefix: ClassVar = "cs_test_"
    path: ClassVar = "/v1/checkout/sessions"

    behind: Behind
    adaptive_pricing: None = None
    after_expiration: None = None
    allow_promotion_codes: bool | None = None
    allowed_payment_method_types: list[str] | None = None
    amount_subtotal: int | None = None
    amount_total: int | None = None
    automatic_tax: AutomaticTax = field(default_factory=AutomaticTax)
    billing_address_collection: None = None
    cancel_url: str | None = None
    client_reference_id: str | None = None
    client_secret: None = None
    consent: None = None
    consent_collection: None = None
    currency: str | None = None
    custom_fields: list[Any] = field(default_factory=list)
    custom_text: dict[str, Any] = field(default_factory=dict)
    customer: str | None = None
    customer_creation: str | None = None
    customer_details: CustomerDetails | None = None
    customer_email: str | None = None
    discounts: list[dict[str, Any]] = field(default_factory=list)
    expires_at: int
    invoice: None = None
    invoice_creation: dict[str, Any] | None = None
    locale: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    mode: str
    payment_intent: str | None = None
    payment_link: None = None
    payment_method_collection: str | None = None
    payment_method_options: dict[str, Any] = field(default_factory=dict)
    payment_method_types: list[str] = field(default_factory=lambda: ["card"])
    payment_status: str
    phone_number_collection: Switch = field(default_factory=Switch)
    recovered_from: None = None
    setup_intent: str | None = None
    shipping_address_collection: None = None
    shipping_cost: None = None
    shipping_options: list[Any] = field(default_factory=list)
    status: str = "open"
    submit_type: str | None = None
    subscription: str | None = None
    success_url: str
    total_details: dict[str, int] | None = None
    ui_mode: str = "hosted_page"
    url: str | None


class PriceData(Params, kw_only=True):
    """A price that is made on the way."""

    currency: str
    unit_amount: int
    product: str | None = None
    product_data: ProductData | None = None
    recurring: Recurring | None = None


class LineItemParams(Params, kw_only=True):
    """One line of what is to be paid."""

    price: str | None = None
    price_data: PriceData | None = None
    quantity: int = 1


class DiscountParams(Params, kw_only=True):
    """A reduction."""

    coupon: str | None = None
    promotion_code: str | None = None


class PaymentData(Params, kw_only=True):
    """What the payment is told."""

    capture_method: Literal["automatic", "automatic_async", "manual"] | None = None
    description: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    receipt_email: str | None = None
    setup_future_usage: Literal["off_session", "on_session"] | None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    transfer_group: str | None = None


class SetupData(Params, kw_only=True):
    """What the setup of the card is told."""

    description: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)


class CreateParams(Params, kw_only=True):
    """What is paid, by whom, and where they go on."""

    mode: Literal["payment", "setup"]
    success_url: str
    allow_promotion_codes: bool | None = None
    allowed_payment_method_types: list[str] | None = None
    cancel_url: str | None = None
    client_reference_id: str | None = None
    currency: str | None = None
    customer: str | None = None
    customer_creation: Literal["always", "if_required"] | None = None
    customer_email: str | None = None
    customer_update: Any = None
    discounts: list[DiscountParams] = field(default_factory=list)
    expires_at: int | None = None
    line_items: list[LineItemParams] = field(default_factory=list)
    locale: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    payment_intent_data: PaymentData | None = None
    payment_method_options: Any = None
    saved_payment_method_options: Any = None
    setup_intent_data: SetupData | None = None
    submit_type: Literal["auto", "book", "donate", "pay"] | None = None
    ui_mode: Literal["hosted_page"] = "hosted_page"


class UpdateParams(Params, kw_only=True):
    """What of it can be changed."""

    metadata: dict[str, str] | str | None = None


class SessionListParams(ListParams, kw_only=True):
    """Which sessions."""

    customer: str | None = None
    payment_intent: str | None = None
    status: Literal["complete", "expired", "open"] | None = None

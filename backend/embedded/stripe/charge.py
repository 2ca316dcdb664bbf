"""Charges: money taken from a card, or the try to."""

from typing import Any, ClassVar

import msgspec
from msgspec import field

from backend.embedded.stripe.account import Account
from backend.embedded.stripe.balance import Change, change_balance, fee_for
from backend.embedded.stripe.billing import BillingDetails
from backend.embedded.stripe.cards import Decline
from backend.embedded.stripe.forms import NoParams, Params, merged_metadata
from backend.embedded.stripe.operations import Call, operation
from backend.embedded.stripe.payment_method import PaymentMethod
from backend.embedded.stripe.resource import Resource, different, new_id
from backend.embedded.stripe.tables import ListParams, Page


class Charge(Resource, tag="charge", kw_only=True):
    """One try to take money, and what became of it."""

    prefix: ClassVar = "ch_"
    path: ClassVar = "/v1/charges"

    amount: int
    amount_captured: int = 0
    amount_refunded: int = 0
    application: None = None
    application_fee: None = None
    application_fee_amount: None = None
    balance_transaction: str | None = None
    billing_details: BillingDetails
    calculated_statement_descriptor: str = "TANDEM"
    captured: bool = False
    currency: str
    customer: str | None = None
    description: str | None = None
    disputed: bool = False
    failure_balance_transaction: None = None
    failure_code: str | None = None
    failure_message: str | None = None
    fraud_details: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    on_behalf_of: None = None
    outcome: dict[str, Any]
    paid: bool = False
    payment_intent: str | None = None
    payment_method: str
    payment_method_details: dict[str, Any]
    radar_options: dict[str, str] = field(default_factory=dict)
    receipt_email: str | None = None
    receipt_number: None = None
    receipt_url: None = None
    refunded: bool = False
    review: None = None
    shipping: None = None
    source: None = None
    source_transfer: None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    status: str
    transfer_data: None = None
    transfer_group: str | None = None


class UpdateParams(Params, kw_only=True):
    """What can be said of a charge afterwards."""

    description: str | None = None
    metadata: dict[str, str] | str | None = None
    receipt_email: str | None = None


class ChargeListParams(ListParams, kw_only=True):
    """Which charges."""

    customer: str | None = None
    payment_intent: str | None = None
    transfer_group: str | None = None


class Payment(msgspec.Struct, kw_only=True):
    """What is to be taken, from which card, for what."""

    amount: int
    currency: str
    method: PaymentMethod
    customer: str | None
    intent_id: str
    description: str | None
    metadata: dict[str, str]
    receipt_email: str | None
    is_authenticated: bool
    """Whether its holder has confirmed."""


@operation("GET", "/v1/charges", ChargeListParams)
async def list_all(call: Call[ChargeListParams]) -> Page:
    """List charges."""
    params = call.params
    return call.account.of(Charge).page(
        params,
        of=lambda row: (
            params.customer in {None, row.customer}
            and params.payment_intent in {None, row.payment_intent}
        ),
    )


@operation("GET", "/v1/charges/{id}", NoParams)
async def retrieve(call: Call[NoParams]) -> Charge:
    """Read one."""
    return call.account.of(Charge).get(call.id)


@operation("POST", "/v1/charges/{id}", UpdateParams)
async def update(call: Call[UpdateParams]) -> Charge:
    """Say something else of it."""
    found, params = call.account.of(Charge).get(call.id), call.params
    before = msgspec.structs.replace(found)
    found.metadata = merged_metadata(found.metadata, params.metadata)
    found.description = params.description or found.description
    found.receipt_email = params.receipt_email or found.receipt_email
    call.account.emit("charge.updated", found, different(before, found))
    return found


def fail(account: Account, payment: Payment, why: Decline) -> Charge:
    """Have a card declined."""
    made = _new(account, payment, status="failed")
    made.failure_code, made.failure_message = why.code, why.message
    made.outcome = {
        "advice_code": "try_again_later" if why.decline_code == "insufficient_funds" else None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network",
        "reason": why.decline_code or why.code,
        "risk_level": "normal",
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }
    account.of(Charge).add(made)
    return made


def take(account: Account, payment: Payment, *, capture: bool) -> Charge:
    """Take the money, or set it aside to be captured."""
    made = _new(account, payment, status="succeeded")
    made.paid = True
    account.of(Charge).add(made)
    if capture:
        settle(account, made, payment.amount)
    return made


def settle(account: Account, charge: Charge, amount: int) -> None:
    """Capture so much; the rest is let go, and the balance changes a moment later."""
    charge.captured, charge.amount_captured = True, amount

    def arrive() -> None:
        change = Change(
            type="charge",
            amount=amount,
            currency=charge.currency,
            source=charge.id,
            fee=fee_for(amount),
        )
        charge.balance_transaction = change_balance(account, change).id
        account.emit("charge.updated", charge, {"balance_transaction": None})

    account.soon(arrive)


def _new(account: Account, payment: Payment, *, status: str) -> Charge:
    method = payment.method
    card = {key: value for key, value in method.card.items() if key not in _NOT_OF_A_CHARGE}
    secure = {"authentication_flow": "challenge", "result": "authenticated", "version": "2.2.0"}
    return Charge(
        id=new_id(Charge.prefix),
        created=account.now(),
        amount=payment.amount,
        billing_details=method.billing_details,
        currency=payment.currency,
        customer=payment.customer,
        description=payment.description,
        metadata=dict(payment.metadata),
        outcome={
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "risk_score": 20,
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        payment_intent=payment.intent_id,
        payment_method=method.id,
        payment_method_details={
            "card": {
                **card,
                "amount_authorized": payment.amount,
                "network": method.card["brand"],
                "three_d_secure": secure if payment.is_authenticated else None,
            },
            "type": "card",
        },
        receipt_email=payment.receipt_email,
        status=status,
    )


_NOT_OF_A_CHARGE = {"display_brand", "generated_from", "networks", "three_d_secure_usage"}

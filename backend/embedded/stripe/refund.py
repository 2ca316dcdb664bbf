"""Refunds: money that goes back to a card, never more than was taken."""

from typing import Any, ClassVar, Literal

import msgspec
from msgspec import field

from backend.embedded.stripe.account import Account
from backend.embedded.stripe.balance import Change, change_balance
from backend.embedded.stripe.charge import Charge
from backend.embedded.stripe.errors import ApiError, invalid
from backend.embedded.stripe.forms import NoParams, Params, merged_metadata
from backend.embedded.stripe.operations import Call, operation
from backend.embedded.stripe.payment import PaymentIntent
from backend.embedded.stripe.payment_method import PaymentMethod
from backend.embedded.stripe.resource import Resource, different, new_id
from backend.embedded.stripe.tables import ListParams, Page


class Refund(Resource, tag="refund", kw_only=True):
    """Money that goes back."""

    prefix: ClassVar = "re_"
    path: ClassVar = "/v1/refunds"

    amount: int
    balance_transaction: str | None = None
    charge: str
    currency: str
    description: str | None = None
    destination_details: dict[str, Any]
    failure_balance_transaction: str | None = None
    failure_reason: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    payment_intent: str | None = None
    pending_reason: str | None = None
    reason: str | None = None
    receipt_number: None = None
    source_transfer_reversal: None = None
    status: str
    transfer_reversal: None = None


class CreateParams(Params, kw_only=True):
    """What goes back."""

    amount: int | None = None
    charge: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    payment_intent: str | None = None
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None


class UpdateParams(Params, kw_only=True):
    """What can be said of a refund afterwards."""

    metadata: dict[str, str] | str | None = None


class RefundListParams(ListParams, kw_only=True):
    """Which refunds."""

    charge: str | None = None
    payment_intent: str | None = None


@operation("POST", "/v1/refunds", CreateParams)
async def create(call: Call[CreateParams]) -> Refund:
    """Give money back."""
    return give_back(call.account, call.params)


@operation("GET", "/v1/refunds", RefundListParams)
async def list_all(call: Call[RefundListParams]) -> Page:
    """List refunds."""
    params = call.params
    return call.account.of(Refund).page(
        params,
        of=lambda row: (
            params.charge in {None, row.charge}
            and params.payment_intent in {None, row.payment_intent}
        ),
    )


@operation("GET", "/v1/refunds/{id}", NoParams)
async def retrieve(call: Call[NoParams]) -> Refund:
    """Read one."""
    return call.account.of(Refund).get(call.id)


@operation("POST", "/v1/refunds/{id}", UpdateParams)
async def update(call: Call[UpdateParams]) -> Refund:
    """Say something else of it."""
    found = call.account.of(Refund).get(call.id)
    found.metadata = merged_metadata(found.metadata, call.params.metadata)
    call.account.emit("refund.updated", found)
    return found


def give_back(account: Account, params: CreateParams) -> Refund:
    """Give money back, all that is left where no amount is told. Raises ApiError."""
    charge = _charge_of(account, params)
    amount = _amount_of(charge, params.amount)
    ends = account.of(PaymentMethod).get(charge.payment_method).does.refund_ends
    made = Refund(
        id=new_id(Refund.prefix),
        created=account.now(),
        amount=amount,
        charge=charge.id,
        currency=charge.currency,
        destination_details={"card": {"type": "refund"}, "type": "card"},
        metadata=params.metadata,
        payment_intent=charge.payment_intent,
        pending_reason="processing" if ends == "succeeded" else None,
        reason=params.reason,
        status="pending" if ends == "succeeded" else "succeeded",
    )
    made.balance_transaction = _changed(account, made, "refund", -amount)
    account.of(Refund).add(made)
    before = msgspec.structs.replace(charge)
    charge.amount_refunded += amount
    charge.refunded = charge.amount_refunded == charge.amount_captured
    account.emit("refund.created", made)
    account.emit("charge.refunded", charge, different(before, charge))
    if ends == "failed" or (ends is not None and not account.refunds_wait):
        account.soon(lambda: end(account, made, ends))
    return made


def end(account: Account, refund: Refund, status: str) -> None:
    """Have the bank take a refund, or send it back."""
    before = msgspec.structs.replace(refund)
    refund.status, refund.pending_reason = status, None
    if status == "failed":
        refund.failure_reason = "expired_or_canceled_card"
        refund.failure_balance_transaction = _changed(
            account, refund, "refund_failure", refund.amount
        )
        charge = account.of(Charge).get(refund.charge)
        charge.amount_refunded -= refund.amount
        charge.refunded = False
    previous = different(before, refund)
    account.emit("refund.updated", refund, previous)
    account.emit("charge.refund.updated", refund, previous)
    if status == "failed":
        account.emit("refund.failed", refund, previous)


def _charge_of(account: Account, params: CreateParams) -> Charge:
    if params.charge is not None:
        return account.of(Charge).get(params.charge, "charge")
    if params.payment_intent is None:
        raise invalid(
            "One of the following params should be provided for this request: payment_intent or "
            "charge.",
        )
    intent = account.of(PaymentIntent).get(params.payment_intent, "payment_intent")
    charge = account.of(Charge).get(intent.latest_charge) if intent.latest_charge else None
    if charge is None or not charge.paid:
        raise invalid(
            f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.",
            "payment_intent_unexpected_state",
        )
    return charge


def _amount_of(charge: Charge, told: int | None) -> int:
    """Say how much goes back. Raises ApiError."""
    left = charge.amount_captured - charge.amount_refunded
    if charge.disputed:
        raise invalid(
            f"Charge {charge.id} has been charged back; cannot issue a refund.", "charge_disputed"
        )
    if not charge.captured:
        raise _unrefundable(charge, "was not captured")
    if left <= 0:
        raise invalid(f"Charge {charge.id} has already been refunded.", "charge_already_refunded")
    if told is None:
        return left
    if told <= 0:
        raise invalid("Invalid positive integer", "parameter_invalid_integer", param="amount")
    if told > left:
        raise invalid(
            f"Refund amount ({told}) is greater than unrefunded amount on charge ({left}).",
            param="amount",
        )
    return told


def _unrefundable(charge: Charge, why: str) -> ApiError:
    return invalid(f"Charge {charge.id} {why}; there is nothing to refund.")


def _changed(account: Account, refund: Refund, kind: str, amount: int) -> str:
    change = Change(type=kind, amount=amount, currency=refund.currency, source=refund.id)
    return change_balance(account, change).id

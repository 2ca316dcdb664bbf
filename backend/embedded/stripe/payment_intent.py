"""Payment intents: payments, from the wish to the money."""

from typing import Literal

from msgspec import field

from backend.embedded.stripe import customer as customers
from backend.embedded.stripe import paying
from backend.embedded.stripe.account import Account
from backend.embedded.stripe.errors import invalid
from backend.embedded.stripe.forms import NoParams, Params, merged_metadata, unknown
from backend.embedded.stripe.intents import (
    ConfirmParams,
    TypesParams,
    automatic_of,
    check_return,
    method_for,
)
from backend.embedded.stripe.operations import Call, operation
from backend.embedded.stripe.payment import CONFIRMABLE, PaymentIntent
from backend.embedded.stripe.resource import new_client_secret, new_id
from backend.embedded.stripe.tables import ListParams, Page

AMOUNT_MIN = 50
AMOUNT_MAX = 99_999_999
_CURRENCY_LENGTH = 3
_CANCELABLE = {*CONFIRMABLE, "requires_capture", "processing"}


class PaymentConfirmParams(TypesParams, kw_only=True):
    """How a payment is confirmed."""

    capture_method: Literal["automatic", "automatic_async", "manual"] | None = None
    off_session: bool | Literal["one_off", "recurring"] | None = None
    receipt_email: str | None = None
    setup_future_usage: Literal["off_session", "on_session"] | None = None


class CreateParams(PaymentConfirmParams, kw_only=True):
    """What is to be paid."""

    amount: int
    currency: str
    confirm: bool = False
    confirmation_method: Literal["automatic", "manual"] = "automatic"
    customer: str | None = None
    description: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    transfer_group: str | None = None


class UpdateParams(Params, kw_only=True):
    """What of a payment can be changed."""

    amount: int | None = None
    customer: str | None = None
    description: str | None = None
    metadata: dict[str, str] | str | None = None
    payment_method: str | None = None
    receipt_email: str | None = None
    setup_future_usage: Literal["off_session", "on_session"] | None = None


class CancelParams(Params, kw_only=True):
    """Why nothing is to be paid."""

    cancellation_reason: (
        Literal["abandoned", "duplicate", "fraudulent", "requested_by_customer"] | None
    ) = None


class CaptureParams(Params, kw_only=True):
    """How much of what was set aside is taken."""

    amount_to_capture: int | None = None


class IntentListParams(ListParams, kw_only=True):
    """Which payments."""

    customer: str | None = None


@operation("POST", "/v1/payment_intents", CreateParams)
async def create(call: Call[CreateParams]) -> PaymentIntent:
    """Begin a payment, and confirm it where that is told."""
    params = call.params
    if params.off_session and not params.confirm:
        raise invalid(
            "You cannot provide `off_session` when `confirm` is not `true`.", param="off_session"
        )
    made = await new(call.account, params)
    if params.confirm:
        await _confirm(call.account, made, params)
    return made


@operation("GET", "/v1/payment_intents", IntentListParams)
async def list_all(call: Call[IntentListParams]) -> Page:
    """List payments."""
    customer_id = call.params.customer
    return call.account.of(PaymentIntent).page(
        call.params, of=lambda row: customer_id in {None, row.customer}
    )


@operation("GET", "/v1/payment_intents/{id}", NoParams)
async def retrieve(call: Call[NoParams]) -> PaymentIntent:
    """Read one."""
    return call.account.of(PaymentIntent).get(call.id)


@operation("POST", "/v1/payment_intents/{id}", UpdateParams)
async def update(call: Call[UpdateParams]) -> PaymentIntent:
    """Change one that is not paid yet; of one that is, only what is said of it."""
    account, params = call.account, call.params
    found = account.of(PaymentIntent).get(call.id)
    if found.status not in CONFIRMABLE and (params.amount or params.payment_method):
        raise paying.unexpected(found, f"it has a status of {found.status}")
    if params.amount is not None:
        _check_amount(params.amount)
        found.amount = params.amount
    if params.customer is not None:
        await customers.find(account, params.customer, "customer")
        found.customer = params.customer
    if params.payment_method is not None:
        told = ConfirmParams(payment_method=params.payment_method)
        method = await method_for(account, told, found.customer)
        found.payment_method = method.id if method else None
        found.status = "requires_confirmation"
    found.metadata = merged_metadata(found.metadata, params.metadata)
    found.description = params.description or found.description
    found.receipt_email = params.receipt_email or found.receipt_email
    found.setup_future_usage = params.setup_future_usage or found.setup_future_usage
    return found


@operation("POST", "/v1/payment_intents/{id}/confirm", PaymentConfirmParams)
async def confirm(call: Call[PaymentConfirmParams]) -> PaymentIntent:
    """Have it paid."""
    if call.params.automatic_payment_methods is not None:
        raise unknown("automatic_payment_methods")
    found = call.account.of(PaymentIntent).get(call.id)
    await _confirm(call.account, found, call.params)
    return found


@operation("POST", "/v1/payment_intents/{id}/cancel", CancelParams)
async def cancel(call: Call[CancelParams]) -> PaymentIntent:
    """Give up a payment that has not come about."""
    found = call.account.of(PaymentIntent).get(call.id)
    if found.status not in _CANCELABLE:
        raise invalid(
            f"You cannot cancel this PaymentIntent because it has a status of {found.status}. "
            "Only a PaymentIntent with one of the following statuses may be canceled: "
            f"{', '.join(sorted(_CANCELABLE))}.",
            "payment_intent_unexpected_state",
        )
    paying.give_up(call.account, found, call.params.cancellation_reason)
    return found


@operation("POST", "/v1/payment_intents/{id}/capture", CaptureParams)
async def capture(call: Call[CaptureParams]) -> PaymentIntent:
    """Take what was set aside, or a part of it."""
    found = call.account.of(PaymentIntent).get(call.id)
    if found.status != "requires_capture":
        raise invalid(
            "This PaymentIntent could not be captured because it has a status of "
            f"{found.status}. Only a PaymentIntent with one of the following statuses may be "
            "captured: requires_capture.",
            "payment_intent_unexpected_state",
        )
    amount = call.params.amount_to_capture
    amount = found.amount_capturable if amount is None else amount
    if not 0 < amount <= found.amount_capturable:
        raise invalid(
            "The provided `amount_to_capture` is not between 1 and the amount that is capturable.",
            "amount_too_large",
            param="amount_to_capture",
        )
    paying.capture(call.account, found, amount)
    return found


async def new(account: Account, params: CreateParams) -> PaymentIntent:
    """Begin a payment. Raises ApiError."""
    _check_amount(params.amount)
    if len(params.currency) != _CURRENCY_LENGTH or not params.currency.isalpha():
        raise invalid(f"Invalid currency: {params.currency}.", param="currency")
    if params.customer is not None:
        await customers.find(account, params.customer, "customer")
    method = await method_for(account, params, params.customer)
    made_id = new_id(PaymentIntent.prefix)
    made = PaymentIntent(
        id=made_id,
        created=account.now(),
        allowed_payment_method_types=params.allowed_payment_method_types,
        amount=params.amount,
        automatic_payment_methods=automatic_of(params),
        capture_method=params.capture_method or "automatic_async",
        client_secret=new_client_secret(made_id),
        confirmation_method=params.confirmation_method,
        currency=params.currency.lower(),
        customer=params.customer,
        description=params.description,
        metadata=params.metadata,
        payment_method=method.id if method else None,
        receipt_email=params.receipt_email,
        setup_future_usage=params.setup_future_usage,
        statement_descriptor=params.statement_descriptor,
        statement_descriptor_suffix=params.statement_descriptor_suffix,
        status="requires_confirmation" if method else "requires_payment_method",
        transfer_group=params.transfer_group,
    )
    account.of(PaymentIntent).add(made)
    account.emit("payment_intent.created", made)
    return made


async def _confirm(account: Account, found: PaymentIntent, params: PaymentConfirmParams) -> None:
    if found.status not in CONFIRMABLE:
        raise paying.unexpected(found, f"it has a status of {found.status}")
    if params.client_secret not in {None, found.client_secret}:
        raise invalid(
            "The client_secret provided does not match the client_secret associated with this "
            "PaymentIntent.",
            "payment_intent_invalid_parameter",
            param="client_secret",
        )
    if not params.off_session:
        check_return(found.automatic_payment_methods, params.return_url)
    is_told = params.payment_method is not None or params.payment_method_data is not None
    method = await method_for(account, params, found.customer) if is_told else None
    found.payment_method = method.id if method else found.payment_method
    found.receipt_email = params.receipt_email or found.receipt_email
    found.setup_future_usage = params.setup_future_usage or found.setup_future_usage
    found.behind.return_url = params.return_url
    found.behind.is_off_session = bool(params.off_session)
    await paying.confirm(account, found)


def _check_amount(amount: int) -> None:
    if amount < AMOUNT_MIN:
        raise invalid(
            "The amount must be greater than or equal to the minimum charge amount allowed for "
            "your account and the currency set.",
            "amount_too_small",
            param="amount",
        )
    if amount > AMOUNT_MAX:
        raise invalid("Amount must be no more than $999,999.99", "amount_too_large", param="amount")

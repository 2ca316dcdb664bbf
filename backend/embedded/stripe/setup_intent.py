"""Setup intents: cards that are saved, to be charged when their holder is away."""

from typing import Any, ClassVar, Literal

from msgspec import field

from backend.embedded.stripe import customer as customers
from backend.embedded.stripe import payment_method as methods
from backend.embedded.stripe.account import Account
from backend.embedded.stripe.cards import Asks, decline_for
from backend.embedded.stripe.errors import ApiError, declined, invalid
from backend.embedded.stripe.forms import NoParams, Params
from backend.embedded.stripe.intents import (
    Behind,
    ConfirmParams,
    TypesParams,
    automatic_of,
    check_return,
    method_for,
    next_action,
)
from backend.embedded.stripe.operations import Call, operation
from backend.embedded.stripe.payment_method import PaymentMethod
from backend.embedded.stripe.resource import Resource, new_client_secret, new_id, shown
from backend.embedded.stripe.tables import ListParams, Page

_OPEN = {"requires_payment_method", "requires_confirmation", "requires_action"}


class SetupIntent(Resource, tag="setup_intent", kw_only=True):
    """The wish to save a card, and how far it is."""

    prefix: ClassVar = "seti_"
    path: ClassVar = "/v1/setup_intents"

    behind: Behind = field(default_factory=Behind)
    allowed_payment_method_types: list[str] | None = None
    application: None = None
    automatic_payment_methods: dict[str, Any] | None = None
    cancellation_reason: str | None = None
    client_secret: str
    customer: str | None = None
    description: str | None = None
    flow_directions: None = None
    last_setup_error: dict[str, Any] | None = None
    latest_attempt: None = None
    mandate: None = None
    metadata: dict[str, str] = field(default_factory=dict)
    next_action: dict[str, Any] | None = None
    on_behalf_of: None = None
    payment_method: str | None = None
    payment_method_configuration_details: None = None
    payment_method_options: dict[str, Any] = field(default_factory=dict)
    payment_method_types: list[str] = field(default_factory=lambda: ["card"])
    single_use_mandate: None = None
    status: str
    usage: str = "off_session"


class CreateParams(TypesParams, kw_only=True):
    """Whose card is to be saved, and for what."""

    confirm: bool = False
    customer: str | None = None
    description: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    usage: Literal["off_session", "on_session"] = "off_session"


class CancelParams(Params, kw_only=True):
    """Why none is to be saved."""

    cancellation_reason: Literal["abandoned", "duplicate", "requested_by_customer"] | None = None


class SetupListParams(ListParams, kw_only=True):
    """Which of them."""

    customer: str | None = None
    payment_method: str | None = None


@operation("POST", "/v1/setup_intents", CreateParams)
async def create(call: Call[CreateParams]) -> SetupIntent:
    """Begin to save a card, and confirm where that is told."""
    made = await new(call.account, call.params)
    if call.params.confirm:
        await _confirm(call.account, made, call.params)
    return made


@operation("GET", "/v1/setup_intents", SetupListParams)
async def list_all(call: Call[SetupListParams]) -> Page:
    """List them."""
    params = call.params
    return call.account.of(SetupIntent).page(
        params,
        of=lambda row: (
            params.customer in {None, row.customer}
            and params.payment_method in {None, row.payment_method}
        ),
    )


@operation("GET", "/v1/setup_intents/{id}", NoParams)
async def retrieve(call: Call[NoParams]) -> SetupIntent:
    """Read one."""
    return call.account.of(SetupIntent).get(call.id)


@operation("POST", "/v1/setup_intents/{id}/confirm", ConfirmParams)
async def confirm(call: Call[ConfirmParams]) -> SetupIntent:
    """Have the card saved."""
    found = call.account.of(SetupIntent).get(call.id)
    await _confirm(call.account, found, call.params)
    return found


@operation("POST", "/v1/setup_intents/{id}/cancel", CancelParams)
async def cancel(call: Call[CancelParams]) -> SetupIntent:
    """Give it up."""
    found = call.account.of(SetupIntent).get(call.id)
    if found.status not in _OPEN:
        raise _unexpected(found)
    found.status, found.next_action = "canceled", None
    found.cancellation_reason = call.params.cancellation_reason
    call.account.emit("setup_intent.canceled", found)
    return found


async def new(account: Account, params: CreateParams) -> SetupIntent:
    """Begin to save a card. Raises ApiError."""
    if params.customer is not None:
        await customers.find(account, params.customer, "customer")
    method = await method_for(account, params, params.customer)
    made_id = new_id(SetupIntent.prefix)
    made = SetupIntent(
        id=made_id,
        created=account.now(),
        allowed_payment_method_types=params.allowed_payment_method_types,
        automatic_payment_methods=automatic_of(params),
        client_secret=new_client_secret(made_id),
        customer=params.customer,
        description=params.description,
        metadata=params.metadata,
        payment_method=method.id if method else None,
        status="requires_confirmation" if method else "requires_payment_method",
        usage=params.usage,
    )
    account.of(SetupIntent).add(made)
    account.emit("setup_intent.created", made)
    return made


async def ask_bank(account: Account, intent: SetupIntent) -> None:
    """Ask whether the card may be saved. Raises ApiError where the bank declines."""
    method = account.of(PaymentMethod).get(str(intent.payment_method), "payment_method")
    intent.next_action, intent.last_setup_error = None, None
    if method.does.refuses_saving:
        why = decline_for(method.does.declines or "generic_decline")
        error = declined(
            why.message, why.code, decline_code=why.decline_code, payment_method=shown(method)
        )
        _failed(account, intent, dict(error.body))
        error.body["setup_intent"] = shown(intent)
        raise error
    if method.does.asks is not Asks.NEVER:
        intent.status = "requires_action"
        intent.next_action = next_action(account, intent.id, intent.behind.return_url)
        account.emit("setup_intent.requires_action", intent)
        return
    await _save(account, intent, method)


async def authenticated(account: Account, intent: SetupIntent, *, succeeds: bool) -> None:
    """Go on after its holder has confirmed at their bank, or has not. Raises ApiError."""
    if intent.status != "requires_action":
        raise _unexpected(intent)
    method = account.of(PaymentMethod).get(str(intent.payment_method))
    intent.next_action = None
    if succeeds:
        await _save(account, intent, method)
        return
    error = {
        "type": "invalid_request_error",
        "code": "setup_intent_authentication_failure",
        "message": (
            "The latest attempt to set up the payment method has failed because "
            "authentication failed."
        ),
        "payment_method": shown(method),
    }
    _failed(account, intent, error)


async def _confirm(account: Account, found: SetupIntent, params: ConfirmParams) -> None:
    if found.status not in _OPEN:
        raise _unexpected(found)
    check_return(found.automatic_payment_methods, params.return_url)
    is_told = params.payment_method is not None or params.payment_method_data is not None
    method = await method_for(account, params, found.customer) if is_told else None
    found.payment_method = method.id if method else found.payment_method
    if found.payment_method is None:
        raise invalid(
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            "setup_intent_unexpected_state",
            setup_intent=shown(found),
        )
    found.behind.return_url = params.return_url
    await ask_bank(account, found)


async def _save(account: Account, intent: SetupIntent, method: PaymentMethod) -> None:
    method.behind.is_saved = intent.usage == "off_session"
    if intent.customer is not None:
        await methods.save(account, method, intent.customer)
    intent.status = "succeeded"
    account.emit("setup_intent.succeeded", intent)


def _failed(account: Account, intent: SetupIntent, error: dict[str, Any]) -> None:
    intent.status, intent.payment_method = "requires_payment_method", None
    intent.last_setup_error = error
    account.emit("setup_intent.setup_failed", intent)


def _unexpected(intent: SetupIntent) -> ApiError:
    return invalid(
        f"You cannot confirm or cancel this SetupIntent because it has a status of "
        f"{intent.status}.",
        "setup_intent_unexpected_state",
        setup_intent=shown(intent),
    )

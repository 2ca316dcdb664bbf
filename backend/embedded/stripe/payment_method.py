"""Payment methods: cards, as they are shown and saved."""

import hashlib
from typing import Any, ClassVar, Literal

import msgspec
from msgspec import field

from backend.embedded.stripe import customer as customers
from backend.embedded.stripe.account import Account
from backend.embedded.stripe.billing import BillingDetails
from backend.embedded.stripe.cards import BY_NUMBER, CARDS, TOKENS, Asks, Card, decline_for
from backend.embedded.stripe.errors import declined, invalid
from backend.embedded.stripe.forms import NoParams, Params, merged_metadata
from backend.embedded.stripe.operations import Call, operation
from backend.embedded.stripe.resource import Resource
from backend.embedded.stripe.tables import ListParams, Page

EXP_MONTH, EXP_YEAR = 8, 2035
_TAKEN, _DECLINED = "4242424242424242", "4000000000000341"
"""Of the numbers that localstripe knows, one that is charged, and one that is only saved."""


class Behind(msgspec.Struct, kw_only=True):
    """What Stripe knows of a card and does not show."""

    number: str
    is_saved: bool = False
    """Whether its holder has agreed that it is charged without them."""
    is_used_up: bool = False
    """Whether it was used, or given up, while it belonged to nobody."""


class PaymentMethod(Resource, tag="payment_method", kw_only=True):
    """A card that can be charged."""

    prefix: ClassVar = "pm_"
    path: ClassVar = "/v1/payment_methods"

    behind: Behind
    type: str = "card"
    allow_redisplay: str = "unspecified"
    billing_details: BillingDetails = field(default_factory=BillingDetails)
    card: dict[str, Any]
    customer: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def does(self) -> Card:
        """What the card does."""
        return BY_NUMBER[self.behind.number]


class CardParams(Params, kw_only=True):
    """A card's number, or a token that stands for it."""

    number: str | None = None
    exp_month: int = EXP_MONTH
    exp_year: int = EXP_YEAR
    cvc: str | None = None
    token: str | None = None


class CreateParams(Params, kw_only=True):
    """What a payment method is made of."""

    type: Literal["card"]
    card: CardParams
    billing_details: BillingDetails | None = None
    allow_redisplay: Literal["always", "limited", "unspecified"] = "unspecified"
    metadata: dict[str, str] = field(default_factory=dict)


class UpdateParams(Params, kw_only=True):
    """What of it can be changed."""

    billing_details: BillingDetails | None = None
    allow_redisplay: Literal["always", "limited", "unspecified"] | None = None
    metadata: dict[str, str] | str | None = None


class AttachParams(Params, kw_only=True):
    """Whom it is to belong to."""

    customer: str


class MethodListParams(ListParams, kw_only=True):
    """Which payment methods."""

    customer: str | None = None
    type: str | None = None
    allow_redisplay: str | None = None


@operation("POST", "/v1/payment_methods", CreateParams)
async def create(call: Call[CreateParams]) -> PaymentMethod:
    """Make one."""
    params = call.params
    made = await made_of(call.account, params.card)
    made.billing_details = params.billing_details or BillingDetails()
    made.allow_redisplay, made.metadata = params.allow_redisplay, params.metadata
    return made


@operation("GET", "/v1/payment_methods", MethodListParams)
async def list_all(call: Call[MethodListParams]) -> Page:
    """List those of a customer."""
    return _page(call.account, call.params, call.params.customer)


@operation("GET", "/v1/customers/{id}/payment_methods", MethodListParams)
async def list_of_customer(call: Call[MethodListParams]) -> Page:
    """List those of the customer that the URL names."""
    await customers.find(call.account, call.id)
    return _page(call.account, call.params, call.id)


@operation("GET", "/v1/payment_methods/{id}", NoParams)
async def retrieve(call: Call[NoParams]) -> PaymentMethod:
    """Read one; under a test card's name, a new one."""
    return await resolve(call.account, call.id, "id")


@operation("POST", "/v1/payment_methods/{id}", UpdateParams)
async def update(call: Call[UpdateParams]) -> PaymentMethod:
    """Change what can be changed."""
    found, params = call.account.of(PaymentMethod).get(call.id), call.params
    found.billing_details = params.billing_details or found.billing_details
    found.allow_redisplay = params.allow_redisplay or found.allow_redisplay
    found.metadata = merged_metadata(found.metadata, params.metadata)
    call.account.emit("payment_method.updated", found)
    return found


@operation("POST", "/v1/payment_methods/{id}/attach", AttachParams)
async def attach(call: Call[AttachParams]) -> PaymentMethod:
    """Give it to a customer."""
    found = await resolve(call.account, call.id, "id")
    await customers.find(call.account, call.params.customer, "customer")
    if found.customer not in {None, call.params.customer}:
        raise invalid(
            "The payment method you provided has already been attached to a customer.",
            "payment_method_unexpected_state",
        )
    check_usable(found, call.params.customer)
    if found.does.refuses_saving:
        raise refused(found)
    await save(call.account, found, call.params.customer)
    return found


@operation("POST", "/v1/payment_methods/{id}/detach", NoParams)
async def detach(call: Call[NoParams]) -> PaymentMethod:
    """Take it away from its customer, for good."""
    found = call.account.of(PaymentMethod).get(call.id)
    if found.customer is None:
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible.",
            "payment_method_unexpected_state",
        )
    await call.account.backing.ask("POST", f"/v1/payment_methods/{found.id}/detach")
    previous, found.customer = found.customer, None
    found.behind.is_used_up = True
    call.account.emit("payment_method.detached", found, {"customer": previous})
    return found


async def made_of(account: Account, params: CardParams) -> PaymentMethod:
    """Make one of a number or a token. Raises ApiError."""
    made = await new(account, _card_of(params))
    made.card |= {"exp_month": params.exp_month, "exp_year": params.exp_year}
    return made


async def new(account: Account, does: Card) -> PaymentMethod:
    """Make one of a test card; localstripe has it too, under the same id, for subscriptions."""
    fields = {"type": "card", "card": _mirrored(does)}
    mirrored = await account.backing.ask("POST", "/v1/payment_methods", fields)
    made = PaymentMethod(
        id=mirrored["id"],
        created=account.now(),
        behind=Behind(number=does.number),
        card=_shown_card(does),
    )
    account.of(PaymentMethod).add(made)
    return made


async def resolve(account: Account, wanted: str, param: str = "payment_method") -> PaymentMethod:
    """Find a payment method, or make one of the test card that is named. Raises ApiError."""
    does = CARDS.get(wanted)
    return await new(account, does) if does else account.of(PaymentMethod).get(wanted, param)


async def save(account: Account, method: PaymentMethod, customer_id: str) -> None:
    """Have it belong to a customer from now on."""
    if method.customer == customer_id:
        return
    path = f"/v1/payment_methods/{method.id}/attach"
    await account.backing.ask("POST", path, {"customer": customer_id})
    method.customer = customer_id
    account.emit("payment_method.attached", method)


def check_usable(method: PaymentMethod, customer_id: str | None) -> None:
    """Make sure that it may be used for this customer. Raises ApiError."""
    if method.behind.is_used_up:
        raise invalid(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer "
            "attachment, shared with a connected account without Customer attachment, or was "
            "detached from a Customer. It may not be used again. To use a PaymentMethod multiple "
            "times, you must attach it to a Customer first.",
            param="payment_method",
        )
    if method.customer is not None and method.customer != customer_id:
        raise invalid(
            f"The provided PaymentMethod ({method.id}) belongs to a Customer; please pass that "
            "Customer in the `customer` parameter.",
            param="payment_method",
        )


def refused(method: PaymentMethod) -> Exception:
    """Make the error for a card that may not even be saved."""
    why = decline_for(method.does.declines or "generic_decline")
    return declined(why.message, why.code, decline_code=why.decline_code)


def _card_of(params: CardParams) -> Card:
    if params.token is not None:
        found = TOKENS.get(params.token)
        if found is None:
            raise invalid(
                f"No such token: '{params.token}'", "resource_missing", param="card[token]"
            )
        return found
    number = (params.number or "").replace(" ", "")
    found = BY_NUMBER.get(number)
    if found is None:
        # Not even a wrong number is said again.
        raise declined("Your card number is incorrect.", "incorrect_number", param="card[number]")
    return found


def _mirrored(does: Card) -> dict[str, Any]:
    """Put a card so that localstripe takes it, and charges it for a subscription or does not.

    Its holder is away then, and whether a card may be saved at all is decided here.
    """
    is_declined = does.declines is not None or does.asks is Asks.ALWAYS
    number = _DECLINED if is_declined else _TAKEN
    return {"number": number, "exp_month": EXP_MONTH, "exp_year": EXP_YEAR, "cvc": "123"}


def _shown_card(does: Card) -> dict[str, Any]:
    return {
        "brand": does.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": "US",
        "display_brand": does.brand,
        "exp_month": EXP_MONTH,
        "exp_year": EXP_YEAR,
        "fingerprint": hashlib.sha256(does.number.encode()).hexdigest()[:16],
        "funding": does.funding,
        "generated_from": None,
        "last4": does.last4,
        "networks": {"available": [does.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def _page(account: Account, params: MethodListParams, customer_id: str | None) -> Page:
    return account.of(PaymentMethod).page(
        params,
        of=lambda row: (
            row.customer is not None
            and row.customer == (customer_id or row.customer)
            and row.type == (params.type or row.type)
        ),
    )

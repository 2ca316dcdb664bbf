"""What payment and setup intents have in common: a card to confirm with, and a bank that asks."""

from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from backend.embedded.stripe import payment_method as methods
from backend.embedded.stripe.account import Account
from backend.embedded.stripe.billing import BillingDetails
from backend.embedded.stripe.errors import invalid
from backend.embedded.stripe.forms import Params
from backend.embedded.stripe.payment_method import CardParams, PaymentMethod

THREE_D_SECURE_PATH = "/3d-secure"
PAY_PATH = "/pay"


class AutomaticParams(Params, kw_only=True):
    """Whether Stripe chooses the kinds of payment methods."""

    enabled: bool
    allow_redirects: Literal["always", "never"] = "always"


class MethodData(Params, kw_only=True):
    """A card that is made into a payment method on the way."""

    type: Literal["card"]
    card: CardParams | None = None
    billing_details: BillingDetails | None = None
    allow_redisplay: Literal["always", "limited", "unspecified"] = "unspecified"


class ConfirmParams(Params, kw_only=True):
    """How an intent is confirmed; both kinds take these."""

    client_secret: str | None = None
    mandate_data: Any = None
    payment_method: str | None = None
    payment_method_data: MethodData | None = None
    payment_method_options: Any = None
    return_url: str | None = None
    use_stripe_sdk: bool | None = None


class TypesParams(ConfirmParams, kw_only=True):
    """The same, and which kinds of payment methods are wanted."""

    allowed_payment_method_types: list[str] | None = None
    automatic_payment_methods: AutomaticParams | None = None
    payment_method_types: Any = None
    """Taken no longer."""


class Behind(msgspec.Struct, kw_only=True):
    """What Stripe knows of an intent and does not show."""

    return_url: str | None = None
    is_off_session: bool = False
    is_authenticated: bool = False
    checkout_session: str | None = None
    """Whose Checkout this is, if it was begun by one."""


def automatic_of(params: TypesParams) -> dict[str, Any] | None:
    """Say how Stripe chooses kinds of payment methods, if it is left to choose. Raises ApiError."""
    automatic, allowed = params.automatic_payment_methods, params.allowed_payment_method_types
    if params.payment_method_types is not None:
        raise invalid(
            "The parameter `payment_method_types` is no longer supported. Use "
            "`allowed_payment_method_types` instead.",
            "payment_method_types_no_longer_supported",
            param="payment_method_types",
        )
    if automatic is not None and allowed is not None:
        raise invalid(
            "You may only specify one of these parameters: automatic_payment_methods, "
            "allowed_payment_method_types.",
        )
    if allowed is not None or (automatic is not None and not automatic.enabled):
        return None
    redirects = automatic.allow_redirects if automatic else "always"
    return {"enabled": True, "allow_redirects": redirects}


def check_return(automatic: dict[str, Any] | None, return_url: str | None) -> None:
    """Make sure that a payer who may be sent elsewhere can come back. Raises ApiError."""
    may_leave = automatic is not None and automatic["allow_redirects"] == "always"
    if may_leave and return_url is None:
        raise invalid(
            "This intent is configured to accept payment methods enabled in your Dashboard. "
            "Because some of these payment methods might redirect your customer off of your page, "
            "you must provide a `return_url`. If you don't want to accept redirect-based payment "
            "methods, set `automatic_payment_methods[enabled]` to `true` and "
            "`automatic_payment_methods[allow_redirects]` to `never`.",
        )


async def method_for(
    account: Account, params: ConfirmParams, customer_id: str | None
) -> PaymentMethod | None:
    """Find or make the card that is told, if one is. Raises ApiError."""
    data = params.payment_method_data
    if data is not None:
        made = await methods.made_of(account, data.card or CardParams())
        made.billing_details = data.billing_details or BillingDetails()
        made.allow_redisplay = data.allow_redisplay
        return made
    if params.payment_method is None:
        return None
    found = await methods.resolve(account, params.payment_method)
    methods.check_usable(found, customer_id)
    return found


def next_action(account: Account, intent_id: str, return_url: str | None) -> dict[str, Any]:
    """Say what the payer has to do: confirm at their bank."""
    url = f"{account.base_url}{THREE_D_SECURE_PATH}/{intent_id}"
    if return_url is not None:
        return {
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": return_url, "url": url},
        }
    sdk = {"type": "three_d_secure_redirect", "stripe_js": url, "source": intent_id}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}


def url_with(url: str, **told: str) -> str:
    """Add to what a URL says behind its question mark."""
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *told.items()])
    return urlunsplit(parts._replace(query=query))

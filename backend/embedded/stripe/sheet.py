"""The payment sheet: where a browser goes on with an intent, as it would with Stripe.js.

Whoever knows the client secret of an intent may confirm it; no other key is needed here.
"""

import hmac
from html import escape
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, URLEncodedBody

from backend.embedded.stripe import checking_out, paying
from backend.embedded.stripe import payment_method as methods
from backend.embedded.stripe import setup_intent as setups
from backend.embedded.stripe.account import Account
from backend.embedded.stripe.checking_out import DONE, Intent
from backend.embedded.stripe.errors import ApiError, missing
from backend.embedded.stripe.hosted import go_to, money, page_of
from backend.embedded.stripe.intents import PAY_PATH, THREE_D_SECURE_PATH
from backend.embedded.stripe.payment import PaymentIntent
from backend.embedded.stripe.payment_method import PaymentMethod
from backend.embedded.stripe.stand_in import StandIn

SAVED_SHOWN_MAX = 5
_OVER = {*DONE, "canceled", "processing"}

Secret = FromPath[str]
ReturnUrl = Annotated[str, QueryParameter()]


class Choice(msgspec.Struct, frozen=True):
    """The button that was pressed."""

    card: str = ""
    """A saved card or a test card; none is to go back."""


@get(f"{PAY_PATH}/{{client_secret:str}}")
async def show_sheet(
    client_secret: Secret, return_url: ReturnUrl, stand_in: NamedDependency[StandIn]
) -> Response[Any]:
    """Show what is to be paid, or saved, and with which cards."""
    intent = _intent_of(stand_in.account, client_secret)
    if intent.status in _OVER:
        return page_of("over.html", title="All done here", words="There is nothing to pay.")
    if intent.status == "requires_action":
        return _to_bank(intent, return_url)
    return _sheet(stand_in.account, intent)


@post(f"{PAY_PATH}/{{client_secret:str}}")
async def press_sheet(
    client_secret: Secret,
    return_url: ReturnUrl,
    data: URLEncodedBody[Choice],
    stand_in: NamedDependency[StandIn],
) -> Response[Any]:
    """Pay, or save a card, and go to the bank or back."""
    account = stand_in.account
    intent, back = _intent_of(account, client_secret), _checked(return_url)
    if not data.card or intent.status in _OVER:
        return go_to(back)

    async def act() -> None:
        await _confirm(account, intent, data.card, back)

    try:
        await stand_in.api.by_itself(act)
    except ApiError as problem:
        return _sheet(account, intent, problem.body["message"])
    return _to_bank(intent, back) if intent.status == "requires_action" else go_to(back)


async def _confirm(account: Account, intent: Intent, card: str, return_url: str) -> None:
    """Confirm with a card while its owner is there. Raises ApiError where it is declined."""
    method = await methods.resolve(account, card)
    methods.check_usable(method, intent.customer)
    intent.payment_method = method.id
    intent.behind.return_url = return_url
    intent.behind.is_off_session = False
    if isinstance(intent, PaymentIntent):
        await paying.confirm(account, intent)
    else:
        await setups.ask_bank(account, intent)


def _intent_of(account: Account, client_secret: str) -> Intent:
    """Find the intent of a client secret. Raises ApiError."""
    intent_id = client_secret.partition("_secret_")[0]
    found = checking_out.find_intent(account, intent_id)
    if not hmac.compare_digest(found.client_secret.encode(), client_secret.encode()):
        raise missing("intent", intent_id, "client_secret")
    return found


def _to_bank(intent: Intent, return_url: str) -> Response[Any]:
    intent.behind.return_url = _checked(return_url)
    return go_to(f"{THREE_D_SECURE_PATH}/{intent.id}")


def _checked(return_url: str) -> str:
    """Lead to pages only. Raises ApiError."""
    if urlsplit(return_url).scheme not in {"http", "https"}:
        raise missing("page", return_url, "return_url")
    return return_url


def _sheet(account: Account, intent: Intent, problem: str = "") -> Response[Any]:
    is_payment = isinstance(intent, PaymentIntent)
    verb = "Pay" if is_payment else "Save"
    saved = [
        f'<button class="primary" name="card" value="{escape(one.id)}">'
        f"{verb} with the card that ends in {escape(one.does.last4)}</button>"
        for one in account.of(PaymentMethod)
        if is_payment and intent.customer is not None and one.customer == intent.customer
    ]
    return page_of(
        "sheet.html",
        title="Pay what you owe" if is_payment else "Save a card with Tandem",
        amount=money(intent.amount, intent.currency) if isinstance(intent, PaymentIntent) else "",
        verb=verb,
        marked={
            "saved": "".join(reversed(saved[-SAVED_SHOWN_MAX:])),
            "problem": f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else "",
        },
    )


SHEET: list[Any] = [press_sheet, show_sheet]

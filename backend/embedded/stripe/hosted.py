"""Hosted pages: where Stripe, or a bank, has a browser for a moment, and sends it back."""

from html import escape
from pathlib import Path
from string import Template
from typing import Any

import msgspec
from litestar import MediaType, Response, get, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from litestar.status_codes import HTTP_200_OK, HTTP_303_SEE_OTHER

from backend.embedded.stripe import checking_out
from backend.embedded.stripe.checkout_session import CHECKOUT_PATH, Session
from backend.embedded.stripe.errors import ApiError
from backend.embedded.stripe.intents import THREE_D_SECURE_PATH, url_with
from backend.embedded.stripe.payment import PaymentIntent
from backend.embedded.stripe.payment_method import PaymentMethod
from backend.embedded.stripe.stand_in import StandIn

FOLDER = Path(__file__).with_name("pages")
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_NO_DECIMALS = {"jpy", "krw", "vnd", "clp"}
_SESSION_ID = "{CHECKOUT_SESSION_ID}"


class Choice(msgspec.Struct, frozen=True):
    """The button that was pressed on the page of a session."""

    card: str = ""
    """The test card; none is to cancel."""
    email: str = ""


class Answer(msgspec.Struct, frozen=True):
    """The button that was pressed at the bank."""

    answer: str = "refuse"


@get("/pages/hosted.css", media_type=MediaType.CSS, cache_control=CacheControlHeader(no_cache=True))
async def style() -> str:
    """Give the pages their look."""
    return (FOLDER / "hosted.css").read_text(encoding="utf-8")


@get(f"{CHECKOUT_PATH}/{{session_id:str}}")
async def show_checkout(
    session_id: FromPath[str], stand_in: NamedDependency[StandIn]
) -> Response[Any]:
    """Show what is to be paid."""
    session = stand_in.account.of(Session).get(session_id)
    if session.status == "open":
        return _checkout_page(session)
    return page_of(
        "over.html", title="All done here", words=f"This Checkout Session is {session.status}."
    )


@post(f"{CHECKOUT_PATH}/{{session_id:str}}")
async def press_checkout(
    session_id: FromPath[str],
    data: URLEncodedBody[Choice],
    stand_in: NamedDependency[StandIn],
) -> Response[Any]:
    """Pay, or do not."""
    session = stand_in.account.of(Session).get(session_id)
    if not data.card:
        return go_to(session.cancel_url or url_of(stand_in, session))

    async def act() -> None:
        await checking_out.check_out(stand_in.account, session, data.card, data.email or None)

    try:
        await stand_in.api.by_itself(act)
    except ApiError as problem:
        return _checkout_page(session, problem.body["message"], data.email)
    return _go_on(stand_in, session)


@get(f"{CHECKOUT_PATH}/{{session_id:str}}/back")
async def come_back(session_id: FromPath[str], stand_in: NamedDependency[StandIn]) -> Response[Any]:
    """Go on after the bank."""
    session = stand_in.account.of(Session).get(session_id)
    if session.status == "complete":
        return _go_on(stand_in, session)
    return _checkout_page(session, "Your bank did not confirm that it was you. Try another card.")


@get(f"{THREE_D_SECURE_PATH}/{{intent_id:str}}")
async def show_secure(
    intent_id: FromPath[str], stand_in: NamedDependency[StandIn]
) -> Response[Any]:
    """Ask as a bank does."""
    intent = checking_out.find_intent(stand_in.account, intent_id)
    if intent.status != "requires_action":
        return page_of("over.html", title="All done here", words="There is nothing to confirm.")
    method = stand_in.account.of(PaymentMethod).get(str(intent.payment_method))
    amount = "A card to be saved"
    if isinstance(intent, PaymentIntent):
        amount = money(intent.amount, intent.currency)
    return page_of("secure.html", amount=amount, last4=method.does.last4)


@post(f"{THREE_D_SECURE_PATH}/{{intent_id:str}}")
async def press_secure(
    intent_id: FromPath[str],
    data: URLEncodedBody[Answer],
    stand_in: NamedDependency[StandIn],
) -> Response[Any]:
    """Confirm, or refuse, and go back to where the payment was begun."""
    intent = checking_out.find_intent(stand_in.account, intent_id)

    async def act() -> None:
        succeeds = data.answer == "confirm"
        await checking_out.authenticate(stand_in.account, intent, succeeds=succeeds)

    await stand_in.api.by_itself(act)
    if intent.behind.return_url is None:
        return page_of(
            "over.html", title="Thank you", words="You can go back to where you came from."
        )
    name = "payment_intent" if isinstance(intent, PaymentIntent) else "setup_intent"
    has_succeeded = intent.status in checking_out.DONE
    told = {
        name: intent.id,
        f"{name}_client_secret": intent.client_secret,
        "redirect_status": "succeeded" if has_succeeded else "failed",
    }
    return go_to(url_with(intent.behind.return_url, **told))


def money(amount: int, currency: str) -> str:
    """Write an amount as people read it."""
    if currency in _NO_DECIMALS:
        return f"{amount:,} {currency.upper()}"
    whole, rest = divmod(amount, 100)
    return f"{whole:,}.{rest:02} {currency.upper()}"


def url_of(stand_in: StandIn, session: Session) -> str:
    """Say where the page of a session is."""
    return f"{stand_in.account.base_url}{CHECKOUT_PATH}/{session.id}"


def _go_on(stand_in: StandIn, session: Session) -> Response[Any]:
    """Send the browser where it belongs now: to the bank, or back."""
    if session.status == "complete":
        return go_to(session.success_url.replace(_SESSION_ID, session.id))
    intent_id = session.payment_intent or session.setup_intent or ""
    intent = checking_out.find_intent(stand_in.account, intent_id)
    action = intent.next_action or {}
    return go_to(action.get("redirect_to_url", {}).get("url") or url_of(stand_in, session))


def _checkout_page(session: Session, problem: str = "", email: str = "") -> Response[Any]:
    is_payment = session.mode == "payment"
    amount = money(session.amount_total or 0, session.currency or "") if is_payment else ""
    lines = "".join(
        f"<li><span>{line.quantity} of {escape(line.description)}</span>"
        f"<span>{money(line.amount_total, line.currency)}</span></li>"
        for line in session.behind.line_items
    )
    return page_of(
        "checkout.html",
        action=f"{CHECKOUT_PATH}/{session.id}",
        title="Pay Tandem" if is_payment else "Save a card with Tandem",
        amount=amount,
        email=email or session.customer_email or "payer@example.org",
        verb="Pay" if is_payment else "Save",
        marked={
            "lines": lines,
            "problem": f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else "",
        },
    )


def page_of(name: str, *, marked: dict[str, str] | None = None, **words: str) -> Response[Any]:
    """Fill a page; words are escaped, and only what is marked up here is not."""
    template = Template((FOLDER / name).read_text(encoding="utf-8"))
    escaped = {key: escape(value) for key, value in words.items()}
    html = template.substitute({**escaped, **(marked or {})})
    return Response(html, media_type=MediaType.HTML, headers=HEADERS, status_code=HTTP_200_OK)


def go_to(url: str) -> Response[Any]:
    """Send the browser elsewhere."""
    return Redirect(url, status_code=HTTP_303_SEE_OTHER)


PAGES: list[Any] = [come_back, press_checkout, press_secure, show_checkout, show_secure, style]

"""Checking out: what somebody does on the pages of Stripe, and what comes of it."""

from backend.embedded.stripe import customer as customers
from backend.embedded.stripe import paying
from backend.embedded.stripe import payment_intent as payments
from backend.embedded.stripe import payment_method as methods
from backend.embedded.stripe import setup_intent as setups
from backend.embedded.stripe.account import Account
from backend.embedded.stripe.cards import CARDS
from backend.embedded.stripe.checkout_session import CHECKOUT_PATH, CustomerDetails, Session
from backend.embedded.stripe.coupon import Coupon
from backend.embedded.stripe.customer import CustomerParams
from backend.embedded.stripe.errors import ApiError, invalid
from backend.embedded.stripe.payment import PaymentIntent
from backend.embedded.stripe.promotion_code import PromotionCode
from backend.embedded.stripe.setup_intent import SetupIntent

Intent = PaymentIntent | SetupIntent
DONE = {"succeeded", "requires_capture"}
"""How an intent stands when there is nothing left for its payer to do."""


async def check_out(account: Account, session: Session, card: str, email: str | None) -> None:
    """Have somebody pay with a test card, or save one.

    They may have to confirm first; then the session waits for that. Raises ApiError where the
    card is declined, and the session is open still.
    """
    if session.status != "open":
        raise invalid(f"This Checkout Session is {session.status}.")
    if card not in CARDS:
        raise invalid(f"No such test card: '{card}'", "resource_missing", param="payment_method")
    session.customer_details = CustomerDetails(email=email or session.customer_email)
    if session.mode == "payment" and session.amount_total == 0:
        _complete(account, session, "no_payment_required")
        return
    method = await methods.new(account, CARDS[card])
    method.billing_details.email = session.customer_details.email
    await _customer_for(account, session)
    intent = await _intent_of(account, session)
    intent.payment_method, intent.customer = method.id, session.customer
    intent.behind.checkout_session = session.id
    intent.behind.return_url = f"{account.base_url}{CHECKOUT_PATH}/{session.id}/back"
    if isinstance(intent, PaymentIntent):
        await paying.confirm(account, intent)
    else:
        await setups.ask_bank(account, intent)
    _complete_if_done(account, session, intent)


async def authenticate(account: Account, intent: Intent, *, succeeds: bool) -> None:
    """Have somebody confirm at their bank, or refuse; a bank may decline even then."""
    try:
        if isinstance(intent, PaymentIntent):
            await paying.authenticated(account, intent, succeeds=succeeds)
        else:
            await setups.authenticated(account, intent, succeeds=succeeds)
    except ApiError as problem:
        if problem.body["type"] != "card_error":  # What the intent itself tells is no error here.
            raise
    if intent.behind.checkout_session is not None:
        _complete_if_done(account, account.of(Session).get(intent.behind.checkout_session), intent)


def find_intent(account: Account, intent_id: str) -> Intent:
    """Find an intent of either kind. Raises ApiError."""
    if intent_id.startswith(SetupIntent.prefix):
        return account.of(SetupIntent).get(intent_id)
    return account.of(PaymentIntent).get(intent_id)


async def _customer_for(account: Account, session: Session) -> None:
    """Make a customer of whoever pays, where that was asked for or their card is saved."""
    saves = "setup_future_usage" in session.behind.payment_data
    if session.customer is None and (session.customer_creation == "always" or saves):
        email = session.customer_details.email if session.customer_details else None
        session.customer = (await customers.new(account, CustomerParams(email=email))).id


async def _intent_of(account: Account, session: Session) -> Intent:
    """Give the intent of a session; that of a payment is made when somebody first pays."""
    if session.setup_intent is not None:
        return account.of(SetupIntent).get(session.setup_intent)
    if session.payment_intent is not None:
        return account.of(PaymentIntent).get(session.payment_intent)
    params = payments.CreateParams(
        amount=session.amount_total or 0,
        currency=str(session.currency),
        customer=session.customer,
        allowed_payment_method_types=["card"],
        **session.behind.payment_data,
    )
    made = await payments.new(account, params)
    session.payment_intent = made.id
    return made


def _complete_if_done(account: Account, session: Session, intent: Intent) -> None:
    if intent.status in DONE and session.status == "open":
        is_paid = intent.status == "succeeded" and session.mode == "payment"
        _complete(account, session, "paid" if is_paid else session.payment_status)


def _complete(account: Account, session: Session, payment_status: str) -> None:
    session.status, session.url = "complete", None
    session.payment_status = payment_status
    if session.behind.coupon is not None:
        account.of(Coupon).get(session.behind.coupon).redeemed(account.now())
    if session.behind.promotion_code is not None:
        account.of(PromotionCode).get(session.behind.promotion_code).times_redeemed += 1
    account.emit("checkout.session.completed", session)

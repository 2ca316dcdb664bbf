"""Paying: what the bank says to a payment, and what follows."""

from typing import Any

from backend.embedded.stripe import charge as charges
from backend.embedded.stripe import dispute as disputes
from backend.embedded.stripe import payment_method as methods
from backend.embedded.stripe.account import Account
from backend.embedded.stripe.cards import Decline, decline_for
from backend.embedded.stripe.charge import Charge, Payment
from backend.embedded.stripe.errors import ApiError, declined, invalid
from backend.embedded.stripe.intents import next_action
from backend.embedded.stripe.payment import PaymentIntent
from backend.embedded.stripe.payment_method import PaymentMethod
from backend.embedded.stripe.resource import shown


async def confirm(account: Account, intent: PaymentIntent) -> None:
    """Ask the bank; the payer may have to confirm first. Raises ApiError where it declines."""
    if intent.payment_method is None:
        raise unexpected(intent, "it's missing a payment method")
    method = account.of(PaymentMethod).get(intent.payment_method, "payment_method")
    methods.check_usable(method, intent.customer)
    intent.next_action, intent.last_payment_error = None, None
    intent.behind.is_authenticated = False
    asks = method.does.asks_now(
        off_session=intent.behind.is_off_session, is_saved=method.behind.is_saved
    )
    if asks and intent.behind.is_off_session:
        raise _declined(account, intent, method, decline_for("authentication_required"))
    if asks:
        intent.status = "requires_action"
        intent.next_action = next_action(account, intent.id, intent.behind.return_url)
        account.emit("payment_intent.requires_action", intent)
        return
    await _charge(account, intent, method)


async def authenticated(account: Account, intent: PaymentIntent, *, succeeds: bool) -> None:
    """Go on after the payer has confirmed at their bank, or has not. Raises ApiError."""
    if intent.status != "requires_action":
        raise unexpected(intent, f"it has a status of {intent.status}")
    method = account.of(PaymentMethod).get(str(intent.payment_method))
    intent.next_action = None
    intent.behind.is_authenticated = succeeds
    if succeeds:
        await _charge(account, intent, method)
        return
    error = {
        "type": "invalid_request_error",
        "code": "payment_intent_authentication_failure",
        "message": (
            "We are unable to authenticate your payment method. Please choose a different "
            "payment method and try again."
        ),
        "payment_method": shown(method),
    }
    _failed(account, intent, error)


async def take_over(account: Account, intent: PaymentIntent, *, is_paid: bool) -> None:
    """Write down a payment that was decided elsewhere, as one that was asked for here."""
    method = account.of(PaymentMethod).get(str(intent.payment_method))
    if is_paid:
        await _take(account, intent, method)
    else:
        why = decline_for(method.does.declines or "authentication_required")
        _declined(account, intent, method, why)


def give_up(account: Account, intent: PaymentIntent, reason: str | None) -> None:
    """Cancel a payment; what was set aside is let go."""
    intent.status, intent.next_action = "canceled", None
    intent.amount_capturable = 0
    intent.canceled_at, intent.cancellation_reason = account.now(), reason
    account.emit("payment_intent.canceled", intent)


def capture(account: Account, intent: PaymentIntent, amount: int) -> None:
    """Take what was set aside."""
    charge = account.of(Charge).get(str(intent.latest_charge))
    charges.settle(account, charge, amount)
    intent.status, intent.amount_capturable = "succeeded", 0
    intent.amount_received = amount
    account.emit("charge.captured", charge)
    account.emit("payment_intent.succeeded", intent)


def unexpected(intent: PaymentIntent, why: str) -> ApiError:
    """Make the error for a payment that is not in a state for what is asked."""
    return invalid(
        f"You cannot confirm or change this PaymentIntent because {why}.",
        "payment_intent_unexpected_state",
        payment_intent=shown(intent),
    )


async def _charge(account: Account, intent: PaymentIntent, method: PaymentMethod) -> None:
    """Take the money. Raises ApiError where the bank declines."""
    if method.does.declines is not None:
        raise _declined(account, intent, method, decline_for(method.does.declines))
    await _take(account, intent, method)


async def _take(account: Account, intent: PaymentIntent, method: PaymentMethod) -> None:
    is_manual = intent.capture_method == "manual"
    charge = charges.take(account, _payment(intent, method), capture=not is_manual)
    intent.latest_charge = charge.id
    await _save(account, intent, method)
    if is_manual:
        intent.status, intent.amount_capturable = "requires_capture", intent.amount
        account.emit("payment_intent.amount_capturable_updated", intent)
    else:
        intent.status, intent.amount_received = "succeeded", intent.amount
        account.emit("payment_intent.succeeded", intent)
    account.emit("charge.succeeded", charge)
    disputes.open_where_asked(account, charge, method.does)


async def _save(account: Account, intent: PaymentIntent, method: PaymentMethod) -> None:
    """Keep the card for later payments where that was agreed; else it is used up."""
    if intent.setup_future_usage and intent.customer:
        await methods.save(account, method, intent.customer)
    if intent.setup_future_usage == "off_session":
        method.behind.is_saved = True
    if method.customer is None:
        method.behind.is_used_up = True


def _declined(
    account: Account, intent: PaymentIntent, method: PaymentMethod, why: Decline
) -> ApiError:
    """Write a declined payment down, and make the error that says so."""
    charge = charges.fail(account, _payment(intent, method), why)
    intent.latest_charge = charge.id
    error = declined(
        why.message,
        why.code,
        decline_code=why.decline_code,
        advice_code=charge.outcome["advice_code"],
        charge=charge.id,
        payment_method=shown(method),
    )
    account.emit("charge.failed", charge)
    _failed(account, intent, dict(error.body))
    error.body["payment_intent"] = shown(intent)
    return error


def _failed(account: Account, intent: PaymentIntent, error: dict[str, Any]) -> None:
    intent.status, intent.payment_method = "requires_payment_method", None
    intent.last_payment_error = error
    account.emit("payment_intent.payment_failed", intent)


def _payment(intent: PaymentIntent, method: PaymentMethod) -> Payment:
    return Payment(
        amount=intent.amount,
        currency=intent.currency,
        method=method,
        customer=intent.customer,
        intent_id=intent.id,
        description=intent.description,
        metadata=intent.metadata,
        receipt_email=intent.receipt_email,
        is_authenticated=intent.behind.is_authenticated,
    )

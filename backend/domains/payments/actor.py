"""What a person's actor does with news of their payments: it tells them, wherever they are."""

import msgspec

from actors.part import Part
from actors.turn import Turn
from actors.user import USER
from backend.domains import notifications
from backend.domains.payments.messages import (
    CardChanged,
    CardMoved,
    DebtChanged,
    DebtMoved,
    PaymentChanged,
    PaymentMoved,
    PayoutChanged,
    PayoutMoved,
)
from backend.domains.payments.values import Payment, PaymentStatus, PaymentType
from backend.persistence.remembering_nothing import load_nothing
from protocol.address import key_of


class Payments(msgspec.Struct, frozen=True, gc=False):
    """What a person's actor remembers of payments: nothing, no rule needs it."""


payments = Part("payments", of=USER, empty=Payments(), load=load_nothing)


@payments.hears(PaymentMoved)
def payment_moved(tell: PaymentMoved, turn: Turn) -> None:
    """Show how a payment stands."""
    turn.publish(PaymentChanged(payment=tell.payment))
    if tell.is_news:
        title, priority = _title(tell.payment)
        notifications.tell(
            turn,
            key_of(turn.address),
            kind="payment",
            title=title,
            priority=priority,
            collapse_key=str(tell.payment.payment_id),
        )


@payments.hears(PayoutMoved)
def payout_moved(tell: PayoutMoved, turn: Turn) -> None:
    """Show how money on its way back stands."""
    turn.publish(PayoutChanged(payout=tell.payout))
    if tell.failed_minor:
        title = f"{dollars(tell.failed_minor)} could not go back to your card"
        message = "It is in your wallet again; the card's bank did not take it."
        notifications.tell(
            turn, key_of(turn.address), kind="payout_failed", title=title, message=message
        )


@payments.hears(CardMoved)
def card_moved(tell: CardMoved, turn: Turn) -> None:
    """Show which card is charged now."""
    turn.publish(CardChanged(card=tell.card))


@payments.hears(DebtMoved)
def debt_moved(tell: DebtMoved, turn: Turn) -> None:
    """Show what is owed now."""
    turn.publish(DebtChanged(owed_minor=tell.owed_minor))
    if tell.is_news:
        notifications.tell(
            turn,
            key_of(turn.address),
            kind="payment_disputed",
            title="A bank took a payment of yours back",
            message=f"You owe {dollars(tell.owed_minor)} after what came from your wallet.",
            priority="high",
        )


def _title(payment: Payment) -> tuple[str, str]:
    """Say what has become of a payment, and how much it matters."""
    amount = dollars(payment.amount_minor)
    is_paid = payment.status is PaymentStatus.SUCCEEDED
    if payment.payment_type is PaymentType.FUND:
        return f"{amount} came into your wallet", "low"
    if is_paid:
        return f"Your card was charged {amount} for what you missed", "normal"
    if payment.status is PaymentStatus.ACTION_NEEDED:
        return f"Your bank wants you to confirm {amount}", "high"
    return f"Your card could not be charged {amount}", "high"


def dollars(amount_minor: int) -> str:
    """Write an amount of usd as people read it."""
    return f"${amount_minor // 100:,}.{amount_minor % 100:02}"

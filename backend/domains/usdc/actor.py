"""What a person's actor does with news of their USDC: shows it live, and puts it into the inbox."""

import msgspec

from actors.part import Part
from actors.turn import Turn
from actors.user import USER
from backend.domains import notifications
from backend.domains.usdc.messages import (
    Deposited,
    DepositPosted,
    Status,
    WithdrawalChanged,
    WithdrawalMoved,
    WithdrawalShown,
)
from backend.domains.usdc.rules import in_words
from backend.persistence.remembering_nothing import load_nothing
from protocol.address import key_of


class Told(msgspec.Struct, frozen=True, gc=False):
    """What a person's actor remembers of USDC: nothing, no rule needs it."""


usdc = Part("usdc", of=USER, empty=Told(), load=load_nothing)


@usdc.hears(DepositPosted)
def deposited(tell: DepositPosted, turn: Turn) -> None:
    """Show that money has come in."""
    turn.publish(
        Deposited(
            deposit_id=tell.deposit_id,
            amount_micros=tell.amount_micros,
            is_over_limit=tell.is_over_limit,
            deposited_at=tell.deposited_at,
        )
    )
    note = " That is more than your limits allow; we look at it." if tell.is_over_limit else ""
    notifications.tell(
        turn,
        key_of(turn.address),
        kind="usdc_deposited",
        title="Money has come in",
        message=f"{in_words(tell.amount_micros)} are in your wallet.{note}",
    )


@usdc.hears(WithdrawalMoved)
def moved(tell: WithdrawalMoved, turn: Turn) -> None:
    """Show how far a withdrawal is; its end comes into the inbox."""
    turn.publish(WithdrawalChanged(withdrawal=tell.withdrawal))
    ended = _ended(tell.withdrawal)
    if ended is not None:
        kind, title, message = ended
        notifications.tell(
            turn, key_of(turn.address), kind=kind, title=title, message=message, priority="high"
        )


def _ended(withdrawal: WithdrawalShown) -> tuple[str, str, str] | None:
    """Say what of an end comes into the inbox; what its owner did themselves does not."""
    amount = in_words(withdrawal.amount_micros)
    match withdrawal.status:
        case Status.DONE:
            return "usdc_withdrawn", "Your money was paid out", f"{amount} are at your address."
        case Status.REFUSED:
            why = f" {withdrawal.reason}" if withdrawal.reason else ""
            said = f"{amount} are in your wallet again.{why}"
            return "usdc_withdrawal_refused", "Your withdrawal was refused", said
        case Status.EXPIRED:
            said = f"You did not confirm it in time; {amount} are in your wallet again."
            return "usdc_withdrawal_expired", "Your withdrawal was called off", said
        case _:
            return None

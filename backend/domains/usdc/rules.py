"""What follows from an observation, and what may be withdrawn; pure."""

from typing import NamedTuple

from backend.domains.usdc.limits import DOLLAR, Limits
from backend.domains.usdc.messages import (
    AmountOutOfRange,
    DayLimitReached,
    Status,
    WithdrawalDecided,
    WithdrawalsTooMany,
)

CANCELLABLE = (Status.ASKED, Status.CONFIRMED)
REFUSABLE = (Status.ASKED, Status.CONFIRMED, Status.APPROVED)
OPEN = (Status.ASKED, Status.CONFIRMED, Status.APPROVED, Status.EXECUTING)


class Withdrawn(NamedTuple):
    """What somebody has withdrawn within the last day."""

    micros: int
    times: int


def growth(observed_micros: int, *, accounted_micros: int, swept_micros: int) -> int:
    """Say what has come in at an address that was not accounted yet; below 0, what is missing.

    What was accounted and not swept should be there. That it is not lowers nothing: when it comes
    back, because the chain took another way, it is no deposit.
    """
    return observed_micros - (accounted_micros - swept_micros)


def over_limit(limits: Limits, amount_micros: int, *, before_micros: int) -> str | None:
    """Say which limit a deposit is over, if any; `before_micros` came in within the last day."""
    if amount_micros > limits.deposit_micros_max:
        return "each"
    if before_micros + amount_micros > limits.deposit_day_micros_max:
        return "day"
    return None


def check_withdrawal(limits: Limits, amount_micros: int, withdrawn: Withdrawn) -> None:
    """Refuse what is too little or too much.

    Raises AmountOutOfRange, WithdrawalsTooMany, DayLimitReached.
    """
    if not limits.withdrawal_micros_min <= amount_micros <= limits.withdrawal_micros_max:
        raise AmountOutOfRange(
            amount_micros=amount_micros,
            micros_min=limits.withdrawal_micros_min,
            micros_max=limits.withdrawal_micros_max,
        )
    if withdrawn.times >= limits.withdrawals_per_day_max:
        raise WithdrawalsTooMany(count_max=limits.withdrawals_per_day_max)
    left_micros = limits.withdrawal_day_micros_max - withdrawn.micros
    if amount_micros > left_micros:
        raise DayLimitReached(
            day_micros_max=limits.withdrawal_day_micros_max, left_micros=max(0, left_micros)
        )


def check_status(status: Status, *wanted: Status) -> None:
    """Refuse what can only be done of a withdrawal that is less far. Raises WithdrawalDecided."""
    if status not in wanted:
        raise WithdrawalDecided(status=status)


def in_words(micros: int) -> str:
    """Write an amount as people read it: `12.5 USDC`."""
    whole, rest = divmod(micros, DOLLAR)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".") + " USDC"

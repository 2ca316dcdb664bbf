"""What may be paid, at once and within a day; pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from backend.domains.ledger import Asset
from backend.domains.payments.messages import (
    AmountWrong,
    ChargeImpossible,
    PayingInLimitReached,
    PaymentsTooMany,
    PayoutExceeds,
    PayoutTooSoon,
)

FUND_MINOR_MIN, FUND_MINOR_MAX = 100, 100_000
FUND_DAY_MINOR_MAX = 200_000
DAY = timedelta(days=1)
OPEN_MAX = 5
PAYOUT_MINOR_MIN = 50
PIECES_MAX = 50
"""How many payments one payout may go back to."""
CHARGE_MINOR_MIN = 50
"""Stripe charges no card with less of usd: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts"""
UNUSED_AFTER = timedelta(days=30)
"""What has been in a wallet for so long goes back whatever became of it."""
ABANDONED_AFTER = timedelta(days=1)
"""A payment nobody went on with for so long is canceled."""


class Going(NamedTuple):
    """Something that came in, and how much of it has gone back."""

    paid_at: datetime
    gone_minor: int


def check_fund(amount_minor: int, *, open_count: int, paid_minor: int) -> None:
    """Refuse to pay in so much. Raises AmountWrong, PaymentsTooMany, PayingInLimitReached."""
    if not FUND_MINOR_MIN <= amount_minor <= FUND_MINOR_MAX:
        raise AmountWrong(least_minor=FUND_MINOR_MIN, most_minor=FUND_MINOR_MAX)
    if open_count >= OPEN_MAX:
        raise PaymentsTooMany(count_max=OPEN_MAX)
    if paid_minor + amount_minor > FUND_DAY_MINOR_MAX:
        raise PayingInLimitReached(left_minor=max(0, FUND_DAY_MINOR_MAX - paid_minor))


def check_payout(amount_minor: int, *, refundable_minor: int) -> None:
    """Refuse to pay out in pennies, but for the last ones, and what is not there.

    Raises AmountWrong, PayoutExceeds.
    """
    if amount_minor > refundable_minor:
        raise PayoutExceeds(refundable_minor=refundable_minor)
    if amount_minor < min(PAYOUT_MINOR_MIN, refundable_minor):
        raise AmountWrong(least_minor=PAYOUT_MINOR_MIN, most_minor=refundable_minor)


def check_unused(
    lately: Sequence[Going], amount_minor: int, *, unused_minor_max: int, staked_minor: int
) -> None:
    """Refuse to give much back that came in lately and was not put on promises.

    `lately` is what came in within UNUSED_AFTER, the oldest first, and what is gone of it once
    `amount_minor` is paid out. Raises PayoutTooSoon.
    """
    gone_minor = sum(one.gone_minor for one in lately)
    too_much = gone_minor - unused_minor_max - staked_minor
    if too_much <= 0:
        return
    for one in lately:
        gone_minor -= one.gone_minor
        if gone_minor <= unused_minor_max:
            raise PayoutTooSoon(
                most_minor=max(0, amount_minor - too_much), again_at=one.paid_at + UNUSED_AFTER
            )


def check_charge(asset: Asset, amount_minor: int) -> None:
    """Refuse to charge a card with so little, or with another money. Raises ChargeImpossible."""
    if asset is not Asset.USD or amount_minor < CHARGE_MINOR_MIN:
        raise ChargeImpossible(least_minor=CHARGE_MINOR_MIN)

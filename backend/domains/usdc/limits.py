"""Limits: how much comes in and goes out, by the tier of an account, and how long things last."""

from datetime import timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from backend.domains.usdc.messages import MICROS_MAX

SESSION_LIFE = timedelta(minutes=60)
SESSION_RECENT = timedelta(hours=24)
"""For so long after its end a session's address is still looked at each minute."""
COOL_OFF = timedelta(hours=24)
"""A new address of somebody's own is not paid to before."""
CONFIRM_WITHIN = timedelta(minutes=30)
A_DAY = timedelta(days=1)
ADDRESSES_MAX = 10
"""Addresses of their own one person has at a time."""
OTHERS = "others"
"""What the settings call every tier that they do not name."""

DOLLAR = 1_000_000
_AmountMicros = Annotated[int, Meta(ge=1, le=MICROS_MAX)]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much may come in and go out."""

    deposit_micros_max: _AmountMicros = 2_000 * DOLLAR
    deposit_day_micros_max: _AmountMicros = 5_000 * DOLLAR
    withdrawal_micros_min: _AmountMicros = DOLLAR
    withdrawal_micros_max: _AmountMicros = 2_000 * DOLLAR
    withdrawal_day_micros_max: _AmountMicros = 5_000 * DOLLAR
    withdrawals_per_day_max: Annotated[int, Meta(ge=1, le=1_000)] = 5

    def __post_init__(self) -> None:
        """Find what cannot be. Raises ValueError."""
        if self.withdrawal_micros_min > self.withdrawal_micros_max:
            raise ValueError("withdrawal_micros_min is more than withdrawal_micros_max")


class LimitsInForce(Limits, frozen=True, kw_only=True):
    """The limits of a tier, as they were at a moment."""

    tier: str


ByTier = dict[str, Limits]


def in_force(by_tier: ByTier, tier: str) -> LimitsInForce:
    """Say which limits hold for a tier."""
    limits = by_tier.get(tier) or by_tier.get(OTHERS) or Limits()
    return LimitsInForce(tier=tier, **msgspec.structs.asdict(limits))

"""What lies outside in a world of stakes: Stripe with its cards, and a chain with its dollars.

It keeps accounts of its own, so that ours can be held against them.
"""

import random
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

import msgspec

from backend.domains.payments.picture import Picture
from backend.domains.payments.values import CURRENCY, PaymentStatus

FEE_MINOR, FEE_PER_MILLE = 30, 29


class Says(StrEnum):
    """What a card says when it is charged."""

    YES = "yes"
    NO = "no"
    COME = "come"
    """Its owner is to confirm."""


@dataclass
class Bank:
    """Each payment as it is there, and what came in, went back and was kept for it."""

    draw: random.Random
    pictures: dict[UUID, Picture] = field(default_factory=dict)
    charges: list[UUID] = field(default_factory=list)
    """Every charge that succeeded."""
    late_fees: dict[UUID, int] = field(default_factory=dict)
    """What it keeps, and has not said yet."""
    out_minor: int = 0

    def look(self, payment_id: UUID, amount_minor: int) -> Picture:
        """Show a payment; the first who asks has it made."""
        if payment_id not in self.pictures:
            self.pictures[payment_id] = Picture(
                stripe_id=f"pi_{payment_id}",
                payment_id=payment_id,
                amount_minor=amount_minor,
                currency=CURRENCY,
                status=PaymentStatus.OPEN,
                received_minor=0,
                fee_minor=0,
                problem=None,
                client_secret=None,
                refunds=(),
                disputes=(),
            )
        return self.pictures[payment_id]

    def charge(self, payment_id: UUID, amount_minor: int, says: Says) -> None:
        """Charge a card; what has been paid takes no second charge."""
        seen = self.look(payment_id, amount_minor)
        if seen.status is PaymentStatus.SUCCEEDED:
            return
        received_minor = amount_minor if says is Says.YES else 0
        self.pictures[payment_id] = msgspec.structs.replace(
            seen, status=_STATUS_OF[says], received_minor=received_minor
        )
        if received_minor:
            self.charges.append(payment_id)
            self.late_fees[payment_id] = FEE_MINOR + amount_minor * FEE_PER_MILLE // 1_000
            if self.draw.random() < 0.5:
                self.say_fee(payment_id)

    def say_fee(self, payment_id: UUID) -> None:
        """Say what is kept of a payment."""
        if payment_id in self.late_fees:
            fee_minor = self.late_fees.pop(payment_id)
            self.pictures[payment_id] = msgspec.structs.replace(
                self.pictures[payment_id], fee_minor=fee_minor
            )


_STATUS_OF = {
    Says.YES: PaymentStatus.SUCCEEDED,
    Says.NO: PaymentStatus.DECLINED,
    Says.COME: PaymentStatus.ACTION_NEEDED,
}

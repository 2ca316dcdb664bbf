"""Booking: which transfers follow from what Stripe says of a payment; pure.

What came in by card goes from the house's account `card` to a wallet, so that account says, with
its sign turned, what Stripe keeps for us. Each transfer has an id made of what it is for: however
often a thing is told it is booked once, and the ledger itself refuses a second time.
"""

from datetime import datetime
from uuid import UUID, uuid5

import msgspec

from backend.domains.ledger import (
    Asset,
    Phase,
    Purpose,
    Reason,
    Transfer,
    ending,
    house_account,
    wallet_account,
)
from backend.domains.payments.picture import DisputeSeen, Picture
from backend.domains.payments.values import PaymentType

CARD = house_account(Asset.USD, Purpose.CARD)
FEES = house_account(Asset.USD, Purpose.FEES)
HOUSE = house_account(Asset.USD, Purpose.HOUSE)
RECEIVABLE = house_account(Asset.USD, Purpose.RECEIVABLE)


class KnownPayment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What of a payment is in our books."""

    id: UUID
    user_id: UUID
    payment_type: PaymentType
    received_minor: int
    fee_minor: int
    goes_to: UUID | None
    challenge_event_id: UUID | None

    @property
    def wallet(self) -> UUID:
        """The payer's."""
        return wallet_account(self.user_id, Asset.USD)

    @property
    def reference(self) -> str:
        """What its transfers are for."""
        return f"payment/{self.id}"


class KnownRefund(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What of a refund is in our books."""

    id: UUID
    user_id: UUID
    amount_minor: int
    from_wallet_minor: int
    is_held: bool
    """Whether it is of a payout, and so a hold of the same id."""

    @property
    def reference(self) -> str:
        """What its transfers are for."""
        return f"refund/{self.id}"


class KnownDispute(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What of a dispute is in our books."""

    id: UUID
    user_id: UUID
    withdrawn_minor: int = 0
    reinstated_minor: int = 0
    fee_minor: int = 0
    recovered_minor: int = 0
    recoveries: int = 0

    @property
    def owed_minor(self) -> int:
        """What its payer owes."""
        return self.withdrawn_minor - self.reinstated_minor - self.recovered_minor

    @property
    def wallet(self) -> UUID:
        """The payer's."""
        return wallet_account(self.user_id, Asset.USD)

    @property
    def reference(self) -> str:
        """What its transfers are for."""
        return f"dispute/{self.id}"


def paid(payment: KnownPayment, seen: Picture, at: datetime) -> list[Transfer]:
    """Have what was paid come in, once, and what was forfeited go where it was promised to."""
    if payment.received_minor or not seen.received_minor:
        return []
    came = _moved(
        uuid5(payment.id, "paid"),
        (CARD, payment.wallet),
        seen.received_minor,
        Reason.PURCHASE,
        payment.reference,
        at,
    )
    if payment.goes_to is None:
        return [came]
    went = _moved(
        uuid5(payment.id, "forfeit"),
        (payment.wallet, payment.goes_to),
        seen.received_minor,
        Reason.FORFEIT,
        f"challenge_event/{payment.challenge_event_id}",
        at,
    )
    return [came, went]


def charged(payment: KnownPayment, seen: Picture, at: datetime) -> list[Transfer]:
    """Have what Stripe keeps of a payment leave our balance there."""
    return _fee(payment.id, seen.fee_minor - payment.fee_minor, seen.fee_minor, at)


def refunded(refund: KnownRefund, at: datetime) -> list[Transfer]:
    """Have a refund leave our balance at Stripe."""
    if refund.is_held:
        posted = uuid5(refund.id, "refunded")
        return [
            ending(Phase.POST, posted, refund.id, Reason.REFUND, refund.reference, at),
        ]
    return [
        _moved(known_as, (account, CARD), minor, Reason.REFUND, refund.reference, at)
        for known_as, account, minor in _shares(refund, "refunded", refund.from_wallet_minor)
    ]


def not_refunded(refund: KnownRefund, at: datetime) -> list[Transfer]:
    """Give what was held for a refund back to the wallet."""
    void_id = uuid5(refund.id, "void")
    return [ending(Phase.VOID, void_id, refund.id, Reason.REFUND, refund.reference, at)]


def sent_back(refund: KnownRefund, at: datetime) -> list[Transfer]:
    """Have a refund that a bank sent back be what it was before."""
    from_wallet = refund.amount_minor if refund.is_held else refund.from_wallet_minor
    return [
        _moved(known_as, (CARD, account), minor, Reason.REFUND, refund.reference, at)
        for known_as, account, minor in _shares(refund, "back", from_wallet)
    ]


def disputed(dispute: KnownDispute, seen: DisputeSeen, at: datetime) -> list[Transfer]:
    """Have what a bank took be owed by the payer, and what it gave back be owed no more."""
    took_minor = seen.withdrawn_minor - dispute.withdrawn_minor
    gave_minor = seen.reinstated_minor - dispute.reinstated_minor
    transfers = _fee(dispute.id, seen.fee_minor - dispute.fee_minor, seen.fee_minor, at)
    for word, sides, more_minor, total_minor in (
        ("withdrawn", (RECEIVABLE, CARD), took_minor, seen.withdrawn_minor),
        ("reinstated", (CARD, RECEIVABLE), gave_minor, seen.reinstated_minor),
    ):
        if more_minor > 0:
            known_as = uuid5(dispute.id, f"{word}/{total_minor}")
            reason, reference = Reason.ADJUSTMENT, dispute.reference
            transfers.append(_moved(known_as, sides, more_minor, reason, reference, at))
    return transfers


def recovered(dispute: KnownDispute, amount_minor: int, at: datetime) -> Transfer:
    """Take what somebody owes from their wallet, or give back what was taken too much."""
    sides = (dispute.wallet, RECEIVABLE) if amount_minor > 0 else (RECEIVABLE, dispute.wallet)
    return _moved(
        uuid5(dispute.id, f"recovered/{dispute.recoveries + 1}"),
        sides,
        abs(amount_minor),
        Reason.ADJUSTMENT,
        dispute.reference,
        at,
    )


def _shares(refund: KnownRefund, word: str, from_wallet: int) -> list[tuple[UUID, UUID, int]]:
    """Say what of a refund its owner's wallet bears and what the house, with ids for both."""
    wallet = wallet_account(refund.user_id, Asset.USD)
    parts = (("wallet", wallet, from_wallet), ("house", HOUSE, refund.amount_minor - from_wallet))
    return [
        (uuid5(refund.id, f"{word}/{name}"), account, minor)
        for name, account, minor in parts
        if minor
    ]


def _fee(of: UUID, more_minor: int, total_minor: int, at: datetime) -> list[Transfer]:
    """Book what Stripe keeps, or gives back of that."""
    if more_minor == 0:
        return []
    sides = (FEES, CARD) if more_minor > 0 else (CARD, FEES)
    known_as = uuid5(of, f"fee/{total_minor}")
    return [_moved(known_as, sides, abs(more_minor), Reason.USAGE, f"fee/{of}", at)]


def _moved(  # noqa: PLR0913, PLR0917 - a transfer says this much
    known_as: UUID,
    sides: tuple[UUID, UUID],
    amount_minor: int,
    reason: Reason,
    reference: str,
    at: datetime,
) -> Transfer:
    return Transfer(
        id=known_as,
        debit_account_id=sides[0],
        credit_account_id=sides[1],
        amount_minor=amount_minor,
        asset=Asset.USD,
        reason=reason,
        reference=reference,
        at=at,
    )

"""The till of a world of stakes: our rows and our book follow what the bank says, or do not yet.

What is booked, and what a payment is afterwards, the pure functions of the product say. Answers
get lost, are late, or come twice; a card says no, or wants its owner.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

import msgspec

from backend.domains.challenges.values import Occurrence
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
from backend.domains.payments import booking
from backend.domains.payments.applying import TRIES_MAX, Seen, changed_by
from backend.domains.payments.booking import KnownRefund
from backend.domains.payments.collecting import LOOKED_AFTER
from backend.domains.payments.rules import CHARGE_MINOR_MIN, FUND_MINOR_MAX
from backend.domains.payments.store import PaymentRow
from backend.domains.payments.values import CURRENCY, OWED, PaymentStatus, PaymentType
from tests.domains.challenges.stake_bank import Bank, Says
from tests.domains.challenges.stake_book import Book
from tests.domains.challenges.stake_drawing import OWNER

NAMES = UUID(int=2**98)
CHAIN = house_account(Asset.USDC, Purpose.CHAIN)
SAID = (Says.YES, Says.YES, Says.NO, Says.NO, Says.COME)


@dataclass
class Till:
    """What is paid in, charged and paid out, in dollars of a card or of a chain."""

    draw: random.Random
    book: Book
    bank: Bank
    payments: dict[UUID, PaymentRow] = field(default_factory=dict)
    deposited_minor: int = 0
    withdrawn_minor: int = 0
    lost: int = 0
    """How many answers were."""
    declined: int = 0
    by_hand: int = 0

    @property
    def wallet(self) -> UUID:
        """The owner's."""
        return wallet_account(OWNER, self.book.asset)

    @property
    def outside(self) -> UUID:
        """The account that says what is kept for us outside."""
        return CHAIN if self.book.asset is Asset.USDC else booking.CARD

    def fund(self, amount_minor: int, now: datetime) -> None:
        """Have the owner pay so much in, in as many payments as it takes."""
        while amount_minor > 0:
            part_minor = min(amount_minor, FUND_MINOR_MAX)
            amount_minor -= part_minor
            if self.book.asset is Asset.USDC:
                self._deposit(part_minor, now)
                continue
            payment_id = self._plan(part_minor, PaymentType.FUND, now)
            self.bank.charge(payment_id, part_minor, Says.YES)
            self.hear(payment_id, now)

    def charge(self, one: Occurrence, goes_to: UUID, now: datetime) -> None:
        """Have what was missed be charged; the first try follows by itself."""
        assert one.amount_minor >= CHARGE_MINOR_MIN, "Stripe charges no card with less"
        assert one.event_id not in {row.challenge_event_id for row in self.payments.values()}
        self._plan(
            one.amount_minor, PaymentType.FORFEIT, now, goes_to=goes_to, event_id=one.event_id
        )

    def collect(self, now: datetime) -> None:
        """Try cards whose time has come."""
        for payment_id, row in list(self.payments.items()):
            if row.next_try_at is None or row.next_try_at > now:
                continue
            # Claimed by putting it off; an answer that is lost leaves it at that.
            self.payments[payment_id] = msgspec.structs.replace(row, next_try_at=now + LOOKED_AFTER)
            if row.status in {PaymentStatus.ACTION_NEEDED, PaymentStatus.SUCCEEDED}:
                continue
            said = self.draw.choice(SAID)
            self.bank.charge(payment_id, row.amount_minor, said)
            self.declined += said is not Says.YES
            self._answer(payment_id, now, Seen(tried=row.tries))

    def pay_by_hand(self, now: datetime) -> None:
        """Have the owner pay what they owe, perhaps while a card is charged for it."""
        owed = [key for key, row in self.payments.items() if row.status in OWED]
        if owed:
            payment_id = self.draw.choice(owed)
            row = self.payments[payment_id]
            self.bank.charge(payment_id, row.amount_minor, self.draw.choice(SAID))
            self.by_hand += 1
            self._answer(payment_id, now, Seen())

    def hear_again(self, now: datetime) -> None:
        """Have the bank say once more how a payment stands."""
        if self.payments:
            payment_id = self.draw.choice(list(self.payments))
            self.bank.say_fee(payment_id)
            self.hear(payment_id, now)

    def end(self, now: datetime) -> None:
        """Try all cards as often as they are tried; then nothing is left that we have not heard."""
        while waiting := self._waiting():
            now = max(now, min(waiting))
            self.collect(now)
        for payment_id in self.payments:
            self.bank.say_fee(payment_id)
            self.hear(payment_id, now)

    def hear(self, payment_id: UUID, now: datetime, seen: Seen | None = None) -> None:
        """Make row and book agree with what the bank says."""
        row = self.payments[payment_id]
        picture = self.bank.look(payment_id, row.amount_minor)
        self.book.post(*booking.paid(row.known, picture, now))
        self.book.post(*booking.charged(row.known, picture, now))
        after = changed_by(row, picture, seen or Seen(), now)
        assert after.tries <= TRIES_MAX
        assert after.received_minor in {row.received_minor, row.amount_minor}
        self.payments[payment_id] = after

    def pay_out(self, now: datetime) -> None:
        """Have all go back that can: to the cards it came from, the oldest first, or by a chain."""
        if self.book.asset is Asset.USDC:
            self._withdraw(self.book.has[self.wallet], now)
            return
        for row in list(self.payments.values()):
            left_minor = row.received_minor if row.payment_type is PaymentType.FUND else 0
            piece_minor = min(left_minor, self.book.has[self.wallet])
            if piece_minor > 0:
                self._refund(row.id, piece_minor, now)

    @property
    def in_minor(self) -> int:
        """What has come in, as far as we have heard."""
        return self.deposited_minor + sum(row.received_minor for row in self.payments.values())

    @property
    def fees_minor(self) -> int:
        """What was kept of that, as far as we have heard."""
        return sum(row.fee_minor for row in self.payments.values())

    @property
    def out_minor(self) -> int:
        """What has gone out."""
        return self.withdrawn_minor + self.bank.out_minor

    @property
    def charged_minor(self) -> int:
        """What was paid of all that was missed, as far as we have heard."""
        return sum(
            row.received_minor
            for row in self.payments.values()
            if row.payment_type is PaymentType.FORFEIT
        )

    def check(self, forfeited_minor: int, goes_to: UUID) -> None:
        """Make sure that no cent is too many or too few."""
        book = self.book
        assert self.in_minor == (
            self.out_minor + book.held_minor + book.has[self.wallet] + forfeited_minor
        ), "money in is money out, what is held, what is free and what was forfeited"
        assert book.has[goes_to] == forfeited_minor, "what was forfeited is where it was promised"
        kept_minor = self.in_minor - self.out_minor - self.fees_minor
        assert -book.has[self.outside] == kept_minor, "our book has what is kept outside for us"
        assert -book.has[booking.FEES] == self.fees_minor, "fees are the house's"
        missed = [self.payments[known].challenge_event_id for known in self.bank.charges]
        charged = [event_id for event_id in missed if event_id is not None]
        assert len(charged) == len(set(charged)), "nobody is charged twice"

    def check_heard(self) -> None:
        """Make sure that in the end we know all that the bank has."""
        pictures = self.bank.pictures.values()
        assert self.in_minor == self.deposited_minor + sum(one.received_minor for one in pictures)
        assert self.fees_minor == sum(one.fee_minor for one in pictures)
        assert self.bank.late_fees == {}

    def check_charged(self, missed: Mapping[UUID, int]) -> None:
        """Make sure that whoever was charged had missed it, and owed that much."""
        for row in self.payments.values():
            if row.payment_type is PaymentType.FORFEIT:
                assert row.challenge_event_id is not None
                assert missed[row.challenge_event_id] == row.amount_minor

    def _waiting(self) -> list[datetime]:
        return [
            row.next_try_at
            for row in self.payments.values()
            if row.next_try_at is not None and row.status is not PaymentStatus.ACTION_NEEDED
        ]

    def _answer(self, payment_id: UUID, now: datetime, seen: Seen) -> None:
        if self.draw.random() < 0.2:
            self.lost += 1
            return
        for _ in range(self.draw.choice([1, 1, 2])):
            self.hear(payment_id, now, seen)

    def _deposit(self, amount_minor: int, now: datetime) -> None:
        self.deposited_minor += amount_minor
        self.book.post(
            Transfer(
                id=uuid5(NAMES, f"deposit/{self.deposited_minor}"),
                debit_account_id=CHAIN,
                credit_account_id=self.wallet,
                amount_minor=amount_minor,
                asset=Asset.USDC,
                reason=Reason.DEPOSIT,
                reference="usdc_deposit",
                at=now,
            )
        )

    def _withdraw(self, amount_minor: int, now: datetime) -> None:
        if not amount_minor:
            return
        hold_id = uuid5(NAMES, "withdrawal")
        self._hold(hold_id, amount_minor, Reason.WITHDRAWAL, now)
        is_paid = self.draw.random() < 0.8
        phase = Phase.POST if is_paid else Phase.VOID
        ended = uuid5(hold_id, phase)
        self.book.post(ending(phase, ended, hold_id, Reason.WITHDRAWAL, "withdrawal", now))
        self.withdrawn_minor += amount_minor if is_paid else 0

    def _refund(self, payment_id: UUID, amount_minor: int, now: datetime) -> None:
        refund = KnownRefund(
            id=uuid5(NAMES, f"refund/{payment_id}"),
            user_id=OWNER,
            amount_minor=amount_minor,
            from_wallet_minor=amount_minor,
            is_held=True,
        )
        self._hold(refund.id, amount_minor, Reason.REFUND, now)
        became = self.draw.choice(["gone", "gone", "gone", "refused", "sent back"])
        if became == "refused":
            self.book.post(*booking.not_refunded(refund, now))
            return
        self.bank.out_minor += amount_minor
        self.book.post(*booking.refunded(refund, now))
        if became == "sent back":
            self.bank.out_minor -= amount_minor
            self.book.post(*booking.sent_back(refund, now))

    def _hold(self, hold_id: UUID, amount_minor: int, reason: Reason, now: datetime) -> None:
        self.book.post(
            Transfer(
                id=hold_id,
                debit_account_id=self.wallet,
                credit_account_id=self.outside,
                amount_minor=amount_minor,
                asset=self.book.asset,
                reason=reason,
                reference="out",
                at=now,
                phase=Phase.PENDING,
            )
        )

    def _plan(
        self,
        amount_minor: int,
        payment_type: PaymentType,
        now: datetime,
        *,
        goes_to: UUID | None = None,
        event_id: UUID | None = None,
    ) -> UUID:
        """Write a payment down, as a room would."""
        payment_id = uuid5(NAMES, f"{len(self.payments)}")
        self.payments[payment_id] = PaymentRow(
            id=payment_id,
            user_id=OWNER,
            payment_type=payment_type,
            status=PaymentStatus.PLANNED,
            amount_minor=amount_minor,
            currency=CURRENCY,
            received_minor=0,
            fee_minor=0,
            refunded_minor=0,
            disputed_minor=0,
            stripe_id=None,
            checkout_session_id=None,
            saves_card=False,
            by_page=False,
            goes_to=goes_to,
            challenge_id=None,
            challenge_event_id=event_id,
            problem=None,
            tries=0,
            next_try_at=now if event_id else None,
            version=0,
            seen_event_at=None,
            created_at=now,
            paid_at=None,
        )
        return payment_id

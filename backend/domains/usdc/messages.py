"""The words of USDC: what people are told of money that comes in and goes out, and of limits."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from protocol.marks import PRIVATE
from protocol.messages import Event, Tell, Value
from protocol.refusals import Refusal

MICROS_MAX = 1_000_000_000_000_000
"""What one transfer of the ledger may carry."""

Micros = Annotated[int, Meta(ge=0, le=MICROS_MAX), PRIVATE]
Address = Annotated[str, PRIVATE]


class Status(StrEnum):
    """How far a withdrawal is."""

    ASKED = "asked"
    """It waits for the link in a letter to be opened."""
    CONFIRMED = "confirmed"
    """It waits for somebody who runs Tandem."""
    APPROVED = "approved"
    """It is about to be paid, and cannot be cancelled any more."""
    EXECUTING = "executing"
    """It was paid, and the chain has yet to confirm that."""
    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"
    """The link was not opened in time."""
    CANCELLED = "cancelled"


class WithdrawalShown(Value, frozen=True):
    """A withdrawal, as its owner sees it."""

    withdrawal_id: UUID
    wallet_id: UUID | None
    """Null where the address was erased since."""
    address: Address
    amount_micros: Micros
    status: Status
    transaction_hash: str | None
    reason: str | None
    """Why it was refused, or why a payment of it did not count."""
    asked_at: datetime
    confirm_until: datetime
    ended_at: datetime | None
    changed_at: datetime
    """Of two tellings of the same withdrawal the one with the later moment counts."""


class Deposited(Event, frozen=True, tag="usdc.deposited"):
    """Money that came in at somebody's address is in their wallet."""

    topics: ClassVar = ("user",)
    deposit_id: UUID
    amount_micros: Micros
    is_over_limit: bool
    """Whether it is more than the limits allow; it is theirs all the same."""
    deposited_at: datetime


class WithdrawalChanged(Event, frozen=True, tag="usdc.withdrawal_changed"):
    """A withdrawal is further than before; it is shown whole."""

    topics: ClassVar = ("user",)
    withdrawal: Annotated[WithdrawalShown, PRIVATE]


class DepositPosted(Tell, frozen=True, tag="usdc.deposit_posted"):
    """A deposit of this person was posted."""

    actor: ClassVar = "user"
    deposit_id: UUID
    amount_micros: Micros
    is_over_limit: bool
    deposited_at: datetime


class WithdrawalMoved(Tell, frozen=True, tag="usdc.withdrawal_moved"):
    """A withdrawal of this person is further than before."""

    actor: ClassVar = "user"
    withdrawal: Annotated[WithdrawalShown, PRIVATE]


class NotOffered(Refusal):
    """This deployment knows no chain."""

    code = "usdc.not_offered"
    sentence = "Money does not come or go as USDC here."
    http_status = 404


class NoAddressFree(Refusal):
    """Operators have yet to hand in further addresses."""

    code = "usdc.no_address_free"
    sentence = "There is no address for you just now; try again in some hours."
    http_status = 503
    temporary = True


class AddressRefused(Refusal):
    """Money must not be sent to this address."""

    code = "usdc.address_refused"
    sentence = "{why}"
    http_status = 422
    why: str


class AddressesTooMany(Refusal):
    """A person has only so many addresses of their own."""

    code = "usdc.addresses_too_many"
    sentence = "You have {count_max} addresses, which is the most; remove one first."
    count_max: int


class AddressCooling(Refusal):
    """A new address is not paid to at once, so that its owner can notice what a thief added."""

    code = "usdc.address_cooling"
    sentence = "This address is new; it is paid to from {usable_from} on."
    usable_from: datetime


class AddressInUse(Refusal):
    """An address that is about to be paid to stays."""

    code = "usdc.address_in_use"
    sentence = "A withdrawal to this address is open; cancel it first, or wait for its end."


class EmailNotProved(Refusal):
    """A withdrawal is confirmed by a letter, so the address it goes to must be its owner's."""

    code = "usdc.email_not_proved"
    sentence = "Prove your e-mail address first: withdrawals are confirmed by a letter."
    http_status = 403


class AmountOutOfRange(Refusal):
    """One withdrawal is neither too small nor too large."""

    code = "usdc.amount_out_of_range"
    sentence = "A withdrawal is of {micros_min} to {micros_max} micros; this is {amount_micros}."
    http_status = 422
    amount_micros: int
    micros_min: int
    micros_max: int


class DayLimitReached(Refusal):
    """Only so much is withdrawn within a day."""

    code = "usdc.day_limit_reached"
    sentence = "Within a day you may withdraw {day_micros_max} micros; {left_micros} are left."
    day_micros_max: int
    left_micros: int


class WithdrawalsTooMany(Refusal):
    """Only so many withdrawals are asked for within a day."""

    code = "usdc.withdrawals_too_many"
    sentence = "You have withdrawn {count_max} times within a day, which is the most."
    count_max: int


class WithdrawalDecided(Refusal):
    """What was decided of a withdrawal cannot be taken back."""

    code = "usdc.withdrawal_decided"
    sentence = "This withdrawal is {status}, so that cannot be done any more."
    status: Status


class WithdrawalOpen(Refusal):
    """Nobody's account is erased while money is on its way to them."""

    code = "usdc.withdrawal_open"
    sentence = "A withdrawal of yours is open; cancel it, or wait for its end."

"""The words of the ledger: what people are told of their money, and what it may be refused with."""

import dataclasses
from datetime import datetime
from typing import Annotated, Any, ClassVar, get_type_hints
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.domains.ledger.accounts import Asset
from protocol.marks import PRIVATE
from protocol.messages import Event, Tell, Value
from protocol.refusals import Refusal

AmountMinor = Annotated[int, Meta(ge=0), PRIVATE]


class Balance(Value, frozen=True):
    """What somebody has of an asset; `held_minor` is theirs too, but promised for something.

    The version grows with every change: of two balances the one with the larger version is later.
    """

    asset: Asset
    available_minor: AmountMinor
    held_minor: AmountMinor
    version: int


Balances = Annotated[tuple[Balance, ...], PRIVATE]


class BalanceChanged(Event, frozen=True, tag="ledger.balance_changed"):
    """The balances of a person; of an asset that is not named they never had any."""

    conflated: ClassVar[bool] = True
    topics: ClassVar = ("user",)
    balances: Balances


class BalanceMoved(Tell, frozen=True, tag="ledger.balance_moved"):
    """A balance of a person has changed in the database, to this."""

    actor: ClassVar = "user"
    can_wait: ClassVar[bool] = True
    balance: Annotated[Balance, PRIVATE]


class TransferExists(Refusal):
    """A transfer of this id has been posted before."""

    code = "ledger.transfer_exists"
    sentence = "The transfer {transfer_id} has been posted already; a new one needs a new id."
    transfer_id: UUID


class HoldUnknown(Refusal):
    """There is no hold of this id."""

    code = "ledger.hold_unknown"
    sentence = "There is no hold {hold_id}."
    http_status = 404
    hold_id: UUID


class AccountUnknown(Refusal):
    """There is no account of this id."""

    code = "ledger.account_unknown"
    sentence = "There is no account {account_id}; a wallet must be opened before it is used."
    http_status = 404
    account_id: UUID


class AssetsDiffer(Refusal):
    """An account holds one asset; others cannot be moved into it or out of it."""

    code = "ledger.assets_differ"
    sentence = "The account {account_id} does not hold {asset}."
    http_status = 422
    account_id: UUID
    asset: Asset


class HoldResolved(Refusal):
    """A hold ends once: it was posted, voided or has expired."""

    code = "ledger.hold_resolved"
    sentence = "The hold {hold_id} has ended already."
    hold_id: UUID


class HoldExceeded(Refusal):
    """No more than what is held can be taken from a hold."""

    code = "ledger.hold_exceeded"
    sentence = "The hold {hold_id} is for {held_minor}; {amount_minor} cannot be taken from it."
    hold_id: UUID
    amount_minor: int
    held_minor: int


class HoldExpired(Refusal):
    """The time to take from the hold is over; what is held goes back."""

    code = "ledger.hold_expired"
    sentence = "The hold {hold_id} was good until {expires_at}."
    http_status = 410
    hold_id: UUID
    expires_at: datetime


class HoldNotDue(Refusal):
    """A hold expires when its time has come, not before; it may be voided at any time."""

    code = "ledger.hold_not_due"
    sentence = "The hold {hold_id} has not expired; void it to end it now."
    hold_id: UUID
    expires_at: datetime | None


class InsufficientFunds(Refusal):
    """The account does not have so much; what is held counts as spent."""

    code = "ledger.insufficient_funds"
    sentence = "This needs {amount_minor} of {asset}, and {available_minor} is available."
    asset: Asset
    amount_minor: int
    available_minor: int


class MoneyHeld(Refusal):
    """Nobody's account is erased while money of theirs is held for something."""

    code = "ledger.money_held"
    sentence = "{held_minor} of {asset} are held for something; wait until that is decided."
    asset: Asset
    held_minor: int


class BalanceLeft(Refusal):
    """Money that is left goes with an account that is erased; its owner has to say so."""

    code = "ledger.balance_left"
    sentence = (
        "You have {available_minor} of {asset}; have it paid out, or say that you give it up."
    )
    asset: Asset
    available_minor: int


REFUSALS: dict[str, type[Refusal]] = {
    refusal.code: refusal
    for refusal in (
        TransferExists,
        HoldUnknown,
        AccountUnknown,
        AssetsDiffer,
        HoldResolved,
        HoldExceeded,
        HoldExpired,
        HoldNotDue,
        InsufficientFunds,
    )
}
"""What the database may answer, by its code; the database chooses the first that applies."""


def refusal_of(code: str, facts: dict[str, Any]) -> Refusal:
    """Make the refusal the database named, from the facts it gave."""
    kind = REFUSALS[code]
    hints = get_type_hints(kind)
    return kind(
        **{
            field.name: msgspec.convert(facts[field.name], hints[field.name], strict=False)
            for field in dataclasses.fields(kind)  # type: ignore[arg-type]  # every refusal is one
        }
    )

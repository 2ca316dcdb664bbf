"""Transfers: the one thing by which anything of value moves; each is a double entry by itself."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import msgspec

from backend.domains.ledger.accounts import Asset

AMOUNT_MINOR_MAX = 1_000_000_000_000_000
REFERENCE_MAX = 200
LINKED_MAX = 64
"""How many transfers one command may link."""


class Reason(StrEnum):
    """Why something moved, as its owner is told."""

    PURCHASE = "purchase"
    USAGE = "usage"
    BONUS = "bonus"
    REFUND = "refund"
    AWARD = "award"
    STAKE = "stake"
    FORFEIT = "forfeit"
    ADJUSTMENT = "adjustment"
    DEPOSIT = "deposit"
    """Money of theirs that came in."""
    WITHDRAWAL = "withdrawal"


class Phase(StrEnum):
    """What a transfer does: moves at once, holds, or ends a hold."""

    POSTED = "posted"
    PENDING = "pending"
    POST = "post"
    VOID = "void"
    EXPIRE = "expire"


class Cap(NamedTuple):
    """How often something may be granted in all under one key, such as `moods/<user>/<day>`."""

    key: str
    taken_max: int


class Transfer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An amount that goes from the debited account to the credited one.

    `id` is made by whoever wants it, and is what makes it happen once. What ends a hold names it in
    `pending_id` and leaves accounts, asset and (for the whole of it) the amount to the hold.
    """

    id: UUID
    debit_account_id: UUID | None = None
    credit_account_id: UUID | None = None
    amount_minor: int | None = None
    asset: str | None = Asset.COIN
    reason: str
    reference: str
    """What caused it, such as `mood/<id>`."""
    at: datetime
    phase: str | None = None
    """None stands for posted: most are, and an array of nothing costs nothing."""
    pending_id: UUID | None = None
    expires_at: datetime | None = None
    is_optional: bool = False
    """Whether it is left out silently when it exists already or its cap is reached."""
    is_repeatable: bool = False
    """Whether it may well exist already."""
    cap: Cap | None = None


class BadTransfer(ValueError):
    """A room asked for a transfer no ledger could post; a bug of that room."""


def check(transfer: Transfer) -> Transfer:
    """Give the transfer back if it can be posted at all. Raises BadTransfer."""
    amount = transfer.amount_minor
    if amount is not None and not 0 < amount <= AMOUNT_MINOR_MAX:
        raise BadTransfer(f"an amount lies between 1 and {AMOUNT_MINOR_MAX}, not at {amount}")
    if len(transfer.reference) > REFERENCE_MAX:
        raise BadTransfer(f"a reference has at most {REFERENCE_MAX} characters")
    if transfer.pending_id is None:
        if None in {amount, transfer.debit_account_id, transfer.credit_account_id}:
            raise BadTransfer("only what ends a hold may leave accounts and amount to it")
        if transfer.debit_account_id == transfer.credit_account_id:
            raise BadTransfer("a transfer goes from one account to another one")
    return transfer

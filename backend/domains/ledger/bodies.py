"""What the routes of the ledger answer with."""

from datetime import datetime
from uuid import UUID

from backend.domains.ledger.messages import Balance
from backend.domains.ledger.transfer import Phase, Reason
from protocol.messages import Value


class WalletsShown(Value, frozen=True):
    """All wallets of a person."""

    wallets: tuple[Balance, ...]


class Entry(Value, frozen=True):
    """One side of a transfer, as the owner of that side sees it.

    Amounts are negative where something goes out. The sum of all `posted_minor` is the balance;
    what is only held, or goes back, moves nothing.
    """

    transfer_id: UUID
    amount_minor: int
    posted_minor: int
    phase: Phase
    hold_id: UUID | None
    expires_at: datetime | None
    reason: Reason
    reference: str
    created_at: datetime


class EntryPage(Value, frozen=True):
    """Entries, the latest first."""

    entries: tuple[Entry, ...]
    next: UUID | None

"""A book of money that refuses what the ledger would refuse."""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from backend.domains.ledger import Asset, Phase, Transfer

HOUSE_BELOW = 2**64
"""Accounts of the house have small numbers, and no floor."""


@dataclass
class Book:
    """Who has what of an asset, and what is held."""

    asset: Asset
    has: Counter[UUID] = field(default_factory=Counter)
    holds: dict[UUID, Transfer] = field(default_factory=dict)
    known: set[UUID] = field(default_factory=set)

    def post(self, *transfers: Transfer) -> None:
        """Post transfers in order."""
        for transfer in transfers:
            assert transfer.id not in self.known, "a transfer is posted once"
            self.known.add(transfer.id)
            if transfer.pending_id is not None:
                self._end(transfer, self.holds.pop(transfer.pending_id))
                continue
            assert transfer.asset == self.asset
            minor = amount_of(transfer)
            self._take(transfer.debit_account_id, minor)
            if transfer.phase == Phase.PENDING:
                self.holds[transfer.id] = transfer
            else:
                self._give(transfer.credit_account_id, minor)

    def _end(self, ending: Transfer, hold: Transfer) -> None:
        held = amount_of(hold)
        posted = ending.amount_minor or held
        taken = posted if ending.phase == Phase.POST else 0
        assert 0 <= taken <= held
        self._give(hold.credit_account_id, taken)
        self._give(hold.debit_account_id, held - taken)

    def _take(self, account_id: UUID | None, minor: int) -> None:
        assert account_id is not None
        self.has[account_id] -= minor
        assert account_id.int < HOUSE_BELOW or self.has[account_id] >= 0, "no wallet is below zero"

    def _give(self, account_id: UUID | None, minor: int) -> None:
        assert account_id is not None
        self.has[account_id] += minor

    @property
    def held_minor(self) -> int:
        """All that is held."""
        return sum(amount_of(hold) for hold in self.holds.values())


def amount_of(transfer: Transfer) -> int:
    """Say how much a transfer moves or holds."""
    minor = transfer.amount_minor
    assert minor is not None
    assert minor > 0
    return minor

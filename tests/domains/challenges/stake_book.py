"""A book of money that refuses what the ledger would refuse."""

from dataclasses import dataclass, field
from uuid import UUID

from backend.domains.ledger import Phase, Transfer

WALLET, TARGET = UUID(int=2**64 + 1), UUID(int=2**64 + 2)
FUNDS_MINOR = 1_000_000


@dataclass
class Book:
    """Who has what, and what is held."""

    has: dict[UUID, int] = field(default_factory=lambda: {WALLET: FUNDS_MINOR, TARGET: 0})
    holds: dict[UUID, int] = field(default_factory=dict)
    known: set[UUID] = field(default_factory=set)

    def post(self, transfers: tuple[Transfer, ...]) -> None:
        """Post transfers in order."""
        for transfer in transfers:
            assert transfer.id not in self.known, "a transfer is posted once"
            self.known.add(transfer.id)
            if transfer.phase == Phase.PENDING:
                assert transfer.amount_minor is not None
                assert self.has[WALLET] >= transfer.amount_minor > 0
                self.has[WALLET] -= transfer.amount_minor
                self.holds[transfer.id] = transfer.amount_minor
                continue
            assert transfer.pending_id is not None
            held = self.holds.pop(transfer.pending_id)
            taken = transfer.amount_minor if transfer.phase == Phase.POST else 0
            assert taken is not None
            assert 0 <= taken <= held
            self.has[TARGET] += taken
            self.has[WALLET] += held - taken
        assert self.total == FUNDS_MINOR, "money in is money out and what is held"

    @property
    def total(self) -> int:
        """All there is."""
        return sum(self.has.values()) + sum(self.holds.values())

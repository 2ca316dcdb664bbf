"""Every query of the ledger but the posting itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from actors.principal import Principal
from backend.domains.ledger.accounts import Asset, wallet_account
from backend.domains.ledger.bodies import Entry, EntryPage
from backend.domains.ledger.messages import Balance
from backend.domains.ledger.rules import Wallet
from backend.domains.ledger.transfer import Phase, Reason
from backend.persistence.database import Record, fetch
from protocol.common import Invalid

_WALLETS = """
SELECT owner_id, asset, available_minor, held_minor, version FROM wallet
WHERE owner_id = ANY($1) ORDER BY owner_id, asset
"""
_NUMBER_OF = """
SELECT number FROM transfer WHERE id = $1 AND $2 IN (debit_account_id, credit_account_id)
"""
# The second condition says nothing new, but with it the planner may use the indexes, which leave
# the accounts of the house out.
_ENTRIES = """
SELECT transfer_id, amount_minor, posted_minor, phase, pending_id AS hold_id, expires_at, reason,
       reference, created_at
FROM ledger_entry
WHERE account_id = $1 AND account_id > '00000000-0000-0000-ffff-ffffffffffff'
  AND number < $2
ORDER BY number DESC LIMIT $3
"""
_DUE_HOLDS = """
SELECT hold.id AS hold_id, transfer.reason, transfer.reference
FROM hold JOIN transfer USING (id)
WHERE hold.expires_at <= $1 ORDER BY hold.expires_at LIMIT $2
"""
# What is left of a promise is held anew each time some of it ends, so the largest hold counts;
# what is held anew after a forfeit stands for the occurrence (`challenge_event/…`), and not again.
_STAKED = """
SELECT coalesce(sum(most_minor), 0)::bigint AS staked_minor FROM (
    SELECT max(amount_minor) AS most_minor FROM transfer
    WHERE debit_account_id = $1 AND debit_account_id > '00000000-0000-0000-ffff-ffffffffffff'
      AND phase = 'pending' AND reason = 'stake' AND created_at > $2
      AND reference NOT LIKE 'challenge_event/%'
    GROUP BY reference) AS each
"""
_ROLL_UP = "SELECT ledger_roll_up($1) AS rolled"
_FIRST_PAGE = 2**63 - 1


async def load_wallets(keys: Sequence[UUID]) -> Mapping[UUID, Wallet]:
    """Read what many people have of what they ever had."""
    found: dict[UUID, list[Balance]] = {}
    for row in await fetch(_WALLETS, list(keys)):
        if row["version"]:
            found.setdefault(row["owner_id"], []).append(_balance(row))
    return {owner_id: Wallet(tuple(balances)) for owner_id, balances in found.items()}


async def show_wallet(key: UUID, _reader: Principal) -> Wallet:
    """Show a person what they have; nobody else reads their topic."""
    return (await load_wallets([key])).get(key, Wallet())


async def wallets_of(user_id: UUID) -> tuple[Balance, ...]:
    """Read all wallets of a person, the empty ones included."""
    return tuple(_balance(row) for row in await fetch(_WALLETS, [user_id]))


def _balance(row: Record) -> Balance:
    return Balance(
        asset=Asset(row["asset"]),
        available_minor=row["available_minor"],
        held_minor=row["held_minor"],
        version=row["version"],
    )


async def entries_of(user_id: UUID, asset: Asset, *, after: UUID | None, limit: int) -> EntryPage:
    """Read a page of a wallet's entries, from the one after this transfer on. Raises Invalid."""
    account = wallet_account(user_id, asset)
    before = _FIRST_PAGE
    if after is not None:
        numbers = await fetch(_NUMBER_OF, after, account)
        if not numbers:
            raise Invalid(path="$.after", problem="This wallet has no such transfer")
        before = numbers[0]["number"]
    rows = await fetch(_ENTRIES, account, before, limit + 1)
    entries = tuple(_entry(row) for row in rows[:limit])
    return EntryPage(entries=entries, next=entries[-1].transfer_id if len(rows) > limit else None)


def _entry(row: Record) -> Entry:
    return Entry(**{**row, "phase": Phase(row["phase"]), "reason": Reason(row["reason"])})


async def staked_since(user_id: UUID, asset: Asset, since: datetime) -> int:
    """Say how much somebody has put on promises since a moment."""
    rows = await fetch(_STAKED, wallet_account(user_id, asset), since)
    staked_minor: int = rows[0]["staked_minor"]
    return staked_minor


class DueHold(msgspec.Struct, frozen=True, gc=False):
    """A hold whose time is over, and what it was for."""

    hold_id: UUID
    reason: str
    reference: str


async def due_holds(now: datetime, count_max: int) -> list[DueHold]:
    """Find open holds whose time is over, the longest over first."""
    return [DueHold(**row) for row in await fetch(_DUE_HOLDS, now, count_max)]


async def roll_up(numbers_max: int) -> int:
    """Add the next transfers to the accounts of the house; returns how many were gone through."""
    rolled: int = (await fetch(_ROLL_UP, numbers_max))[0]["rolled"]
    return rolled

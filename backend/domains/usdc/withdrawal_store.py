"""Every query about withdrawals."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from backend.domains.usdc.limits import A_DAY
from backend.domains.usdc.messages import Status, WithdrawalShown
from backend.domains.usdc.rules import OPEN, Withdrawn
from backend.integrations.chain import TransactionHash
from backend.integrations.ethereum_address import EthereumAddress
from backend.persistence.database import Record, fetch

_COLUMNS = """
id, user_id, wallet_id, chain_id, address, amount_micros, status, hold_id, confirm_until, tx_hash,
reason, operator, asked_at, confirmed_at, approved_at, ended_at, changed_at
"""
_ADD = f"""
INSERT INTO usdc_withdrawal (id, user_id, wallet_id, chain_id, address, amount_micros, status,
                             hold_id, confirm_until, asked_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, 'asked', $7, $8, $9, $9) RETURNING {_COLUMNS}
"""  # noqa: S608 - the names are ours
_FIND = f"SELECT {_COLUMNS} FROM usdc_withdrawal WHERE id = $1"  # noqa: S608 - the names are ours
_LOCK = f"SELECT {_COLUMNS} FROM usdc_withdrawal WHERE id = $1 FOR UPDATE"  # noqa: S608 - the names are ours
_LOCK_BY_TOKEN = f"SELECT {_COLUMNS} FROM usdc_withdrawal WHERE token_hash = $1 FOR UPDATE"  # noqa: S608 - the names are ours
# What came to nothing is no withdrawal; each of them has sent a letter, which others count.
_WITHDRAWN = """
SELECT coalesce(sum(amount_micros), 0)::bigint AS micros, count(*) AS times FROM usdc_withdrawal
WHERE user_id = $1 AND asked_at > $2 AND status NOT IN ('refused', 'expired', 'cancelled')
"""
_KEEP_HASH = """
UPDATE usdc_withdrawal SET token_hash = $2
WHERE id = $1 AND status = 'asked' AND confirm_until > $3 RETURNING id
"""
_PAGE = f"""
SELECT {_COLUMNS} FROM usdc_withdrawal
WHERE user_id = $1 AND ($2::uuid IS NULL OR (asked_at, id) < (
    SELECT asked_at, id FROM usdc_withdrawal WHERE id = $2 AND user_id = $1))
ORDER BY asked_at DESC, id DESC LIMIT $3
"""  # noqa: S608 - the names are ours
_HAS_OPEN = """
SELECT 1 FROM usdc_withdrawal
WHERE user_id = $1 AND ($2::uuid IS NULL OR wallet_id = $2) AND ended_at IS NULL LIMIT 1
"""
_LOCK_UNCONFIRMED = f"""
SELECT {_COLUMNS} FROM usdc_withdrawal WHERE status = 'asked' AND confirm_until <= $1
ORDER BY confirm_until, id LIMIT $2 FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - the names are ours
_EXECUTING = f"""
SELECT {_COLUMNS} FROM usdc_withdrawal WHERE status = 'executing' AND chain_id = $1
ORDER BY checked_at NULLS FIRST, id LIMIT $2
"""  # noqa: S608 - the names are ours
_CHECKED = "UPDATE usdc_withdrawal SET checked_at = $2 WHERE id = ANY($1)"
_TO_PAY = f"""
SELECT {_COLUMNS} FROM usdc_withdrawal WHERE status IN ('confirmed', 'approved', 'executing')
ORDER BY confirmed_at, id LIMIT $1
"""  # noqa: S608 - the names are ours


class TransactionUsed(Exception):
    """A transaction pays one withdrawal, and this one pays another already."""


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants paid out, and how far that is."""

    id: UUID
    user_id: UUID
    wallet_id: UUID | None
    chain_id: int
    address: EthereumAddress
    amount_micros: int
    status: Status
    hold_id: UUID
    confirm_until: datetime
    tx_hash: TransactionHash | None
    reason: str | None
    operator: str | None
    asked_at: datetime
    confirmed_at: datetime | None
    approved_at: datetime | None
    ended_at: datetime | None
    changed_at: datetime

    def shown(self) -> WithdrawalShown:
        """Show it to its owner."""
        return WithdrawalShown(
            withdrawal_id=self.id,
            wallet_id=self.wallet_id,
            address=self.address,
            amount_micros=self.amount_micros,
            status=self.status,
            transaction_hash=self.tx_hash,
            reason=self.reason,
            asked_at=self.asked_at,
            confirm_until=self.confirm_until,
            ended_at=self.ended_at,
            changed_at=self.changed_at,
        )


async def add(  # noqa: PLR0913 - what a withdrawal says, by name
    withdrawal_id: UUID,
    *,
    user_id: UUID,
    wallet_id: UUID,
    chain_id: int,
    address: EthereumAddress,
    amount_micros: int,
    hold_id: UUID,
    confirm_until: datetime,
    now: datetime,
) -> Withdrawal:
    """Write down what somebody wants."""
    place = (wallet_id, chain_id, address)
    values = (withdrawal_id, user_id, *place, amount_micros, hold_id, confirm_until, now)
    return _withdrawal((await fetch(_ADD, *values))[0])


async def find(withdrawal_id: UUID) -> Withdrawal | None:
    """Find a withdrawal."""
    return _first(await fetch(_FIND, withdrawal_id))


async def lock(withdrawal_id: UUID) -> Withdrawal | None:
    """Find one, and have nobody else decide about it until the caller's transaction ends."""
    return _first(await fetch(_LOCK, withdrawal_id))


async def lock_by_token(token_hash: bytes) -> Withdrawal | None:
    """The same by the hash of the token that confirms it."""
    return _first(await fetch(_LOCK_BY_TOKEN, token_hash))


async def keep_token(withdrawal_id: UUID, token_hash: bytes, now: datetime) -> bool:
    """Have a token confirm a withdrawal in the place of any before; returns whether it waits."""
    return bool(await fetch(_KEEP_HASH, withdrawal_id, token_hash, now))


async def withdrawn(user_id: UUID, now: datetime) -> Withdrawn:
    """Say what somebody has withdrawn within the last day."""
    return Withdrawn(**(await fetch(_WITHDRAWN, user_id, now - A_DAY))[0])


async def read_page(user_id: UUID, after: UUID | None, count_max: int) -> list[Withdrawal]:
    """Read somebody's withdrawals, the latest first."""
    return [_withdrawal(row) for row in await fetch(_PAGE, user_id, after, count_max)]


async def has_open(user_id: UUID, wallet_id: UUID | None = None) -> bool:
    """Say whether a withdrawal of somebody's is open, to any address or to one."""
    return bool(await fetch(_HAS_OPEN, user_id, wallet_id))


async def lock_unconfirmed(now: datetime, count_max: int) -> list[Withdrawal]:
    """Find those that were not confirmed in time; what others decide about is left to them."""
    return [_withdrawal(row) for row in await fetch(_LOCK_UNCONFIRMED, now, count_max)]


async def read_executing(chain_id: int, count_max: int) -> list[Withdrawal]:
    """Find those that were paid and wait for the chain, the longest unlooked at first."""
    return [_withdrawal(row) for row in await fetch(_EXECUTING, chain_id, count_max)]


async def mark_checked(withdrawal_ids: Sequence[UUID], now: datetime) -> None:
    """Write down that the chain was asked about them."""
    await fetch(_CHECKED, list(withdrawal_ids), now)


async def read_to_pay(count_max: int) -> list[Withdrawal]:
    """List what operators have to do with, the longest waiting first."""
    return [_withdrawal(row) for row in await fetch(_TO_PAY, count_max)]


async def change(
    withdrawal: Withdrawal, status: Status, now: datetime, **columns: Any
) -> Withdrawal:
    """Have a withdrawal that is locked be further. Raises TransactionUsed."""
    ended_at = None if status in OPEN else now
    wanted = {"status": status.value, "changed_at": now, "ended_at": ended_at, **columns}
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(wanted, 2))
    query = f"UPDATE usdc_withdrawal SET {sets} WHERE id = $1 RETURNING {_COLUMNS}"  # noqa: S608 - the names are ours
    try:
        rows = await fetch(query, withdrawal.id, *wanted.values())
    except asyncpg.UniqueViolationError:
        raise TransactionUsed from None
    return _withdrawal(rows[0])


def _first(rows: Sequence[Record]) -> Withdrawal | None:
    return _withdrawal(rows[0]) if rows else None


def _withdrawal(row: Record) -> Withdrawal:
    return Withdrawal(**{**row, "status": Status(row["status"])})

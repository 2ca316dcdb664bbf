"""Every query about what comes in: addresses that are looked at, what they grew by, sweeps."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from backend.domains.usdc.limits import A_DAY, SESSION_RECENT
from backend.integrations.chain import Block, TransactionHash
from backend.integrations.ethereum_address import EthereumAddress
from backend.persistence.database import fetch
from protocol.ids import uuid7

_RECENT = """
SELECT w.id, w.address FROM crypto_wallet AS w
WHERE w.chain_id = $1 AND w.wallet_type = 'deposit' AND w.id IN (
    SELECT wallet_id FROM funding_session WHERE expires_at > $2)
ORDER BY w.last_refreshed_at NULLS FIRST, w.id LIMIT $3
"""
_LONGEST_AGO = """
SELECT id, address FROM crypto_wallet WHERE chain_id = $1 AND wallet_type = 'deposit'
ORDER BY last_refreshed_at NULLS FIRST, id LIMIT $2
"""
# In the order of their ids, so that two workers wait for each other in one direction only.
_LOCK_ALL = "SELECT 1 FROM crypto_wallet WHERE id = ANY($1) ORDER BY id FOR UPDATE"
# Only what has not grown is taken over here; growth is, with its deposit, by a job of its own.
_OBSERVE = """
WITH looked AS (
    UPDATE crypto_wallet AS w SET
        last_refreshed_at = $5,
        last_observed_micros = CASE WHEN seen.is_news THEN seen.micros
                                    ELSE w.last_observed_micros END,
        last_observed_block_number = CASE WHEN seen.is_news THEN $3
                                          ELSE w.last_observed_block_number END,
        last_observed_block_hash = CASE WHEN seen.is_news THEN $4
                                        ELSE w.last_observed_block_hash END
    FROM (
        SELECT l.id, u.micros, is_newer, u.micros - l.should_have_micros AS growth,
               is_newer AND u.micros <= l.should_have_micros AS is_news
        FROM unnest($1::uuid[], $2::bigint[]) AS u(id, micros)
        JOIN (
            SELECT id, accounted_principal_micros - swept_micros AS should_have_micros,
                   coalesce(last_observed_block_number, -1) < $3 AS is_newer
            FROM crypto_wallet WHERE id = ANY($1)
        ) AS l ON l.id = u.id
    ) AS seen
    WHERE w.id = seen.id
    RETURNING w.id, seen.micros, seen.is_newer, seen.growth
)
SELECT id, micros, growth FROM looked WHERE is_newer AND growth <> 0
"""
_LOCK = """
SELECT w.id, w.user_id, w.chain_id, w.accounted_principal_micros AS accounted_micros,
       w.swept_micros, coalesce(w.last_observed_block_number, -1) AS block_number, (
           SELECT coalesce(sum(d.amount_micros), 0)::bigint FROM usdc_deposit AS d
           WHERE d.user_id = w.user_id AND d.created_at > $2
       ) AS day_micros
FROM crypto_wallet AS w WHERE w.id = $1 AND w.wallet_type = 'deposit' FOR UPDATE OF w
"""
_TAKE_OVER = """
UPDATE crypto_wallet SET accounted_principal_micros = $2, last_observed_micros = $3,
       last_observed_block_number = $4, last_observed_block_hash = $5
WHERE id = $1
"""
_ADD_DEPOSIT = """
INSERT INTO usdc_deposit (id, wallet_id, user_id, from_micros, to_micros, amount_micros,
                          block_number, block_hash, transfer_id, over_limit, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_FIND = """
SELECT id FROM crypto_wallet WHERE chain_id = $1 AND address = $2 AND wallet_type = 'deposit'
"""
_LAST_SWEEP = """
SELECT id, tx_hash, block_number, block_hash FROM usdc_sweep
WHERE wallet_id = $1 AND taken_back_at IS NULL
ORDER BY block_number DESC, id DESC LIMIT 1
"""
_SWEPT = """
SELECT taken_back_at IS NULL AS counts FROM usdc_sweep WHERE wallet_id = $1 AND tx_hash = $2
"""
_MOVE_SWEEP = """
UPDATE usdc_sweep SET block_number = $3, block_hash = $4, operator = $5, taken_back_at = NULL
WHERE wallet_id = $1 AND tx_hash = $2
"""
_TAKE_BACK = """
WITH gone AS (
    UPDATE usdc_sweep SET taken_back_at = $4, operator = $3
    WHERE wallet_id = $1 AND tx_hash = $2 AND taken_back_at IS NULL RETURNING amount_micros
)
UPDATE crypto_wallet SET swept_micros = swept_micros - gone.amount_micros
FROM gone WHERE id = $1 RETURNING id
"""
_ADD_SWEEP = """
INSERT INTO usdc_sweep (id, wallet_id, amount_micros, tx_hash, block_number, block_hash, operator,
                        created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
# A block from before the sweep must not be looked at: what was moved out still stood there.
_SWEEP = """
UPDATE crypto_wallet SET swept_micros = swept_micros + $2,
       last_observed_block_number = CASE WHEN coalesce(last_observed_block_number, -1) < $3
                                         THEN $3 ELSE last_observed_block_number END,
       last_observed_block_hash = CASE WHEN coalesce(last_observed_block_number, -1) < $3
                                       THEN $4 ELSE last_observed_block_hash END
WHERE id = $1
"""


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """An address that is looked at."""

    id: UUID
    address: EthereumAddress


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """That an address has more than it should, or less."""

    id: UUID
    micros: int
    growth: int


class LockedWallet(msgspec.Struct, frozen=True, kw_only=True):
    """An address of ours nobody else may change meanwhile."""

    id: UUID
    user_id: UUID
    chain_id: int
    accounted_micros: int
    swept_micros: int
    block_number: int
    """The last block that was looked at; -1 for none."""
    day_micros: int
    """What its owner paid in within the last day."""


class Deposit(msgspec.Struct, frozen=True, kw_only=True):
    """What came in at an address."""

    id: UUID
    wallet: LockedWallet
    amount_micros: int
    transfer_id: UUID
    over_limit: str | None


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """The transaction by which an operator moved something out last."""

    id: UUID
    tx_hash: TransactionHash
    block_number: int
    block_hash: str


async def read_next(chain_id: int, now: datetime, count_max: int) -> list[Looked]:
    """Say which addresses to look at: those of recent sessions, and those not looked at longest."""
    recent = await fetch(_RECENT, chain_id, now - SESSION_RECENT, count_max)
    others = await fetch(_LONGEST_AGO, chain_id, count_max)
    return list({row["id"]: Looked(**row) for row in (*recent, *others)}.values())


async def observe(micros: Mapping[UUID, int], block: Block, now: datetime) -> list[Difference]:
    """Write down what addresses have in a block; returns those that have not what they should."""
    ids = sorted(micros)
    await fetch(_LOCK_ALL, ids)
    rows = await fetch(_OBSERVE, ids, [micros[one] for one in ids], block.number, block.hash, now)
    return [Difference(**row) for row in rows]


async def lock(wallet_id: UUID, now: datetime) -> LockedWallet:
    """Read an address of ours; nobody else changes it until the caller's transaction ends."""
    return LockedWallet(**(await fetch(_LOCK, wallet_id, now - A_DAY))[0])


async def take_over(
    wallet: LockedWallet, accounted_micros: int, observed_micros: int, block: Block
) -> None:
    """Write down what an address has, and what of it is accounted."""
    values = (wallet.id, accounted_micros, observed_micros, block.number, block.hash)
    await fetch(_TAKE_OVER, *values)


async def add_deposit(deposit: Deposit, block: Block, now: datetime) -> None:
    """Write a deposit down."""
    from_micros = deposit.wallet.accounted_micros
    await fetch(
        _ADD_DEPOSIT,
        deposit.id,
        deposit.wallet.id,
        deposit.wallet.user_id,
        from_micros,
        from_micros + deposit.amount_micros,
        deposit.amount_micros,
        block.number,
        block.hash,
        deposit.transfer_id,
        deposit.over_limit,
        now,
    )


async def find(chain_id: int, address: EthereumAddress) -> UUID | None:
    """Find the wallet of an address of ours that somebody has."""
    rows = await fetch(_FIND, chain_id, address)
    return rows[0]["id"] if rows else None


async def last_sweep(wallet_id: UUID) -> Sweep | None:
    """Find what an operator moved out last."""
    rows = await fetch(_LAST_SWEEP, wallet_id)
    return Sweep(**rows[0]) if rows else None


async def add_sweep(  # noqa: PLR0913, PLR0917 - what a sweep says
    wallet_id: UUID,
    amount_micros: int,
    tx_hash: TransactionHash,
    block: Block,
    operator: str,
    now: datetime,
) -> bool:
    """Write a sweep down; one that counts already is only moved to its block.

    The wallet is locked by the caller. Returns whether it did not count before.
    """
    place, known = (block.number, block.hash), await fetch(_SWEPT, wallet_id, tx_hash)
    is_new = not (known and known[0]["counts"])
    if known:
        await fetch(_MOVE_SWEEP, wallet_id, tx_hash, *place, operator)
    else:
        new_id = uuid7(int(now.timestamp() * 1000))
        await fetch(_ADD_SWEEP, new_id, wallet_id, amount_micros, tx_hash, *place, operator, now)
    await fetch(_SWEEP, wallet_id, amount_micros if is_new else 0, *place)
    return is_new


async def take_sweep_back(
    wallet_id: UUID, tx_hash: TransactionHash, operator: str, now: datetime
) -> bool:
    """Write down that a sweep is no more; returns whether it counted."""
    return bool(await fetch(_TAKE_BACK, wallet_id, tx_hash, operator, now))

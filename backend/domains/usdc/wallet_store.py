"""Every query about addresses: those of ours, and people's own."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from backend.domains.usdc.limits import COOL_OFF
from backend.integrations.ethereum_address import EthereumAddress
from backend.persistence.advisory_lock import lock_until_commit
from backend.persistence.database import Record, fetch
from protocol.ids import uuid7

_LOAD = """
INSERT INTO deposit_address (chain_id, address, provider_ref, loaded_by, loaded_at)
SELECT $1, u.address, u.provider_ref, $4, $5
FROM unnest($2::text[], $3::text[]) AS u(address, provider_ref)
ON CONFLICT (chain_id, address) DO NOTHING RETURNING address
"""
_LOADED = "SELECT address FROM deposit_address WHERE chain_id = $1 AND address = ANY($2)"
_PEOPLES_OWN = """
SELECT address FROM crypto_wallet
WHERE wallet_type = 'external' AND chain_id = $1 AND address = ANY($2)
"""
_TAKE = """
UPDATE deposit_address SET assigned_at = $2
WHERE (chain_id, address) = (
    SELECT chain_id, address FROM deposit_address WHERE chain_id = $1 AND assigned_at IS NULL
    ORDER BY loaded_at, address LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING address, provider_ref
"""
_COLUMNS = "id, user_id, chain_id, address, created_at, usable_from"
_DEPOSIT = f"""
SELECT {_COLUMNS} FROM crypto_wallet
WHERE user_id = $1 AND chain_id = $2 AND wallet_type = 'deposit'
"""  # noqa: S608 - the names are ours
_ADD = f"""
INSERT INTO crypto_wallet (id, user_id, wallet_type, chain_id, address, provider_ref,
                           accounted_principal_micros, swept_micros, last_observed_micros,
                           created_at, usable_from)
VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, $7, $8) RETURNING {_COLUMNS}
"""  # noqa: S608 - the names are ours
_EXTERNAL = f"""
SELECT {_COLUMNS} FROM crypto_wallet
WHERE user_id = $1 AND chain_id = $2 AND wallet_type = 'external' AND removed_at IS NULL
ORDER BY id
"""  # noqa: S608 - the names are ours
_REMOVE = """
UPDATE crypto_wallet SET removed_at = $3
WHERE id = $1 AND user_id = $2 AND wallet_type = 'external' AND removed_at IS NULL RETURNING id
"""


class WalletRow(msgspec.Struct, frozen=True, kw_only=True):
    """An address somebody pays in at, or is paid at."""

    id: UUID
    user_id: UUID
    chain_id: int
    address: EthereumAddress
    created_at: datetime
    usable_from: datetime


async def one_at_a_time(user_id: UUID) -> None:
    """Have nobody else decide about somebody's money until the caller's transaction ends."""
    await lock_until_commit(f"usdc/{user_id}")


async def load(
    chain_id: int,
    addresses: Sequence[tuple[EthereumAddress, str | None]],
    operator: str,
    now: datetime,
) -> int:
    """Write addresses of ours down; returns how many were not known yet."""
    found = await fetch(
        _LOAD,
        chain_id,
        [address for address, _ in addresses],
        [provider_ref for _, provider_ref in addresses],
        operator,
        now,
    )
    return len(found)


async def ours_among(chain_id: int, addresses: Sequence[str]) -> set[str]:
    """Say which addresses are ours."""
    return {row["address"] for row in await fetch(_LOADED, chain_id, list(addresses))}


async def peoples_among(chain_id: int, addresses: Sequence[str]) -> set[str]:
    """Say which addresses are people's own."""
    return {row["address"] for row in await fetch(_PEOPLES_OWN, chain_id, list(addresses))}


async def deposit_wallet(user_id: UUID, chain_id: int) -> WalletRow | None:
    """Find where somebody pays in."""
    rows = await fetch(_DEPOSIT, user_id, chain_id)
    return _wallet(rows[0]) if rows else None


async def assign(user_id: UUID, chain_id: int, now: datetime) -> WalletRow | None:
    """Give somebody the oldest address that is free, for good; None when there is none."""
    taken = await fetch(_TAKE, chain_id, now)
    if not taken:
        return None
    address, provider_ref = taken[0]["address"], taken[0]["provider_ref"]
    new_id = uuid7(int(now.timestamp() * 1000))
    rows = await fetch(_ADD, new_id, user_id, "deposit", chain_id, address, provider_ref, now, now)
    return _wallet(rows[0])


async def own_addresses(user_id: UUID, chain_id: int) -> list[WalletRow]:
    """List somebody's own addresses, the oldest first."""
    return [_wallet(row) for row in await fetch(_EXTERNAL, user_id, chain_id)]


async def add_own(
    user_id: UUID, chain_id: int, address: EthereumAddress, now: datetime
) -> WalletRow:
    """Write down an address of somebody's own."""
    new_id, usable_from = uuid7(int(now.timestamp() * 1000)), now + COOL_OFF
    values = (new_id, user_id, "external", chain_id, address, None, now, usable_from)
    return _wallet((await fetch(_ADD, *values))[0])


async def remove_own(wallet_id: UUID, user_id: UUID, now: datetime) -> bool:
    """Write down that an address is not somebody's any more; returns whether it was."""
    return bool(await fetch(_REMOVE, wallet_id, user_id, now))


def _wallet(row: Record) -> WalletRow:
    return WalletRow(**row)

"""Every query about funding sessions."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.domains.usdc.limits import SESSION_LIFE, LimitsInForce
from backend.domains.usdc.wallet_store import WalletRow
from backend.persistence.database import fetch
from protocol.ids import uuid7

_END = """
UPDATE funding_session SET state = 'over'
WHERE user_id = $1 AND state = 'open' AND expires_at <= $2
"""
_OPEN = """
SELECT id, address, chain_id, limits_snapshot, expires_at FROM funding_session
WHERE user_id = $1 AND chain_id = $2 AND state = 'open'
"""
_ADD = """
INSERT INTO funding_session (id, user_id, wallet_id, provider, context, address, chain_id, state,
                             limits_snapshot, ip_hash, expires_at, created_at)
VALUES ($1, $2, $3, $4, $5::text::jsonb, $6, $7, 'open', $8::text::jsonb, $9, $10, $11)
"""
_LAST_LIMITS = """
SELECT limits_snapshot FROM funding_session WHERE wallet_id = $1
ORDER BY created_at DESC, id DESC LIMIT 1
"""
_END_OLD = """
UPDATE funding_session SET state = 'over' WHERE id = ANY(ARRAY(
    SELECT id FROM funding_session WHERE state = 'open' AND expires_at <= $1
    ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))
"""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A funding session."""

    id: UUID
    address: str
    chain_id: int
    limits: LimitsInForce
    expires_at: datetime


async def open_session(user_id: UUID, chain_id: int, now: datetime) -> Session | None:
    """Find somebody's open session; one whose time is over is ended."""
    await fetch(_END, user_id, now)
    rows = await fetch(_OPEN, user_id, chain_id)
    if not rows:
        return None
    row = dict(rows[0])
    limits = _limits(row.pop("limits_snapshot"))
    return Session(**row, limits=limits)


async def add(  # noqa: PLR0913 - what a session says, by name
    wallet: WalletRow,
    *,
    provider: str,
    context: dict[str, str],
    limits: LimitsInForce,
    ip_hash: bytes,
    now: datetime,
) -> Session:
    """Write a session down."""
    session = Session(
        id=uuid7(int(now.timestamp() * 1000)),
        address=wallet.address,
        chain_id=wallet.chain_id,
        limits=limits,
        expires_at=now + SESSION_LIFE,
    )
    await fetch(
        _ADD,
        session.id,
        wallet.user_id,
        wallet.id,
        provider,
        msgspec.json.encode(context).decode(),
        session.address,
        session.chain_id,
        msgspec.json.encode(limits).decode(),
        ip_hash,
        session.expires_at,
        now,
    )
    return session


async def last_limits(wallet_id: UUID) -> LimitsInForce | None:
    """Read which limits held when somebody last asked where to pay in."""
    rows = await fetch(_LAST_LIMITS, wallet_id)
    return _limits(rows[0]["limits_snapshot"]) if rows else None


async def end_old(now: datetime, count_max: int) -> None:
    """End sessions whose time is over."""
    await fetch(_END_OLD, now, count_max)


def _limits(text: str) -> LimitsInForce:
    return msgspec.json.decode(text, type=LimitsInForce)

"""Every query about attempts to come in by an account elsewhere, and what opens by one."""

from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from backend.domains.identity.messages import CredentialTaken
from backend.persistence.database import fetch

_ADD = """
INSERT INTO oidc_attempt (state_hash, provider, challenge, return_to, user_id, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
"""
_TAKE = """
DELETE FROM oidc_attempt WHERE state_hash = $1 AND provider = $2
RETURNING challenge, return_to, user_id, expires_at
"""
_OWNER = "SELECT user_id FROM credential WHERE issuer = $1 AND subject = $2"
_USED = "UPDATE credential SET last_used_at = $3 WHERE issuer = $1 AND subject = $2"
_ADD_CREDENTIAL = """
INSERT INTO credential (id, user_id, kind, issuer, subject, created_at, updated_at, last_used_at)
VALUES ($1, $2, 'oidc', $3, $4, $5, $5, $5)
"""


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that was begun."""

    challenge: bytes | None
    return_to: str
    user_id: UUID | None
    """Who wants it to open their account, where somebody signed in began."""
    expires_at: datetime


async def add(state_hash: bytes, provider: str, begun: Begun) -> None:
    """Write an attempt down."""
    await fetch(
        _ADD,
        state_hash,
        provider,
        begun.challenge,
        begun.return_to,
        begun.user_id,
        begun.expires_at,
    )


async def take(state_hash: bytes, provider: str, now: datetime) -> Begun | None:
    """Take an attempt, once; None for what was not begun, or is over."""
    rows = await fetch(_TAKE, state_hash, provider)
    begun = Begun(**rows[0]) if rows else None
    return begun if begun is not None and begun.expires_at > now else None


async def owner_of(issuer: str, subject: str) -> UUID | None:
    """Find whose account opens by this."""
    rows = await fetch(_OWNER, issuer, subject)
    return rows[0]["user_id"] if rows else None


async def note_use(issuer: str, subject: str, now: datetime) -> None:
    """Note that it was used."""
    await fetch(_USED, issuer, subject, now)


async def add_credential(
    credential_id: UUID, user_id: UUID, issuer: str, subject: str, now: datetime
) -> None:
    """Let an account elsewhere open one's own. Raises CredentialTaken."""
    try:
        await fetch(_ADD_CREDENTIAL, credential_id, user_id, issuer, subject, now)
    except asyncpg.UniqueViolationError:
        raise CredentialTaken from None

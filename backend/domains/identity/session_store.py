"""Every query about sessions, their refresh tokens and tickets.

Locks are always taken in this order: the person, their sessions, what belongs to a session.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from actors.principal import Principal
from backend.domains.identity.rules import Family
from backend.persistence.database import Record, fetch
from protocol.messages import Role

USED_RESOLUTION = timedelta(minutes=5)
"""How exactly it is known when a session was last used; noting every use would cost a write."""

_SIGNED_IN = """
UPDATE "user" SET last_signed_in_at = $2, last_active_at = greatest(last_active_at, $2)
WHERE id = $1
"""
_ADD_SESSION = """
INSERT INTO session (id, user_id, access_hash, access_expires_at, expires_at, device_name,
                     user_agent, address_hash, created_at, last_used_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
"""
_ADD_REFRESH = """
INSERT INTO refresh_token (id, session_id, hash, issued_at, expires_at)
VALUES ($1, $2, $3, $4, $5)
"""
_END_SURPLUS = """
UPDATE session SET revoked_at = $3, revoke_reason = $4 WHERE id IN (
    SELECT id FROM session WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $3
    ORDER BY last_used_at DESC, id DESC OFFSET $2
) RETURNING id
"""
_SESSION_OF_REFRESH = "SELECT session_id FROM refresh_token WHERE hash = $1"
_LOCK_SESSION = "SELECT id FROM session WHERE id = $1 FOR UPDATE"
_FAMILY = """
SELECT t.id AS token_id, t.session_id, t.expires_at AS issued_expires_at, t.rotated_at,
       t.successor_salt, s.user_id, s.created_at, s.expires_at AS session_expires_at, s.revoked_at,
       s.access_hash, s.access_expires_at, s.access_used_at, u.is_active,
       successor.rotated_at AS successor_rotated_at
FROM refresh_token AS t
JOIN session AS s ON s.id = t.session_id
JOIN "user" AS u ON u.id = s.user_id
LEFT JOIN refresh_token AS successor ON successor.id = t.replaced_by
WHERE t.hash = $1
"""
# Only the latest exchange can be repeated, so only its salt is kept.
_FORGET_SALTS = """
UPDATE refresh_token SET successor_salt = NULL
WHERE session_id = $1 AND successor_salt IS NOT NULL
"""
_ROTATE = """
UPDATE refresh_token SET rotated_at = $2, replaced_by = $3, successor_salt = $4 WHERE id = $1
"""
_RENEW = """
UPDATE session SET access_hash = $2, access_expires_at = $3, access_used_at = NULL,
                   expires_at = $4, last_used_at = $5, address_hash = $6
WHERE id = $1
"""
_LOCK_USER = 'SELECT id FROM "user" WHERE id = $1 FOR NO KEY UPDATE'
_END = """
UPDATE session SET revoked_at = $3, revoke_reason = $4
WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING id
"""
_END_BY_ID = """
UPDATE session SET revoked_at = $2, revoke_reason = $3
WHERE id = $1 AND revoked_at IS NULL RETURNING id
"""
_END_ALL = """
UPDATE session SET revoked_at = $3, revoke_reason = $4
WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $3 AND id IS DISTINCT FROM $2
RETURNING id
"""
_SHOW = """
SELECT id, device_name, user_agent, address_hash, created_at, last_used_at, expires_at
FROM session WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
ORDER BY last_used_at DESC, id DESC
"""
# Use is noted where that is news, by whoever gets the row: nobody waits for another's note.
_AUTHENTICATE = """
WITH found AS (
    SELECT s.id, s.access_hash, s.user_id, u.role,
           s.access_used_at IS NULL OR s.last_used_at < $3 AS is_news
    FROM session AS s JOIN "user" AS u ON u.id = s.user_id
    WHERE s.access_hash = ANY($1) AND s.revoked_at IS NULL
      AND s.access_expires_at > $2 AND s.expires_at > $2 AND u.is_active
), used AS (
    UPDATE session SET last_used_at = $2, access_used_at = coalesce(access_used_at, $2)
    WHERE id IN (SELECT id FROM session
                 WHERE id IN (SELECT id FROM found WHERE is_news) AND access_hash = ANY($1)
                 FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING user_id
), active AS (
    UPDATE "user" SET last_active_at = $2
    WHERE id IN (SELECT id FROM "user" WHERE id IN (SELECT user_id FROM used)
                 FOR NO KEY UPDATE SKIP LOCKED)
)
SELECT id, access_hash AS hash, user_id, role FROM found
"""
_ADD_TICKET = "INSERT INTO socket_ticket (hash, session_id, expires_at) VALUES ($1, $2, $3)"
_DROP_SURPLUS_TICKETS = """
DELETE FROM socket_ticket WHERE hash IN (
    SELECT hash FROM socket_ticket WHERE session_id = $1 ORDER BY expires_at DESC OFFSET $2
)
"""
_REDEEM = """
WITH taken AS (
    DELETE FROM socket_ticket WHERE hash = ANY($1) RETURNING hash, session_id, expires_at
)
SELECT s.id, taken.hash, s.user_id, u.role
FROM taken
JOIN session AS s ON s.id = taken.session_id
JOIN "user" AS u ON u.id = s.user_id
WHERE taken.expires_at > $2 AND s.revoked_at IS NULL AND s.expires_at > $2 AND u.is_active
"""
_ENDED_BETWEEN = """
SELECT id FROM session WHERE revoked_at > $1
UNION ALL
SELECT id FROM session WHERE expires_at > $1 AND expires_at <= $2 AND revoked_at IS NULL
"""


class NewSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session to write down."""

    id: UUID
    user_id: UUID
    access_hash: bytes
    access_expires_at: datetime
    expires_at: datetime
    device_name: str | None
    user_agent: str | None
    address_hash: bytes


async def add_session(session: NewSession, now: datetime) -> None:
    """Write a session down, and that its owner signed in."""
    await fetch(_SIGNED_IN, session.user_id, now)
    await fetch(
        _ADD_SESSION,
        session.id,
        session.user_id,
        session.access_hash,
        session.access_expires_at,
        session.expires_at,
        session.device_name,
        session.user_agent,
        session.address_hash,
        now,
    )


async def add_refresh_token(
    token_id: UUID, session_id: UUID, token_hash: bytes, now: datetime, expires_at: datetime
) -> None:
    """Write down a refresh token of a session."""
    await fetch(_ADD_REFRESH, token_id, session_id, token_hash, now, expires_at)


async def end_surplus(user_id: UUID, kept_max: int, now: datetime, reason: str) -> list[UUID]:
    """End all but the latest used sessions of a person; returns those ended."""
    return _ids(await fetch(_END_SURPLUS, user_id, kept_max, now, reason))


async def session_of_refresh_token(token_hash: bytes) -> UUID | None:
    """Find the session a refresh token belongs to, whatever has become of either."""
    rows = await fetch(_SESSION_OF_REFRESH, token_hash)
    return rows[0]["session_id"] if rows else None


async def lock_family(session_id: UUID, token_hash: bytes) -> Family | None:
    """Read what became of a refresh token; nobody else may exchange one of its family meanwhile.

    Two statements, so that the second sees what was committed while the first one waited.
    """
    await fetch(_LOCK_SESSION, session_id)
    rows = await fetch(_FAMILY, token_hash)
    return Family(**rows[0]) if rows else None


async def rotate(family: Family, successor_id: UUID, salt: bytes, now: datetime) -> None:
    """Note that a refresh token was exchanged, and for which."""
    await fetch(_FORGET_SALTS, family.session_id)
    await fetch(_ROTATE, family.token_id, now, successor_id, salt)


async def renew(  # noqa: PLR0913 - columns, by name
    session_id: UUID,
    access_hash: bytes,
    *,
    access_expires_at: datetime,
    expires_at: datetime,
    now: datetime,
    address_hash: bytes,
) -> None:
    """Give a session another access token; the former one opens nothing any more."""
    await fetch(_RENEW, session_id, access_hash, access_expires_at, expires_at, now, address_hash)


async def end(user_id: UUID, session_id: UUID, now: datetime, reason: str) -> list[UUID]:
    """End a session of a person; returns it, unless it had ended or is not theirs."""
    return _ids(await fetch(_END, user_id, session_id, now, reason))


async def end_by_id(session_id: UUID, now: datetime, reason: str) -> list[UUID]:
    """End a session, whosever it is; returns it, unless it had ended."""
    return _ids(await fetch(_END_BY_ID, session_id, now, reason))


async def end_all(user_id: UUID, but: UUID | None, now: datetime, reason: str) -> list[UUID]:
    """End all sessions of a person, but perhaps one; call it in a transaction."""
    await fetch(_LOCK_USER, user_id)
    return _ids(await fetch(_END_ALL, user_id, but, now, reason))


async def show(user_id: UUID, now: datetime) -> Sequence[Record]:
    """Read the sessions of a person that have not ended, the latest used first."""
    return await fetch(_SHOW, user_id, now)


async def authenticate(hashes: Sequence[bytes], now: datetime) -> dict[bytes, Principal]:
    """Find whose access tokens these are, and note that they are used."""
    rows = await fetch(_AUTHENTICATE, list(hashes), now, now - USED_RESOLUTION)
    return _principals(rows)


async def add_ticket(
    ticket_hash: bytes, session_id: UUID, expires_at: datetime, kept_max: int
) -> None:
    """Write a ticket down; of too many the oldest go."""
    await fetch(_ADD_TICKET, ticket_hash, session_id, expires_at)
    await fetch(_DROP_SURPLUS_TICKETS, session_id, kept_max)


async def redeem(hashes: Sequence[bytes], now: datetime) -> dict[bytes, Principal]:
    """Take tickets, and find whose they were."""
    return _principals(await fetch(_REDEEM, list(hashes), now))


async def ended_between(after: datetime, now: datetime) -> list[UUID]:
    """Find the sessions that were revoked, or ran out, since a moment not long ago."""
    return _ids(await fetch(_ENDED_BETWEEN, after, now))


def _principals(rows: Sequence[Record]) -> dict[bytes, Principal]:
    return {row["hash"]: Principal(row["user_id"], Role(row["role"]), row["id"]) for row in rows}


def _ids(rows: Sequence[Record]) -> list[UUID]:
    return [row["id"] for row in rows]

"""Every query about an account as a whole: whose address, what opens it, whether it rests."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from backend.domains.identity.messages import EmailTaken
from backend.persistence.database import Record, fetch

_OWNER = """
SELECT u.id AS user_id, u.email, u.is_active, u.deactivated_by, u.email_verified_at,
       EXISTS (SELECT FROM credential AS c WHERE c.user_id = u.id AND c.kind = 'password')
           AS has_password
FROM "user" AS u
"""
_LOCK_BY_EMAIL = f"{_OWNER} WHERE lower(u.email) = lower($1) FOR NO KEY UPDATE OF u"
_LOCK = f"{_OWNER} WHERE u.id = $1 FOR NO KEY UPDATE OF u"
_PROVE_EMAIL = """
UPDATE "user" SET email_verified_at = $2, updated_at = $2 WHERE id = $1
"""
_CHANGE_EMAIL = """
UPDATE "user" SET email = $2, email_verified_at = $3, updated_at = $3 WHERE id = $1
"""
_REST = """
UPDATE "user" SET is_active = false, deactivated_at = $2, deactivated_by = $3, updated_at = $2
WHERE id = $1
"""
_WAKE = """
UPDATE "user" SET is_active = true, deactivated_at = NULL, deactivated_by = NULL, updated_at = $2
WHERE id = $1
"""
_DROP_CREDENTIALS = "DELETE FROM credential WHERE user_id = $1"
_PUT_PASSWORD = """
INSERT INTO credential (id, user_id, kind, secret_hash, created_at, updated_at)
VALUES ($1, $2, 'password', $3, $4, $4)
ON CONFLICT (user_id) WHERE kind = 'password'
DO UPDATE SET secret_hash = excluded.secret_hash, updated_at = excluded.updated_at
"""  # noqa: S105 - a query
_PASSWORD_HASH = "SELECT secret_hash FROM credential WHERE user_id = $1 AND kind = 'password'"  # noqa: S105 - a query
_CREDENTIALS = """
SELECT id, kind, issuer, created_at, updated_at, last_used_at FROM credential
WHERE user_id = $1 ORDER BY id
"""
_DROP_CREDENTIAL = "DELETE FROM credential WHERE id = $1 AND user_id = $2 RETURNING 1"
_GIVE_CONSENT = """
INSERT INTO consent (user_id, document, version, given_at) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
"""
_CONSENTS = """
SELECT document, version, given_at FROM consent WHERE user_id = $1 ORDER BY given_at, document
"""
_SIGNED_IN_AT = "SELECT created_at FROM session WHERE id = $1"


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose account it is, and how it stands."""

    user_id: UUID
    email: str
    is_active: bool
    deactivated_by: str | None
    email_verified_at: datetime | None
    has_password: bool


async def lock_by_email(email: str) -> Owner | None:
    """Read the account of an address; nobody else may change it meanwhile."""
    return _owner(await fetch(_LOCK_BY_EMAIL, email))


async def lock(user_id: UUID) -> Owner | None:
    """Read an account; nobody else may change it meanwhile."""
    return _owner(await fetch(_LOCK, user_id))


def _owner(rows: Sequence[Record]) -> Owner | None:
    return Owner(**rows[0]) if rows else None


async def prove_email(user_id: UUID, now: datetime) -> None:
    """Note that the owner of the address is the owner of the account."""
    await fetch(_PROVE_EMAIL, user_id, now)


async def change_email(user_id: UUID, email: str, now: datetime) -> None:
    """Give an account another address, which was proved. Raises EmailTaken."""
    try:
        await fetch(_CHANGE_EMAIL, user_id, email, now)
    except asyncpg.UniqueViolationError:
        raise EmailTaken from None


async def rest(user_id: UUID, by: str, now: datetime) -> None:
    """Deactivate an account."""
    await fetch(_REST, user_id, now, by)


async def wake(user_id: UUID, now: datetime) -> None:
    """Activate an account again."""
    await fetch(_WAKE, user_id, now)


async def drop_credentials(user_id: UUID) -> None:
    """Remove whatever opens an account."""
    await fetch(_DROP_CREDENTIALS, user_id)


async def put_password(credential_id: UUID, user_id: UUID, secret_hash: str, now: datetime) -> None:
    """Give an account this password, whether it had one or not."""
    await fetch(_PUT_PASSWORD, credential_id, user_id, secret_hash, now)


async def password_hash_of(user_id: UUID) -> str | None:
    """Read how an account's password is kept; None where it has none."""
    rows = await fetch(_PASSWORD_HASH, user_id)
    return rows[0]["secret_hash"] if rows else None


async def credentials_of(user_id: UUID) -> Sequence[Record]:
    """Read what opens an account."""
    return await fetch(_CREDENTIALS, user_id)


async def drop_credential(credential_id: UUID, user_id: UUID) -> bool:
    """Remove one thing that opens an account; tells whether there was one of this id."""
    return bool(await fetch(_DROP_CREDENTIAL, credential_id, user_id))


async def give_consent(user_id: UUID, document: str, version: str, now: datetime) -> None:
    """Note what somebody agreed to; the first time counts."""
    await fetch(_GIVE_CONSENT, user_id, document, version, now)


async def consents_of(user_id: UUID) -> Sequence[Record]:
    """Read what somebody agreed to."""
    return await fetch(_CONSENTS, user_id)


async def signed_in_at(session_id: UUID) -> datetime | None:
    """Read when a session began."""
    rows = await fetch(_SIGNED_IN_AT, session_id)
    return rows[0]["created_at"] if rows else None

"""Every query about links: they are kept as hashes, and each opens once."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from backend.persistence.database import fetch

_ADD = """
INSERT INTO auth_token (id, purpose, email, user_id, token_hash, challenge, return_to, issuer,
                        subject, name, is_email_known, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
# Whose links are changed is locked first, as everywhere; then all that are used up together, in one
# order. So nobody who opens another of them at this moment waits in a circle.
_LOCK_PEOPLE = """
SELECT FROM "user" WHERE id IN (
    SELECT user_id FROM auth_token WHERE token_hash = $1
    UNION
    SELECT u.id FROM auth_token AS t JOIN "user" AS u ON lower(u.email) = lower(t.email)
    WHERE t.token_hash = $1
) ORDER BY id FOR NO KEY UPDATE
"""
_LOCK_ALIKE = """
SELECT FROM auth_token WHERE id IN (
    SELECT id FROM auth_token WHERE token_hash = $1
    UNION
    SELECT alike.id FROM auth_token AS t
    JOIN auth_token AS alike ON lower(alike.email) = lower(t.email) AND alike.purpose = t.purpose
    WHERE t.token_hash = $1 AND alike.consumed_at IS NULL
) ORDER BY id FOR UPDATE
"""
_READ = """
SELECT id, purpose, email, user_id, challenge, issuer, subject, name, is_email_known, expires_at,
       consumed_at
FROM auth_token WHERE token_hash = $1
"""
# With the one that was opened, all go that were sent to the same address for the same.
_CONSUME = """
UPDATE auth_token SET consumed_at = $4
WHERE consumed_at IS NULL AND purpose = $2 AND (id = $1 OR lower(email) = lower($3))
"""
_CONSUME_OF_USER = """
UPDATE auth_token SET consumed_at = $2 WHERE user_id = $1 AND consumed_at IS NULL
"""


class Purpose(StrEnum):
    """What a link is for."""

    SIGN_IN = "sign_in"
    VERIFY_EMAIL = "verify_email"
    CHANGE_EMAIL = "change_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose
    OIDC = "oidc"
    """An issuer has vouched for somebody; no letter is sent."""


class NewLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link as it is written down."""

    id: UUID
    purpose: Purpose
    token_hash: bytes
    return_to: str
    expires_at: datetime
    email: str | None = None
    user_id: UUID | None = None
    challenge: bytes | None = None
    issuer: str | None = None
    subject: str | None = None
    name: str | None = None
    is_email_known: bool = True


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link that was opened, and what became of it."""

    id: UUID
    purpose: Purpose
    email: str | None
    user_id: UUID | None
    challenge: bytes | None
    issuer: str | None
    subject: str | None
    name: str | None
    is_email_known: bool
    expires_at: datetime
    consumed_at: datetime | None


async def add(link: NewLink, now: datetime) -> None:
    """Write a link down."""
    await fetch(
        _ADD,
        link.id,
        link.purpose.value,
        link.email,
        link.user_id,
        link.token_hash,
        link.challenge,
        link.return_to,
        link.issuer,
        link.subject,
        link.name,
        link.is_email_known,
        now,
        link.expires_at,
    )


async def lock(token_hash: bytes) -> Link | None:
    """Read a link; nobody else may open it meanwhile, nor another for the same.

    It is read last, so that what was committed while the locks were waited for is seen.
    """
    await fetch(_LOCK_PEOPLE, token_hash)
    await fetch(_LOCK_ALIKE, token_hash)
    rows = await fetch(_READ, token_hash)
    return Link(**{**rows[0], "purpose": Purpose(rows[0]["purpose"])}) if rows else None


async def consume(link: Link, now: datetime) -> None:
    """Note that a link was opened; others for the same are not needed any more."""
    await fetch(_CONSUME, link.id, link.purpose.value, link.email, now)


async def consume_all_of(user_id: UUID, now: datetime) -> None:
    """Let no link open anything any more that was made for an account."""
    await fetch(_CONSUME_OF_USER, user_id, now)

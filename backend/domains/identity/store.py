"""Every query about people, their profiles and what proves who they are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from actors.ports import Work
from actors.principal import Principal
from backend.domains.identity.bodies import Account
from backend.domains.identity.messages import EmailTaken, LoveLanguage, Profile
from backend.domains.identity.tables import User
from backend.persistence.database import Record, fetch
from protocol.messages import Role

_PROFILES = """
SELECT id, name, nickname, phone, photo_url, time_zone, time_zone_before, time_zone_from, locale,
       love_language_primary, love_language_secondary, relationship_preferences
FROM "user" WHERE id = ANY($1)
"""
_ACCOUNT = 'SELECT * FROM "user" WHERE id = $1'
_ADD_USER = """
INSERT INTO "user" (id, email, name, nickname, time_zone, locale, role, tier, flags,
                    relationship_preferences, is_active, created_at, updated_at, last_active_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'free', '{}', '{}', true, $8, $8, $8)
"""
_ADD_CREDENTIAL = """
INSERT INTO credential (id, user_id, kind, secret_hash, created_at, updated_at)
VALUES ($1, $2, 'password', $3, $4, $4)
"""
_HOLDER_OF = 'SELECT id AS user_id, email FROM "user" WHERE lower(email) = lower($1)'
_ADDRESSEE = """
SELECT email, time_zone FROM "user"
WHERE id = $1 AND is_active AND email_verified_at IS NOT NULL
"""
_TIER_OF = 'SELECT tier FROM "user" WHERE id = $1'
_EMAIL_OF = """
SELECT email FROM "user" WHERE id = $1 AND strpos(email, '@') > 0
"""
_CREDENTIAL_OF = """
SELECT u.id AS user_id, c.id AS credential_id, c.secret_hash
FROM "user" AS u JOIN credential AS c ON c.user_id = u.id AND c.kind = 'password'
WHERE lower(u.email) = lower($1)
"""
_RENEW_CREDENTIAL = """
UPDATE credential SET secret_hash = $3, updated_at = $4 WHERE id = $1 AND secret_hash = $2
"""
_LOCK_ROLE = """
SELECT id AS user_id, role FROM "user" WHERE lower(email) = lower($1) FOR NO KEY UPDATE
"""
_WRITE_ROLE = 'UPDATE "user" SET role = $2, updated_at = $3 WHERE id = $1'


async def load_profiles(keys: Sequence[UUID]) -> Mapping[UUID, Profile]:
    """Read the profiles of many people."""
    return {row["id"]: _profile(row) for row in await fetch(_PROFILES, list(keys))}


async def show_profile(key: UUID, _reader: Principal) -> Profile | None:
    """Show a person their profile; nobody else reads their topic."""
    return (await load_profiles([key])).get(key)


def write_profile(work: Work, user_id: UUID, profile: Profile, now: datetime) -> None:
    """Write a profile down, whole."""
    columns: dict[str, Any] = {name: getattr(profile, name) for name in profile.__struct_fields__}
    work.update(User, {"id": user_id}, **columns, updated_at=now)


def _profile(row: Record) -> Profile:
    return Profile(
        name=row["name"],
        nickname=row["nickname"],
        phone=row["phone"],
        photo_url=row["photo_url"],
        time_zone=row["time_zone"],
        time_zone_before=row["time_zone_before"],
        time_zone_from=row["time_zone_from"],
        locale=row["locale"],
        love_language_primary=_love_language(row["love_language_primary"]),
        love_language_secondary=_love_language(row["love_language_secondary"]),
        relationship_preferences=msgspec.json.decode(row["relationship_preferences"]),
    )


def _love_language(name: str | None) -> LoveLanguage | None:
    return LoveLanguage(name) if name else None


async def read_account(user_id: UUID) -> Account | None:
    """Read all that a person is told of their own account."""
    rows = await fetch(_ACCOUNT, user_id)
    if not rows:
        return None
    row = rows[0]
    return Account(
        id=row["id"],
        email=row["email"],
        role=Role(row["role"]),
        tier=row["tier"],
        flags=msgspec.json.decode(row["flags"]),
        created_at=row["created_at"],
        email_verified_at=row["email_verified_at"],
        profile=_profile(row),
    )


class Addressee(msgspec.Struct, frozen=True):
    """Where somebody may be written to, and by which clock they live."""

    email: str
    time_zone: str


async def addressee_of(user_id: UUID) -> Addressee | None:
    """Say where to write to somebody; None unless they proved their address, and are active."""
    rows = await fetch(_ADDRESSEE, user_id)
    return Addressee(**rows[0]) if rows else None


class Holder(msgspec.Struct, frozen=True):
    """Whose account has an address, and how they write it themselves."""

    user_id: UUID
    email: str


async def holder_of(email: str) -> Holder | None:
    """Find whose account has an address, whatever its case."""
    rows = await fetch(_HOLDER_OF, email)
    return Holder(**rows[0]) if rows else None


async def email_of(user_id: UUID) -> str | None:
    """Find the address of an account; one that is erased has none."""
    rows = await fetch(_EMAIL_OF, user_id)
    return rows[0]["email"] if rows else None


async def tier_of(user_id: UUID) -> str:
    """Say which tier somebody's account has."""
    tier: str = (await fetch(_TIER_OF, user_id))[0]["tier"]
    return tier


async def add_user(
    user_id: UUID, *, email: str, profile: Profile, role: Role, now: datetime
) -> None:
    """Write a new person down. Raises EmailTaken."""
    try:
        await fetch(
            _ADD_USER,
            user_id,
            email,
            profile.name,
            profile.nickname,
            profile.time_zone,
            profile.locale,
            role.value,
            now,
        )
    except asyncpg.UniqueViolationError as violation:
        if violation.constraint_name != "user_email":
            raise
        raise EmailTaken from None


class RoleOf(msgspec.Struct, frozen=True):
    """Whose role it is, and which."""

    user_id: UUID
    role: Role


async def lock_role(email: str) -> RoleOf | None:
    """Read the role of the account of an e-mail address; nobody else may change it meanwhile."""
    rows = await fetch(_LOCK_ROLE, email)
    return RoleOf(rows[0]["user_id"], Role(rows[0]["role"])) if rows else None


async def write_role(user_id: UUID, role: Role, now: datetime) -> None:
    """Write down which role a person has."""
    await fetch(_WRITE_ROLE, user_id, role.value, now)


async def add_password(credential_id: UUID, user_id: UUID, secret_hash: str, now: datetime) -> None:
    """Write a person's password down, as its hash."""
    await fetch(_ADD_CREDENTIAL, credential_id, user_id, secret_hash, now)


class PasswordOf(msgspec.Struct, frozen=True):
    """Whose password it is, and how it is kept."""

    user_id: UUID
    credential_id: UUID
    secret_hash: str


async def password_of(email: str) -> PasswordOf | None:
    """Find the password that belongs to an e-mail address, whatever its case."""
    rows = await fetch(_CREDENTIAL_OF, email)
    return PasswordOf(**rows[0]) if rows else None


async def renew_password_hash(password: PasswordOf, secret_hash: str, now: datetime) -> None:
    """Keep the same password as another hash, unless it was changed meanwhile."""
    await fetch(_RENEW_CREDENTIAL, password.credential_id, password.secret_hash, secret_hash, now)

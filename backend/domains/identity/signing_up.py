"""Signing up: a new person, with all that every person has, in one transaction."""

from uuid import UUID

import msgspec

from backend.domains.identity import rules, store
from backend.domains.identity.identity import Identity
from backend.domains.identity.messages import Profile
from backend.persistence.engine import DB
from protocol.messages import Role


class Newcomer(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to have an account, and what of it is known."""

    email: str
    secret_hash: str | None = None
    """Their password as it is kept; None for who comes in otherwise."""
    name: str | None = None
    nickname: str | None = None
    time_zone: str = "UTC"
    locale: str = "en"
    role: Role = Role.USER


async def sign_up(  # noqa: PLR0913 - what an account begins with, by name
    identity: Identity,
    *,
    email: str,
    password: str,
    name: str | None = None,
    nickname: str | None = None,
    time_zone: str = "UTC",
    locale: str = "en",
    role: Role = Role.USER,
) -> UUID:
    """Make an account with a password; returns the person's id.

    Raises EmailTaken, WeakPassword, UnknownTimeZone, Overloaded.
    """
    newcomer = Newcomer(
        email=email.strip(),
        secret_hash=await hash_first(identity, password, email.strip()),
        name=name,
        nickname=nickname,
        time_zone=time_zone,
        locale=locale,
        role=role,
    )
    return await add_person(identity, newcomer)


async def hash_first(identity: Identity, password: str, email: str) -> str:
    """Hash the first password of an account. Raises WeakPassword, Overloaded.

    Not within a transaction: nobody else is to wait for a connection meanwhile.
    """
    rules.check_password(password, email)
    return await identity.passwords.hash(password)


async def add_person(identity: Identity, newcomer: Newcomer) -> UUID:
    """Make an account, within the caller's transaction if there is one; returns the person's id.

    Raises EmailTaken, UnknownTimeZone.
    """
    rules.check_time_zone(newcomer.time_zone)
    profile = Profile(
        name=(newcomer.name or newcomer.email.partition("@")[0][:80]).strip(),
        nickname=newcomer.nickname.strip() if newcomer.nickname else None,
        time_zone=newcomer.time_zone,
        locale=newcomer.locale,
    )
    now = identity.clock.now()
    user_id = identity.new_id(now)
    async with DB.transaction() as transaction:
        await store.add_user(
            user_id, email=newcomer.email, profile=profile, role=newcomer.role, now=now
        )
        if newcomer.secret_hash is not None:
            await store.add_password(identity.new_id(now), user_id, newcomer.secret_hash, now)
        for hook in identity.on_sign_up:
            await hook(transaction.connection, user_id, now)
    return user_id

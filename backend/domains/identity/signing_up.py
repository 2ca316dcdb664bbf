"""Signing up: a new person, with all that every person has, in one transaction."""

from uuid import UUID

from backend.domains.identity import rules, store
from backend.domains.identity.identity import Identity
from backend.domains.identity.messages import Profile
from backend.persistence.engine import DB
from protocol.messages import Role


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
    """Make an account, within the caller's transaction if there is one; returns the person's id.

    Raises EmailTaken, WeakPassword, UnknownTimeZone, Overloaded.
    """
    email = email.strip()
    rules.check_time_zone(time_zone)
    rules.check_password(password, email)
    profile = Profile(
        name=(name or email.partition("@")[0][:80]).strip(),
        nickname=nickname.strip() if nickname else None,
        time_zone=time_zone,
        locale=locale,
    )
    secret_hash = await identity.passwords.hash(password)
    now = identity.clock.now()
    user_id = identity.new_id(now)
    async with DB.transaction() as transaction:
        await store.add_user(user_id, email=email, profile=profile, role=role, now=now)
        await store.add_password(identity.new_id(now), user_id, secret_hash, now)
        for hook in identity.on_sign_up:
            await hook(transaction.connection, user_id, now)
    return user_id

"""Confirming: who does what a thief with an open device would do, proves again who they are."""

from datetime import timedelta
from uuid import UUID

from actors.principal import Principal
from backend.domains.identity import account_store
from backend.domains.identity.account_store import Owner
from backend.domains.identity.alive import alive_among
from backend.domains.identity.identity import Identity
from backend.domains.identity.messages import ConfirmationNeeded, WrongCredentials
from protocol.common import Unauthenticated


async def confirm(identity: Identity, principal: Principal, password: str | None) -> None:
    """Make sure it is the owner who asks: by the password, or because they signed in just now.

    Raises ConfirmationNeeded, WrongCredentials, RateLimited.
    """
    if password is None:
        await _check_fresh(identity, principal.session_id)
        return
    await identity.count(confirm_account=str(principal.user_id))
    secret_hash = await account_store.password_hash_of(principal.user_id)
    if not await identity.passwords.matches(password, secret_hash):
        raise WrongCredentials
    await identity.uncount(confirm_account=str(principal.user_id))


async def lock_asker(identity: Identity, principal: Principal) -> Owner:
    """Lock the account of who was confirmed, in the caller's transaction. Raises Unauthenticated.

    Their session may have ended since they asked: by the owner, who has another password by now
    and has sent everybody else out.
    """
    owner = await account_store.lock(principal.user_id)
    session_id = principal.session_id
    if owner is None or session_id is None:
        raise Unauthenticated
    if not await alive_among([session_id], identity.clock.now()):
        raise Unauthenticated
    return owner


async def _check_fresh(identity: Identity, session_id: UUID | None) -> None:
    fresh_for: timedelta = identity.settings.fresh_for
    began_at = await account_store.signed_in_at(session_id) if session_id else None
    if began_at is None or identity.clock.now() - began_at > fresh_for:
        raise ConfirmationNeeded(within_s=int(fresh_for.total_seconds()))

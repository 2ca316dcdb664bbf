"""Changing a password: by who knows it, or by who opened a link sent to their address."""

from actors.principal import Principal
from backend.domains.identity import account_store, bodies, rules, session_store
from backend.domains.identity.account.confirming import confirm, lock_asker
from backend.domains.identity.account.standing import let_in, prove_email
from backend.domains.identity.account_store import Owner
from backend.domains.identity.bodies import SignedIn
from backend.domains.identity.identity import Ending, Identity
from backend.domains.identity.links import link_store
from backend.domains.identity.links.link_store import Purpose
from backend.domains.identity.links.notices import Notice
from backend.domains.identity.links.opening import take
from backend.domains.identity.links.wanted import SEND_NOTICE, notice_to
from backend.domains.identity.messages import LinkUnknown
from backend.domains.identity.sessions import add_session
from backend.domains.identity.signing_in import welcome
from backend.domains.identity.throttle import network_of
from backend.domains.identity.visitor import Visitor


async def change_password(
    identity: Identity, principal: Principal, wish: bodies.ChangePassword
) -> None:
    """Give an account another password, or its first; all other sessions end.

    Raises ConfirmationNeeded, WrongCredentials, WeakPassword, RateLimited, Overloaded.
    """
    await confirm(identity, principal, wish.current_password)
    secret_hash = await identity.passwords.hash(wish.password)
    async with identity.transaction() as later:
        owner = await lock_asker(identity, principal)
        rules.check_password(wish.password, owner.email)
        await _put(identity, owner, secret_hash)
        now, reason = identity.clock.now(), Ending.PASSWORD_CHANGED
        ended = await session_store.end_all(owner.user_id, principal.session_id, now, reason.value)
        later(SEND_NOTICE, notice_to(Notice.PASSWORD_CHANGED, owner))
    identity.closed(ended, reason)


async def reset_password(
    identity: Identity, wish: bodies.ResetPassword, visitor: Visitor
) -> SignedIn:
    """Give an account another password by the link for that; every session ends, and one begins.

    Raises LinkUnknown, LinkUsed, LinkExpired, WeakPassword, AccountInactive, Overloaded.
    """
    await identity.count(open_link_address=network_of(visitor.address))
    # Before the transaction: nobody else is to wait for a connection meanwhile.
    secret_hash = await identity.passwords.hash(wish.password)
    async with identity.transaction() as later:
        link = await take(identity, wish.token, Purpose.RESET_PASSWORD, verifier=wish.verifier)
        owner = await account_store.lock_by_email(link.email or "")
        if owner is None or owner.user_id != link.user_id:
            raise LinkUnknown  # The account has another address by now.
        await let_in(identity, owner, reactivate=True)
        rules.check_password(wish.password, owner.email)
        ended = await prove_email(identity, owner)
        await _put(identity, owner, secret_hash)
        now, reason = identity.clock.now(), Ending.PASSWORD_CHANGED
        ended += await session_store.end_all(owner.user_id, None, now, reason.value)
        later(SEND_NOTICE, notice_to(Notice.PASSWORD_CHANGED, owner))
        opened = await add_session(identity, owner.user_id, visitor, wish.device_name)
    identity.closed(ended, reason)
    return await welcome(identity, opened)


async def _put(identity: Identity, owner: Owner, secret_hash: str) -> None:
    """Keep a password, in the caller's transaction; links that were sent open nothing any more."""
    now = identity.clock.now()
    await account_store.put_password(identity.new_id(now), owner.user_id, secret_hash, now)
    await link_store.consume_all_of(owner.user_id, now)

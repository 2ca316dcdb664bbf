"""Changing the address of an account, and proving the one it has.

The link opens only for who is signed in to the same account: somebody else's address, given by
mistake or on purpose, would otherwise be proved by its owner for an account that is not theirs.
"""

from actors.principal import Principal
from backend.domains.identity import account_store, bodies
from backend.domains.identity.account.confirming import confirm, lock_asker
from backend.domains.identity.identity import Identity
from backend.domains.identity.links import link_store
from backend.domains.identity.links.asking import ask_for_link
from backend.domains.identity.links.link_store import Purpose
from backend.domains.identity.links.notices import Notice
from backend.domains.identity.links.opening import take
from backend.domains.identity.links.wanted import SEND_NOTICE, notice_to
from backend.domains.identity.messages import EmailTaken, LinkUnknown
from backend.domains.identity.visitor import Visitor
from protocol.common import Unauthenticated


async def ask_to_change_email(
    identity: Identity, principal: Principal, wish: bodies.ChangeEmail, visitor: Visitor
) -> None:
    """Send a link to the address somebody wants; nothing changes before they open it.

    Whether another account has the address shows only then, to who has proved to own it.
    Raises ConfirmationNeeded, WrongCredentials, ReturnToNotAllowed, RateLimited.
    """
    await confirm(identity, principal, wish.current_password)
    await ask_for_link(
        identity,
        visitor,
        purpose=Purpose.CHANGE_EMAIL,
        email=wish.email,
        return_to=wish.return_to,
        user_id=principal.user_id,
    )


async def ask_to_verify_email(
    identity: Identity, principal: Principal, wish: bodies.VerifyEmail, visitor: Visitor
) -> None:
    """Send a link to the address an account has. Raises ReturnToNotAllowed, RateLimited."""
    owner = await account_store.lock(principal.user_id)
    if owner is None:
        raise Unauthenticated
    if owner.email_verified_at is None:
        await ask_for_link(
            identity,
            visitor,
            purpose=Purpose.VERIFY_EMAIL,
            email=owner.email,
            return_to=wish.return_to,
            user_id=owner.user_id,
        )


async def confirm_email(
    identity: Identity, principal: Principal, wish: bodies.ConfirmEmail
) -> None:
    """Prove an address by the link that was sent there; a new one is the account's from then on.

    Raises LinkUnknown, LinkUsed, LinkExpired, EmailTaken.
    """
    async with identity.transaction() as later:
        link = await take(identity, wish.token, Purpose.VERIFY_EMAIL, Purpose.CHANGE_EMAIL)
        owner = await lock_asker(identity, principal)
        if link.user_id != owner.user_id or link.email is None:
            raise LinkUnknown
        now = identity.clock.now()
        if link.purpose is Purpose.VERIFY_EMAIL:
            if link.email.lower() != owner.email.lower():
                raise LinkUnknown  # The account has another address by now.
            await account_store.prove_email(owner.user_id, now)
            return
        other = await account_store.lock_by_email(link.email)
        if other is not None and other.user_id != owner.user_id:
            raise EmailTaken
        await account_store.change_email(owner.user_id, link.email, now)
        await link_store.consume_all_of(owner.user_id, now)
        later(SEND_NOTICE, notice_to(Notice.EMAIL_CHANGED, owner))

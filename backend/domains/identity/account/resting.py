"""Resting: an account that its owner deactivated, until they come back."""

from actors.principal import Principal
from backend.domains.identity import account_store, bodies, session_store
from backend.domains.identity.account.confirming import confirm
from backend.domains.identity.identity import Ending, Identity
from backend.domains.identity.links.notices import Notice
from backend.domains.identity.links.wanted import SEND_NOTICE, NoticeWanted
from protocol.common import Unauthenticated


async def deactivate(identity: Identity, principal: Principal, wish: bodies.Deactivate) -> None:
    """Let an account rest: every session ends, and nobody sees its owner any more.

    Raises ConfirmationNeeded, WrongCredentials, RateLimited.
    """
    await confirm(identity, principal, wish.current_password)
    reason = Ending.DEACTIVATED
    async with identity.transaction() as later:
        owner = await account_store.lock(principal.user_id)
        if owner is None:
            raise Unauthenticated
        now = identity.clock.now()
        await account_store.rest(owner.user_id, "user", now)
        ended = await session_store.end_all(owner.user_id, None, now, reason.value)
        later(SEND_NOTICE, NoticeWanted(notice=Notice.DEACTIVATED, email=owner.email))
    identity.closed(ended, reason)

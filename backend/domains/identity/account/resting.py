"""Resting: an account that its owner deactivated, until they come back."""

from uuid import UUID

import msgspec

from actors.principal import Principal
from backend.domains.identity import account_store, bodies, session_store
from backend.domains.identity.account.confirming import confirm, lock_asker
from backend.domains.identity.account_store import Owner
from backend.domains.identity.identity import Ending, Identity
from backend.domains.identity.links.notices import Notice
from backend.domains.identity.links.wanted import SEND_NOTICE, notice_to


class Resting(msgspec.Struct, frozen=True, kw_only=True):
    """An account that was laid to rest: whose it is, and which sessions ended.

    Once that is durable, their sockets are closed by `Identity.closed(ended, reason)`.
    """

    owner: Owner
    ended: list[UUID]
    reason: Ending = Ending.DEACTIVATED


async def rest(identity: Identity, principal: Principal) -> Resting:
    """Lay the account of who was confirmed to rest, in the caller's transaction.

    Raises Unauthenticated.
    """
    owner = await lock_asker(identity, principal)
    now, reason = identity.clock.now(), Ending.DEACTIVATED
    await account_store.rest(owner.user_id, "user", now)
    ended = await session_store.end_all(owner.user_id, None, now, reason.value)
    return Resting(owner=owner, ended=ended, reason=reason)


async def deactivate(identity: Identity, principal: Principal, wish: bodies.Deactivate) -> None:
    """Let an account rest: every session ends, and nobody sees its owner any more.

    Raises ConfirmationNeeded, WrongCredentials, RateLimited, and what another room refuses it with.
    """
    await confirm(identity, principal, wish.current_password)
    async with identity.transaction() as later:
        for hook in identity.on_rest:
            await hook(principal.user_id)
        resting = await rest(identity, principal)
        later(SEND_NOTICE, notice_to(Notice.DEACTIVATED, resting.owner))
    identity.closed(resting.ended, resting.reason)

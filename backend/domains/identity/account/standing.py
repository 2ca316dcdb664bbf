"""How an account stands: whether it opens, and what its first proof of an address changes."""

from uuid import UUID

from backend.domains.identity import account_store, session_store
from backend.domains.identity.account_store import Owner
from backend.domains.identity.identity import Ending, Identity
from backend.domains.identity.messages import AccountInactive, AccountResting


async def let_in(identity: Identity, owner: Owner, *, reactivate: bool) -> None:
    """Make sure an account opens; one that rests is woken where its owner wants that.

    Raises AccountInactive, AccountResting, and what another room refuses waking with.
    """
    if owner.is_active:
        return
    if owner.deactivated_by != "user":
        raise AccountInactive
    if not reactivate:
        raise AccountResting
    now = identity.clock.now()
    for hook in identity.on_wake:
        await hook(owner.user_id, now)
    await account_store.wake(owner.user_id, now)


async def prove_email(identity: Identity, owner: Owner) -> list[UUID]:
    """Note that the owner of the address stands here; returns the sessions that ended by it.

    Whoever made the account before this proof may have been somebody else, who waits for its owner
    to come with a password of theirs in their pocket (Sudhodanan and Paverd, "Pre-hijacked
    accounts", 2022). So what opened it until now opens it no more.
    """
    if owner.email_verified_at is not None:
        return []
    now = identity.clock.now()
    await account_store.prove_email(owner.user_id, now)
    await account_store.drop_credentials(owner.user_id)
    return await session_store.end_all(owner.user_id, None, now, Ending.EMAIL_PROVED.value)

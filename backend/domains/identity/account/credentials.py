"""Credentials: the ways into an account, as its owner sees and removes them."""

from uuid import UUID

from actors.principal import Principal
from backend.domains.identity import account_store
from backend.domains.identity.account.confirming import confirm, lock_asker
from backend.domains.identity.bodies import CredentialShown, CredentialsShown
from backend.domains.identity.identity import Identity
from backend.domains.identity.links.notices import Notice
from backend.domains.identity.links.wanted import SEND_NOTICE, notice_to
from backend.domains.identity.messages import LastWayIn
from protocol.common import NotFound


async def show_credentials(user_id: UUID) -> CredentialsShown:
    """Show what opens an account; none of it shows anything secret."""
    rows = await account_store.credentials_of(user_id)
    return CredentialsShown(credentials=[CredentialShown(**row) for row in rows])


async def remove_credential(identity: Identity, principal: Principal, credential_id: UUID) -> None:
    """Take one way into an account away. Raises NotFound, LastWayIn, ConfirmationNeeded.

    An address that was proved is a way in as well, by a link.
    """
    await confirm(identity, principal, None)
    async with identity.transaction() as later:
        owner = await lock_asker(identity, principal)
        if not await account_store.drop_credential(credential_id, owner.user_id):
            raise NotFound(what="credential")
        if owner.email_verified_at is None and not await account_store.credentials_of(
            owner.user_id
        ):
            raise LastWayIn
        later(SEND_NOTICE, notice_to(Notice.CREDENTIAL_REMOVED, owner))

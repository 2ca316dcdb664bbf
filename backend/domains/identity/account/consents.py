"""Consents: what somebody agreed to, in which version; what is in force, the deployment says."""

from collections.abc import Sequence
from uuid import UUID

from backend.domains.identity import account_store
from backend.domains.identity.bodies import Agreement, ConsentShown, ConsentsShown, Document
from backend.domains.identity.identity import Identity
from backend.domains.identity.messages import ConsentOutdated


async def agree(identity: Identity, user_id: UUID, agreements: Sequence[Agreement]) -> None:
    """Note what somebody agrees to, in the caller's transaction. Raises ConsentOutdated."""
    in_force = _in_force(identity)
    for agreement in agreements:
        version = in_force.get(agreement.document, "")
        if agreement.version != version:
            raise ConsentOutdated(document=agreement.document.value, version=version or "none")
        await account_store.give_consent(
            user_id, agreement.document.value, version, identity.clock.now()
        )


async def show_consents(identity: Identity, user_id: UUID) -> ConsentsShown:
    """Show what somebody agreed to, and what of what is in force they did not."""
    given = [
        ConsentShown(
            document=Document(row["document"]), version=row["version"], given_at=row["given_at"]
        )
        for row in await account_store.consents_of(user_id)
    ]
    agreed = {(consent.document, consent.version) for consent in given}
    missing = [
        Agreement(document=document, version=version)
        for document, version in _in_force(identity).items()
        if (document, version) not in agreed
    ]
    return ConsentsShown(given=given, missing=missing)


def _in_force(identity: Identity) -> dict[Document, str]:
    settings = identity.settings
    versions = {
        Document.TERMS: settings.terms_version,
        Document.PRIVACY: settings.privacy_version,
    }
    return {document: version for document, version in versions.items() if version}

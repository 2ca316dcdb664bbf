"""Coming in: whose account opens by an account elsewhere, and how it came to be so."""

from uuid import UUID

from actors.principal import Principal
from backend.domains.identity import account_store
from backend.domains.identity.account.confirming import lock_asker
from backend.domains.identity.account.standing import let_in, prove_email
from backend.domains.identity.bodies import OpenLink
from backend.domains.identity.identity import Identity
from backend.domains.identity.links.link_store import Link, Purpose
from backend.domains.identity.links.notices import Notice
from backend.domains.identity.links.opening import take
from backend.domains.identity.links.wanted import SEND_NOTICE, notice_to
from backend.domains.identity.messages import EmailNeeded, EmailTaken, LinkUnknown
from backend.domains.identity.oidc import attempt_store
from backend.domains.identity.signing_up import Newcomer, add_person
from backend.persistence.with_jobs import Later


async def owner_of(
    identity: Identity, link: Link, wish: OpenLink, later: Later
) -> tuple[UUID, list[UUID]]:
    """Find or make the account somebody comes in to; returns whose, and which sessions ended.

    An account that has the same address is theirs only where the issuer says that the address is:
    and where nobody had proved that before, whoever made the account is out.
    Raises EmailTaken, EmailNeeded, AccountInactive, AccountResting.
    """
    if link.user_id is not None or link.issuer is None or link.subject is None:
        raise LinkUnknown  # It was to open an account of somebody who is signed in.
    now = identity.clock.now()
    known = await attempt_store.owner_of(link.issuer, link.subject)
    if known is not None:
        owner = await account_store.lock(known)
        if owner is None:
            raise LinkUnknown
        await let_in(identity, owner, reactivate=wish.reactivate)
        await attempt_store.note_use(link.issuer, link.subject, now)
        return known, []
    if link.email is None:
        raise EmailNeeded
    owner = await account_store.lock_by_email(link.email)
    if owner is None:
        user_id = await _make(identity, link, wish)
        ended: list[UUID] = []
    else:
        if not link.is_email_known:
            raise EmailTaken
        await let_in(identity, owner, reactivate=wish.reactivate)
        user_id, ended = owner.user_id, await prove_email(identity, owner)
        later(SEND_NOTICE, notice_to(Notice.CREDENTIAL_ADDED, owner))
    await attempt_store.add_credential(
        identity.new_id(now), user_id, link.issuer, link.subject, now
    )
    return user_id, ended


async def _make(identity: Identity, link: Link, wish: OpenLink) -> UUID:
    assert link.email is not None  # noqa: S101 - asked before
    newcomer = Newcomer(
        email=link.email,
        name=wish.name or link.name,
        time_zone=wish.time_zone,
        locale=wish.locale,
    )
    user_id = await add_person(identity, newcomer)
    if link.is_email_known:
        await account_store.prove_email(user_id, identity.clock.now())
    return user_id


async def connect(
    identity: Identity, principal: Principal, token: str, verifier: str | None
) -> None:
    """Let an account elsewhere open the account of who is signed in.

    Raises LinkUnknown, LinkUsed, LinkExpired, CredentialTaken.
    """
    async with identity.transaction() as later:
        link = await take(identity, token, Purpose.OIDC, verifier=verifier)
        owner = await lock_asker(identity, principal)
        if link.user_id != owner.user_id or link.issuer is None or link.subject is None:
            raise LinkUnknown
        now = identity.clock.now()
        await attempt_store.add_credential(
            identity.new_id(now), owner.user_id, link.issuer, link.subject, now
        )
        later(SEND_NOTICE, notice_to(Notice.CREDENTIAL_ADDED, owner))

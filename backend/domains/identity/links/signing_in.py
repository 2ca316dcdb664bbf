"""Signing in by a link, or by what an issuer vouched for; who is new has an account then."""

from uuid import UUID

from backend.domains.identity import account_store, bodies
from backend.domains.identity.account.consents import agree
from backend.domains.identity.account.standing import let_in, prove_email
from backend.domains.identity.bodies import SignedIn
from backend.domains.identity.identity import Ending, Identity
from backend.domains.identity.links.link_store import Link, Purpose
from backend.domains.identity.links.opening import take
from backend.domains.identity.oidc import attempting, coming_in
from backend.domains.identity.sessions import add_session
from backend.domains.identity.signing_in import welcome
from backend.domains.identity.signing_up import Newcomer, add_person
from backend.domains.identity.throttle import network_of
from backend.domains.identity.visitor import Visitor


async def open_link(identity: Identity, wish: bodies.OpenLink, visitor: Visitor) -> SignedIn:
    """Sign in by a link; the same one never opens twice.

    Raises LinkUnknown, LinkUsed, LinkExpired, AccountInactive, AccountResting, RateLimited.
    """
    await identity.count(open_link_address=network_of(visitor.address))
    async with identity.transaction() as later:
        link = await take(
            identity, wish.token, Purpose.SIGN_IN, Purpose.OIDC, verifier=wish.verifier
        )
        user_id, ended = (
            await coming_in.owner_of(identity, link, wish, later)
            if link.purpose is Purpose.OIDC
            else await _owner_of(identity, link, wish)
        )
        await agree(identity, user_id, wish.agrees)
        opened = await add_session(identity, user_id, visitor, wish.device_name)
    identity.closed(ended, Ending.EMAIL_PROVED)
    return await welcome(identity, opened)


async def open_id_token(
    identity: Identity, provider: str, shown: bodies.ShowIdToken, visitor: Visitor
) -> SignedIn:
    """Sign in by an ID token that an app was given by a provider's own SDK.

    Raises LinkUnknown, ProviderRefused, and what opening a link may raise.
    """
    await identity.count(open_link_address=network_of(visitor.address))
    begun = await attempting.take(identity, provider, shown.state)
    found = await attempting.verify(identity, provider, shown.state, shown.id_token)
    token = await attempting.vouched(identity, found, begun)
    return await open_link(identity, shown.with_token(token), visitor)


async def _owner_of(
    identity: Identity, link: Link, wish: bodies.OpenLink
) -> tuple[UUID, list[UUID]]:
    """Find or make the account of a link's address; returns whose, and which sessions ended."""
    assert link.email is not None  # noqa: S101 - such a link was sent somewhere
    owner = await account_store.lock_by_email(link.email)
    if owner is not None:
        await let_in(identity, owner, reactivate=wish.reactivate)
        return owner.user_id, await prove_email(identity, owner)
    newcomer = Newcomer(
        email=link.email, name=wish.name, time_zone=wish.time_zone, locale=wish.locale
    )
    user_id = await add_person(identity, newcomer)
    await account_store.prove_email(user_id, identity.clock.now())
    return user_id, []

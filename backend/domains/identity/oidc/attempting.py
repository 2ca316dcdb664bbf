"""Attempts: somebody goes to a provider and comes back, and it is known that it is the same one.

All that ties the two is derived from the state, which the browser carries, and from our own key:
nothing of it is kept but the state's hash.
"""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import msgspec
import structlog

from backend.domains.identity.bodies import BeginOidc, OidcBegun
from backend.domains.identity.identity import Identity
from backend.domains.identity.links import link_store
from backend.domains.identity.links.letters import link_of
from backend.domains.identity.links.link_store import NewLink, Purpose
from backend.domains.identity.messages import (
    LinkUnknown,
    Name,
    NoSuchProvider,
    ProviderRefused,
)
from backend.domains.identity.oidc import attempt_store
from backend.domains.identity.oidc.attempt_store import Begun
from backend.domains.identity.settings import LINK_LIFE
from backend.domains.identity.throttle import network_of
from backend.domains.identity.tokens import TokenKind, hash_of, hash_of_new, new_token
from backend.domains.identity.visitor import Visitor
from backend.integrations.oidc import (
    Attempt,
    CodeRefused,
    Exchange,
    OidcClient,
    OidcIdentity,
    ProviderAway,
    ProviderMisconfigured,
    TokenRefused,
)
from protocol.common import Temporary
from protocol.text import Email

log = structlog.get_logger()

NAME_MAX = 80
REFUSED = "oidc_error=refused"
"""What the browser is led back with when somebody did not go through with it."""


async def begin(
    identity: Identity, name: str, wish: BeginOidc, visitor: Visitor, user_id: UUID | None = None
) -> OidcBegun:
    """Begin an attempt, for somebody who wants in or who wants it to open their account.

    Raises NoSuchProvider, ReturnToNotAllowed, RateLimited, Temporary.
    """
    client = _client(identity, name)
    leads_to = identity.leads_to(wish.return_to)
    await identity.count(oidc_address=network_of(visitor.address))
    state = new_token(TokenKind.LINK)
    attempt = attempt_of(identity, state)
    async with provider_asked():
        url = await client.authorization_url(attempt, redirect_uri=redirect_uri(identity, name))
    begun = Begun(
        challenge=_bytes_of(wish.challenge),
        return_to=leads_to,
        user_id=user_id,
        expires_at=identity.clock.now() + LINK_LIFE,
    )
    await attempt_store.add(hash_of_new(state), name, begun)
    return OidcBegun(authorization_url=url, state=state, nonce=attempt.nonce)


async def come_back(
    identity: Identity, name: str, *, state: str, code: str | None, issuer: str | None
) -> str:
    """Take who came back from a provider, and say where to lead the browser.

    Raises NoSuchProvider, LinkUnknown (for a state that was not begun here), Temporary.
    """
    client = _client(identity, name)
    begun = await take(identity, name, state)
    if code is None:
        return f"{begun.return_to}#{REFUSED}"
    attempt = attempt_of(identity, state)
    exchange = Exchange(
        code=code, code_verifier=attempt.code_verifier, redirect_uri=redirect_uri(identity, name)
    )
    try:
        async with provider_asked():
            found = await client.exchange(exchange, nonce=attempt.nonce, issuer=issuer)
    except ProviderRefused:
        return f"{begun.return_to}#{REFUSED}"
    token = await vouched(identity, found, begun)
    return link_of(begun.return_to, token, Purpose.OIDC)


async def take(identity: Identity, name: str, state: str) -> Begun:
    """Take an attempt, once. Raises LinkUnknown."""
    state_hash = hash_of(state, TokenKind.LINK)
    now = identity.clock.now()
    begun = await attempt_store.take(state_hash, name, now) if state_hash else None
    if begun is None:
        raise LinkUnknown
    return begun


async def verify(identity: Identity, name: str, state: str, id_token: str) -> OidcIdentity:
    """Find out who an app has signed in by a provider's own SDK. Raises ProviderRefused."""
    client = _client(identity, name)
    async with provider_asked():
        return await client.verify(id_token, nonce=attempt_of(identity, state).nonce)


async def vouched(identity: Identity, found: OidcIdentity, begun: Begun) -> str:
    """Make what a provider vouched for a link; returns its token.

    What people may not call themselves here is left out, as if the provider had not said it.
    """
    token, now = new_token(TokenKind.LINK), identity.clock.now()
    email = _if_valid(found.email, Email)
    link = NewLink(
        id=identity.new_id(now),
        purpose=Purpose.OIDC,
        token_hash=hash_of_new(token),
        email=email,
        user_id=begun.user_id,
        challenge=begun.challenge,
        return_to=begun.return_to,
        issuer=found.issuer,
        subject=found.subject,
        name=_if_valid((found.name or "")[:NAME_MAX].strip(), Name),
        is_email_known=email is not None and found.email_verified,
        expires_at=now + LINK_LIFE,
    )
    await link_store.add(link, now)
    return token


def attempt_of(identity: Identity, state: str) -> Attempt:
    """Derive what belongs to a state; nobody without our key can."""
    key = identity.settings.hash_key.encode()

    def derived(what: str) -> str:
        digest = hmac.digest(key, f"{what}\0{state}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    return Attempt(state=state, nonce=derived("nonce"), code_verifier=derived("verifier"))


def redirect_uri(identity: Identity, name: str) -> str:
    """Say where a provider leads people back to; it has to be registered there."""
    return f"{identity.settings.public_url.rstrip('/')}/v1/auth/oidc/{name}/callback"


@asynccontextmanager
async def provider_asked() -> AsyncIterator[None]:
    """Have what a provider does wrong be refused. Raises Temporary, ProviderRefused."""
    try:
        yield
    except ProviderAway:
        raise Temporary(why="the provider is away") from None
    except ProviderMisconfigured as problem:
        log.error("an OpenID provider is set up wrongly", why=str(problem))  # noqa: TRY400 - the sentence says it all
        raise Temporary(why="the provider is away") from None
    except (CodeRefused, TokenRefused) as problem:
        log.warning("an OpenID sign-in was refused", why=str(problem))
        raise ProviderRefused from None


def _if_valid(text: str | None, kind: Any) -> str | None:
    try:
        valid: str = msgspec.convert(text, kind)
    except msgspec.ValidationError:
        return None
    return valid


def _client(identity: Identity, name: str) -> OidcClient:
    client = identity.providers.get(name)
    if client is None:
        raise NoSuchProvider(provider=name)
    return client


def _bytes_of(challenge: str | None) -> bytes | None:
    return base64.urlsafe_b64decode(challenge + "=") if challenge else None

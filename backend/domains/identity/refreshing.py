"""Refreshing: a refresh token is exchanged for a new pair; one that was stolen is noticed."""

from datetime import datetime
from uuid import UUID

import structlog

from backend.domains.identity import session_store
from backend.domains.identity.bodies import SignedIn
from backend.domains.identity.identity import Ending, Identity
from backend.domains.identity.messages import RefreshTokenReused
from backend.domains.identity.rules import Family, Verdict, judge
from backend.domains.identity.sessions import Pair
from backend.domains.identity.signing_in import signed_in
from backend.domains.identity.throttle import network_of
from backend.domains.identity.tokens import (
    TokenKind,
    hash_of,
    hash_of_new,
    new_salt,
    new_token,
    successor_of,
)
from backend.domains.identity.visitor import Visitor
from backend.persistence.engine import DB
from protocol.common import Unauthenticated

log = structlog.get_logger()


async def refresh(identity: Identity, shown: str, visitor: Visitor) -> SignedIn:
    """Exchange a refresh token for a new pair. Raises Unauthenticated, RefreshTokenReused.

    The former access token opens nothing any more. Shown again within the grace, a refresh token
    gives the same pair (`rules.judge` says when); later, the session is ended for all who hold it.
    """
    await identity.count(refresh_address=network_of(visitor.address))
    token_hash = hash_of(shown, TokenKind.REFRESH)
    session_id = await session_store.session_of_refresh_token(token_hash) if token_hash else None
    if token_hash is None or session_id is None:
        raise Unauthenticated
    await identity.count(refresh_session=str(session_id))
    verdict, pair = await _exchange(identity, session_id, token_hash, shown, visitor)
    if verdict is Verdict.REUSED:
        log.warning("a refresh token was reused", session_id=str(session_id))
        identity.closed([session_id], Ending.REUSED)
        raise RefreshTokenReused
    if pair is None:
        raise Unauthenticated
    return await signed_in(identity, pair)


async def _exchange(
    identity: Identity, session_id: UUID, token_hash: bytes, shown: str, visitor: Visitor
) -> tuple[Verdict, Pair | None]:
    """Judge a token and do what follows, in one transaction; the end of a session is durable."""
    verdict, pair = Verdict.REFUSE, None
    async with DB.transaction(allow_nested=False):
        family = await session_store.lock_family(session_id, token_hash)
        if family is not None:
            verdict = judge(family, identity.clock.now(), identity.settings)
            pair = await _follow(identity, family, verdict, shown, visitor)
    return verdict, pair


async def _follow(
    identity: Identity, family: Family, verdict: Verdict, shown: str, visitor: Visitor
) -> Pair | None:
    if verdict is Verdict.ROTATE:
        return await _rotate(identity, family, shown, visitor)
    if verdict is Verdict.REPEAT:
        return await _repeat(identity, family, shown, visitor)
    if verdict is Verdict.REUSED:
        now = identity.clock.now()
        await session_store.end_by_id(family.session_id, now, Ending.REUSED.value)
    return None


async def _rotate(identity: Identity, family: Family, shown: str, visitor: Visitor) -> Pair:
    now, settings = identity.clock.now(), identity.settings
    salt, successor_id = new_salt(), identity.new_id(now)
    expires_at = min(now + settings.refresh_life, family.created_at + settings.session_life)
    pair = Pair(
        family.user_id,
        successor_of(shown, TokenKind.ACCESS, salt),
        successor_of(shown, TokenKind.REFRESH, salt),
        min(now + settings.access_life, expires_at),
    )
    await session_store.rotate(family, successor_id, salt, now)
    await session_store.add_refresh_token(
        successor_id, family.session_id, hash_of_new(pair.refresh_token), now, expires_at
    )
    await _give_access(identity, family, pair, visitor, expires_at)
    return pair


async def _repeat(identity: Identity, family: Family, shown: str, visitor: Visitor) -> Pair:
    """Give the answer of the exchange again; only an access token that has run out is a new one."""
    now, salt = identity.clock.now(), family.successor_salt or b""
    access_token = successor_of(shown, TokenKind.ACCESS, salt)
    refresh_token = successor_of(shown, TokenKind.REFRESH, salt)
    if hash_of_new(access_token) == family.access_hash and family.access_expires_at > now:
        return Pair(family.user_id, access_token, refresh_token, family.access_expires_at)
    access_expires_at = min(now + identity.settings.access_life, family.session_expires_at)
    pair = Pair(family.user_id, new_token(TokenKind.ACCESS), refresh_token, access_expires_at)
    await _give_access(identity, family, pair, visitor, family.session_expires_at)
    return pair


async def _give_access(
    identity: Identity, family: Family, pair: Pair, visitor: Visitor, expires_at: datetime
) -> None:
    await session_store.renew(
        family.session_id,
        hash_of_new(pair.access_token),
        access_expires_at=pair.access_expires_at,
        expires_at=expires_at,
        now=identity.clock.now(),
        address_hash=identity.hash_of_address(visitor.address),
    )

"""Sessions: opened by signing in, kept alive by refreshing, ended by their owner."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from actors.principal import Principal
from backend.domains.identity import session_store
from backend.domains.identity.bodies import SessionShown, SessionsShown, Ticket
from backend.domains.identity.identity import Ending, Identity
from backend.domains.identity.session_store import NewSession
from backend.domains.identity.tokens import TokenKind, hash_of_new, new_token
from backend.domains.identity.visitor import Visitor
from backend.persistence.engine import DB
from protocol.common import NotFound, Unauthenticated


class Pair(msgspec.Struct, frozen=True):
    """The two tokens of a session, and whose they are; nobody else ever has them."""

    user_id: UUID
    access_token: str
    refresh_token: str
    access_expires_at: datetime


class Opened(msgspec.Struct, frozen=True):
    """A session that was opened, and those that ended by it.

    Once that is durable, their sockets are closed by `Identity.closed(ended, Ending.TOO_MANY)`.
    """

    pair: Pair
    ended: list[UUID]


async def open_session(identity: Identity, user_id: UUID, visitor: Visitor) -> Pair:
    """Sign a person in, whoever has made sure that it is them."""
    async with DB.transaction(allow_nested=False):
        opened = await add_session(identity, user_id, visitor)
    identity.closed(opened.ended, Ending.TOO_MANY)
    return opened.pair


async def add_session(
    identity: Identity, user_id: UUID, visitor: Visitor, device_name: str | None = None
) -> Opened:
    """Sign a person in, who has proved who they are; of too many sessions the stalest ends.

    In the caller's transaction, in which the person is locked and what they have shown was judged:
    what opened their account a moment ago may open it no more.
    """
    now, settings = identity.clock.now(), identity.settings
    session_id = identity.new_id(now)
    expires_at = now + min(settings.refresh_life, settings.session_life)
    pair = Pair(
        user_id,
        new_token(TokenKind.ACCESS),
        new_token(TokenKind.REFRESH),
        min(now + settings.access_life, expires_at),
    )
    session = NewSession(
        id=session_id,
        user_id=user_id,
        access_hash=hash_of_new(pair.access_token),
        access_expires_at=pair.access_expires_at,
        expires_at=expires_at,
        device_name=device_name,
        user_agent=visitor.user_agent,
        address_hash=identity.hash_of_address(visitor.address),
    )
    await session_store.add_session(session, now)
    await session_store.add_refresh_token(
        identity.new_id(now), session_id, hash_of_new(pair.refresh_token), now, expires_at
    )
    ended = await session_store.end_surplus(
        user_id, settings.sessions_max, now, Ending.TOO_MANY.value
    )
    return Opened(pair, ended)


async def show_sessions(
    identity: Identity, principal: Principal, visitor: Visitor
) -> SessionsShown:
    """Show a person where they are signed in."""
    here = identity.hash_of_address(visitor.address)
    return SessionsShown(
        sessions=[
            SessionShown(
                id=row["id"],
                device_name=row["device_name"],
                user_agent=row["user_agent"],
                created_at=row["created_at"],
                last_used_at=row["last_used_at"],
                expires_at=row["expires_at"],
                is_current=row["id"] == principal.session_id,
                is_same_address=row["address_hash"] == here,
            )
            for row in await session_store.show(principal.user_id, identity.clock.now())
        ]
    )


async def end_session(identity: Identity, user_id: UUID, session_id: UUID, reason: Ending) -> None:
    """End one session of a person. Raises NotFound when they have none of this id."""
    now = identity.clock.now()
    async with DB.transaction(allow_nested=False):
        ended = await session_store.end(user_id, session_id, now, reason.value)
    if not ended:
        raise NotFound(what="session")
    identity.closed(ended, reason)


async def end_session_of_refresh_token(identity: Identity, token_hash: bytes) -> None:
    """Sign out by refresh token; one that opens nothing any more has signed out already."""
    session_id = await session_store.session_of_refresh_token(token_hash)
    if session_id is not None:
        now = identity.clock.now()
        async with DB.transaction(allow_nested=False):
            ended = await session_store.end_by_id(session_id, now, Ending.SIGNED_OUT.value)
        identity.closed(ended, Ending.SIGNED_OUT)


async def end_sessions(identity: Identity, user_id: UUID, *, but: UUID | None = None) -> int:
    """End all sessions of a person, but perhaps one; returns how many those were."""
    async with DB.transaction(allow_nested=False):
        ended = await session_store.end_all(
            user_id, but, identity.clock.now(), Ending.REVOKED.value
        )
    identity.closed(ended, Ending.REVOKED)
    return len(ended)


async def issue_ticket(identity: Identity, principal: Principal) -> Ticket:
    """Give a session a ticket that opens one socket, once. Raises RateLimited."""
    if principal.session_id is None:
        raise Unauthenticated
    await identity.count(ticket_session=str(principal.session_id))
    settings = identity.settings
    ticket = new_token(TokenKind.TICKET)
    async with DB.transaction():
        await session_store.add_ticket(
            hash_of_new(ticket),
            principal.session_id,
            identity.clock.now() + settings.ticket_life,
            settings.tickets_per_session_max,
        )
    return Ticket(ticket=ticket, expires_in=seconds(settings.ticket_life))


def seconds(life: timedelta) -> int:
    """Say how long something lives in whole seconds, rounded down."""
    return max(0, int(life.total_seconds()))

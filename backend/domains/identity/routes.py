"""Identity over HTTP. What answers with secrets is a plain route: no reply of it is ever kept."""

from typing import Any
from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT

from backend.domains.identity import bodies, refreshing, sessions, signing_in, store
from backend.domains.identity.account import routes as account_routes
from backend.domains.identity.bearer import principal_of_request
from backend.domains.identity.bodies import (
    Account,
    SessionsRevoked,
    SessionsShown,
    SignedIn,
    Ticket,
)
from backend.domains.identity.identity import Ending
from backend.domains.identity.links import routes as link_routes
from backend.domains.identity.oidc import routes as oidc_routes
from backend.domains.identity.routing import OPEN, PROVING, SIGNED_IN, AnyRequest, Asker, Room
from backend.domains.identity.tokens import TokenKind, hash_of
from backend.domains.identity.visitor import visitor_of
from protocol.codec import refuse_unstorable_text
from protocol.common import Unauthenticated


@post("/v1/auth/sign-up", **OPEN)
async def sign_up(request: AnyRequest, data: JSONBody[bodies.SignUp], identity: Room) -> SignedIn:
    """Make an account and sign in to it."""
    refuse_unstorable_text(data)
    return await signing_in.register(identity, data, visitor_of(request))


@post("/v1/auth/sign-in", status_code=HTTP_200_OK, responses=PROVING, **OPEN)
async def sign_in(request: AnyRequest, data: JSONBody[bodies.SignIn], identity: Room) -> SignedIn:
    """Sign in by e-mail address and password; each sign-in is a session of its own."""
    refuse_unstorable_text(data)
    return await signing_in.sign_in(identity, data, visitor_of(request))


@post("/v1/auth/refresh", status_code=HTTP_200_OK, responses=PROVING, **OPEN)
async def refresh(request: AnyRequest, data: JSONBody[bodies.Refresh], identity: Room) -> SignedIn:
    """Exchange a refresh token for a new pair.

    Keep the new one where all tabs of a client find it: who shows a token that was exchanged long
    ago ends the session, because a thief would look the same.
    """
    return await refreshing.refresh(identity, data.refresh_token, visitor_of(request))


@post("/v1/auth/sign-out", status_code=HTTP_204_NO_CONTENT, responses=PROVING, **OPEN)
async def sign_out(
    request: AnyRequest, identity: Room, data: JSONBody[bodies.SignOut | None] = None
) -> None:
    """End the session of the refresh token in the body, else that of the access token.

    It is no fault to sign out twice with a refresh token.
    """
    if data is not None and data.refresh_token is not None:
        token_hash = hash_of(data.refresh_token, TokenKind.REFRESH)
        if token_hash is not None:
            await sessions.end_session_of_refresh_token(identity, token_hash)
        return
    principal = await principal_of_request(request, identity)
    if principal.session_id is not None:
        await sessions.end_session(
            identity, principal.user_id, principal.session_id, Ending.SIGNED_OUT
        )


@post("/v1/auth/ticket", **SIGNED_IN)
async def issue_ticket(principal: Asker, identity: Room) -> Ticket:
    """Get a ticket that opens one socket, once; so no token stands in a URL or a page."""
    return await sessions.issue_ticket(identity, principal)


@get("/v1/auth/sessions", **SIGNED_IN)
async def list_sessions(request: AnyRequest, principal: Asker, identity: Room) -> SessionsShown:
    """See where you are signed in."""
    return await sessions.show_sessions(identity, principal, visitor_of(request))


@delete("/v1/auth/sessions/{session_id:uuid}", **SIGNED_IN)
async def revoke_session(session_id: FromPath[UUID], principal: Asker, identity: Room) -> None:
    """End one of your sessions; its sockets are closed."""
    await sessions.end_session(identity, principal.user_id, session_id, Ending.REVOKED)


@delete("/v1/auth/sessions", status_code=HTTP_200_OK, **SIGNED_IN)
async def revoke_sessions(
    principal: Asker,
    identity: Room,
    keep_current: FromQuery[bool] = False,  # noqa: FBT002 - a query parameter
) -> SessionsRevoked:
    """End all your sessions, everywhere; with `keep_current=true` all others."""
    kept = principal.session_id if keep_current else None
    return SessionsRevoked(
        revoked=await sessions.end_sessions(identity, principal.user_id, but=kept)
    )


@get("/v1/me", **SIGNED_IN)
async def show_me(principal: Asker) -> Account:
    """See your account."""
    account = await store.read_account(principal.user_id)
    if account is None:
        raise Unauthenticated
    return account


ROUTES: list[Any] = [
    sign_up,
    sign_in,
    refresh,
    sign_out,
    issue_ticket,
    list_sessions,
    revoke_session,
    revoke_sessions,
    show_me,
    *link_routes.ROUTES,
    *account_routes.ROUTES,
    *oidc_routes.ROUTES,
]

"""Reading relationships and invitations over HTTP."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK

from actors.principal import Principal
from backend.domains.relationships import rules, shown
from backend.domains.relationships.checking import check_member
from backend.domains.relationships.messages import (
    Code,
    Invitation,
    InvitationNotFound,
    Relationship,
)
from backend.domains.relationships.shown import Blocked, Invitations
from protocol.marks import SECRET

Asker = NamedDependency[Principal]
_KEPT: dict[str, Any] = {"tags": ["relationships"], "security": [{"bearer": []}]}


class CodeGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code somebody was given; in a body, so that it stands in no log."""

    code: Annotated[Code, SECRET]


@get("/v1/relationships", **_KEPT)
async def list_relationships(principal: Asker) -> list[Relationship]:
    """See your relationships; each is a topic you may join."""
    return await shown.relationships_of(principal.user_id)


@get("/v1/relationships/{relationship_id:uuid}", **_KEPT)
async def show_relationship(relationship_id: FromPath[UUID], principal: Asker) -> Relationship:
    """See who the two are, and what they agreed on."""
    membership = await check_member(relationship_id, principal.user_id)
    return membership.shown(relationship_id)


@get("/v1/invitations", **_KEPT)
async def list_invitations(request: Request[Any, Any, Any], principal: Asker) -> Invitations:
    """See the invitations that wait for an answer, yours and those that went to your address."""
    now = request.app.state.house.clock.now()
    return Invitations(
        sent=[kept for kept in await shown.sent_by(principal.user_id) if kept.expires_at > now],
        received=[
            kept for kept in await shown.received_by(principal.user_id) if kept.expires_at > now
        ],
    )


@post("/v1/invitations/look-up", status_code=HTTP_200_OK, **_KEPT)
async def look_up(
    request: Request[Any, Any, Any], data: JSONBody[CodeGiven], principal: Asker
) -> Invitation:
    """See who invites you, by the code they gave you, before you accept."""
    now = request.app.state.house.clock.now()
    found = await shown.look_up(principal.user_id, rules.hash_of_given(data.code), now)
    if found is None:
        raise InvitationNotFound
    return found


@get("/v1/blocks", **_KEPT)
async def list_blocks(principal: Asker) -> list[Blocked]:
    """See who cannot invite you; the last hundred."""
    return await shown.blocked_by(principal.user_id)


ROUTES = [list_relationships, show_relationship, list_invitations, look_up, list_blocks]

"""What people are shown of their relationships and invitations: snapshots and pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from actors.principal import Principal
from backend.domains.relationships.messages import Invitation, PrivacyLevel, Relationship
from backend.domains.relationships.store import load_memberships, name_of
from backend.persistence.database import Record, fetch
from protocol.marks import PRIVATE

INVITATIONS_SHOWN_MAX = 5
"""How many of those sent and received a snapshot shows; the others are read by the page."""
RECEIVED_READ_MAX = 20
BLOCKED_SHOWN_MAX = 100

_MINE = """
SELECT id FROM relationship
WHERE (user_1_id = $1 OR user_2_id = $1) AND status IN ('active', 'paused') ORDER BY id
"""
_SENT = """
SELECT i.relationship_id, i.email, i.expires_at, r.relationship_type
FROM invitation AS i JOIN relationship AS r ON r.id = i.relationship_id
WHERE i.inviter_id = $1 AND i.status = 'pending' ORDER BY i.created_at
"""
_OPEN_TO = """
SELECT i.relationship_id, i.expires_at, r.relationship_type, r.privacy_level,
       inviter.name AS inviter_name
FROM invitation AS i
JOIN relationship AS r ON r.id = i.relationship_id
JOIN "user" AS inviter ON inviter.id = i.inviter_id
JOIN "user" AS me ON me.id = $1
WHERE i.status = 'pending' AND i.inviter_id <> $1 AND inviter.is_active
  AND NOT EXISTS (
      SELECT 1 FROM block AS b
      WHERE (b.user_id = $1 AND b.blocked_id = i.inviter_id)
         OR (b.user_id = i.inviter_id AND b.blocked_id = $1)
  )
"""
_RECEIVED = (
    _OPEN_TO + " AND lower(i.email) = lower(me.email) AND me.email_verified_at IS NOT NULL"
    " ORDER BY i.created_at DESC LIMIT $2"
)
_BY_CODE = _OPEN_TO + " AND i.code_hash = $2 AND i.expires_at > $3"
_BLOCKED = f"""
SELECT b.blocked_id, {name_of("u")} AS name FROM block AS b JOIN "user" AS u ON u.id = b.blocked_id
WHERE b.user_id = $1 ORDER BY b.created_at DESC LIMIT $2
"""  # noqa: S608 - all of it is ours


class SentInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as who sent it sees it; past `expires_at` nobody can accept it."""

    relationship_id: UUID
    email: Annotated[str | None, PRIVATE]
    relationship_type: str
    expires_at: datetime


class Blocked(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who cannot invite one."""

    user_id: UUID
    name: Annotated[str, PRIVATE]


class MyRelationships(msgspec.Struct, frozen=True, kw_only=True):
    """Which topics a person may join, and the newest invitations that wait.

    The others are at `GET /v1/invitations`.
    """

    relationships: Sequence[Relationship]
    sent: Sequence[SentInvitation]
    received: Sequence[Invitation]


class Invitations(msgspec.Struct, frozen=True, kw_only=True):
    """The invitations that wait for an answer."""

    sent: Sequence[SentInvitation]
    received: Sequence[Invitation]


async def show_relationship(key: UUID, _reader: Principal) -> Relationship | None:
    """Show what the two agreed on."""
    membership = (await load_memberships([key])).get(key)
    return membership.shown(key) if membership is not None else None


async def show_bonds(key: UUID, _reader: Principal) -> MyRelationships:
    """Show a person their relationships and invitations; nobody else reads their topic."""
    return MyRelationships(
        relationships=await relationships_of(key),
        sent=(await sent_by(key))[-INVITATIONS_SHOWN_MAX:],
        received=(await received_by(key))[:INVITATIONS_SHOWN_MAX],
    )


async def blocked_by(user_id: UUID) -> list[Blocked]:
    """List whom a person blocked, the last ones first."""
    rows = await fetch(_BLOCKED, user_id, BLOCKED_SHOWN_MAX)
    return [Blocked(user_id=row["blocked_id"], name=row["name"]) for row in rows]


async def relationships_of(user_id: UUID) -> list[Relationship]:
    """List the relationships of a person that have not ended."""
    keys = [row["id"] for row in await fetch(_MINE, user_id)]
    memberships = await load_memberships(keys)
    return [memberships[key].shown(key) for key in keys if key in memberships]


async def sent_by(user_id: UUID) -> list[SentInvitation]:
    """List the invitations a person sent that were not answered."""
    return [SentInvitation(**row) for row in await fetch(_SENT, user_id)]


async def received_by(user_id: UUID) -> list[Invitation]:
    """List the invitations that went to a person's address and were not answered."""
    return [_invitation(row) for row in await fetch(_RECEIVED, user_id, RECEIVED_READ_MAX)]


async def look_up(user_id: UUID, code_hash: bytes | None, now: datetime) -> Invitation | None:
    """Find the invitation a code stands for."""
    rows = await fetch(_BY_CODE, user_id, code_hash, now)
    return _invitation(rows[0]) if rows else None


def _invitation(row: Record) -> Invitation:
    return Invitation(
        relationship_id=row["relationship_id"],
        inviter_name=row["inviter_name"],
        relationship_type=row["relationship_type"],
        privacy_level=PrivacyLevel(row["privacy_level"]),
        expires_at=row["expires_at"],
    )

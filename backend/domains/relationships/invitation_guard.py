"""The guard of invitations: each is answered once, whoever tries, and whoever else tries at once.

An invitation belongs to two people who know nothing of each other's actors. So what becomes of it
is decided by its row; the handlers put in what is wanted, and are cut when the row says no. Answers
do not tell whether somebody exists, has blocked, or was invited by another: all of that is
`InvitationNotFound`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

import msgspec

from backend.domains.relationships.messages import (
    AlreadyTogether,
    Invitation,
    InvitationBrought,
    InvitationClosed,
    InvitationNotFound,
    InvitationTaken,
    MemberTold,
    PrivacyLevel,
    WeakCode,
)
from backend.persistence.advisory_lock import lock_until_commit
from backend.persistence.database import Record
from backend.persistence.guards import Connection, Guarded, Verdict
from protocol.address import Address, address_of, users_address
from protocol.messages import Tell
from protocol.refusals import Refusal

Told = list[tuple[Address, Tell]]

_OPEN = """
WITH made AS (
    INSERT INTO relationship (id, user_1_id, relationship_type, start_date, anniversary_date,
                              status, privacy_level, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, 'invited', $6, $7, $7)
)
INSERT INTO invitation (relationship_id, inviter_id, email, code_hash, status, created_at,
                        expires_at)
VALUES ($1, $2, $8, $9, 'pending', $7, $10)
ON CONFLICT (code_hash) WHERE code_hash IS NOT NULL DO NOTHING
RETURNING relationship_id
"""
# Whom an address belongs to, as they have proved, unless they want to hear nothing of the inviter.
# Anybody can sign up with another's address: until then it is nobody's, here and below.
_ADDRESSEE = """
SELECT u.id, inviter.name AS inviter_name FROM "user" AS u, "user" AS inviter
WHERE lower(u.email) = lower($1) AND u.email_verified_at IS NOT NULL AND u.is_active
  AND inviter.id = $2 AND u.id <> $2
  AND NOT EXISTS (SELECT 1 FROM block AS b WHERE b.user_id = u.id AND b.blocked_id = $2)
"""
_ANSWER = """
UPDATE invitation AS i SET status = $5, answered_at = $4, answered_by_id = $2
FROM "user" AS me
WHERE i.relationship_id = $1 AND me.id = $2 AND i.status = 'pending' AND i.expires_at > $4
  AND me.is_active AND i.inviter_id <> $2
  AND (i.code_hash = $3
       OR (lower(i.email) = lower(me.email) AND me.email_verified_at IS NOT NULL))
  AND NOT EXISTS (
      SELECT 1 FROM block AS b
      WHERE (b.user_id = $2 AND b.blocked_id = i.inviter_id)
         OR (b.user_id = i.inviter_id AND b.blocked_id = $2)
  )
RETURNING i.inviter_id
"""
_CLOSE = """
UPDATE invitation SET status = $4, answered_at = $3
WHERE relationship_id = ANY($1) AND inviter_id = $2 AND status = 'pending'
RETURNING relationship_id, email
"""
_CLOSE_SENT = """
UPDATE invitation SET status = 'revoked', answered_at = $2
WHERE inviter_id = $1 AND status = 'pending'
RETURNING relationship_id, email
"""
_CLOSE_RECEIVED = """
UPDATE invitation AS i SET status = 'declined', answered_at = $2, answered_by_id = $1
FROM "user" AS me
WHERE me.id = $1 AND lower(i.email) = lower(me.email) AND me.email_verified_at IS NOT NULL
  AND i.status = 'pending'
RETURNING i.relationship_id, i.inviter_id
"""
_END = """
UPDATE relationship SET status = 'ended', updated_at = $2, ended_at = $2, ended_by_id = $3
WHERE id = ANY($1) AND status = 'invited'
"""
# Asked in one statement: who blocks a partner ends the relationship in the same transaction.
_BETWEEN = """
SELECT EXISTS (
    SELECT FROM relationship WHERE status IN ('active', 'paused')
    AND least(user_1_id, user_2_id) = least($1::uuid, $2::uuid)
    AND greatest(user_1_id, user_2_id) = greatest($1::uuid, $2::uuid)
) AS are_together, EXISTS (
    SELECT FROM block WHERE (user_id, blocked_id) IN (($1, $2), ($2, $1))
) AS are_blocked
"""
_START = """
UPDATE relationship SET user_2_id = $2, status = 'active', started_at = $3, updated_at = $3
WHERE id = $1
RETURNING relationship_type, start_date, anniversary_date, privacy_level
"""
_MEMBERS = """
SELECT id AS user_id, name, time_zone, time_zone_before, time_zone_from
FROM "user" WHERE id IN ($1, $2) ORDER BY id = $2
"""
_BLOCK = """
INSERT INTO block (user_id, blocked_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""


class Wish(Protocol):
    """What somebody wants to become of an invitation."""

    async def grant(self, connection: Connection) -> Told:
        """Do it, and say who must hear of it. Raises a Refusal."""
        ...


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation is sent."""

    relationship_id: UUID
    inviter_id: UUID
    email: str | None
    code_hash: bytes | None
    relationship_type: str
    start_date: date | None
    anniversary_date: date | None
    privacy_level: PrivacyLevel
    now: datetime
    expires_at: datetime

    async def grant(self, connection: Connection) -> Told:
        """Write it down, and bring it to whom its address belongs to. Raises WeakCode."""
        made = await connection.fetchval(
            _OPEN,
            self.relationship_id,
            self.inviter_id,
            self.relationship_type,
            self.start_date,
            self.anniversary_date,
            self.privacy_level.value,
            self.now,
            self.email,
            self.code_hash,
            self.expires_at,
        )
        if made is None:
            raise WeakCode
        if self.email is None:
            return []
        rows = await connection.fetch(_ADDRESSEE, self.email, self.inviter_id)
        return [(users_address(row["id"]), self._brought(row)) for row in rows]

    def _brought(self, row: Record) -> InvitationBrought:
        return InvitationBrought(
            invitation=Invitation(
                relationship_id=self.relationship_id,
                inviter_name=row["inviter_name"],
                relationship_type=self.relationship_type,
                privacy_level=self.privacy_level,
                expires_at=self.expires_at,
            )
        )


class Answering(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation is accepted or declined."""

    relationship_id: UUID
    user_id: UUID
    code_hash: bytes | None
    is_accepted: bool
    is_blocked: bool = False
    """Whether who declines wants no more of the inviter."""
    now: datetime

    async def grant(self, connection: Connection) -> Told:
        """Answer it. Raises InvitationNotFound, AlreadyTogether."""
        inviter_id = await connection.fetchval(
            _ANSWER,
            self.relationship_id,
            self.user_id,
            self.code_hash,
            self.now,
            "accepted" if self.is_accepted else "declined",
        )
        if inviter_id is None:
            raise InvitationNotFound
        if self.is_accepted or self.is_blocked:
            await self._check_between(connection, inviter_id)
        if self.is_accepted:
            return await self._start(connection, inviter_id)
        await connection.execute(_END, [self.relationship_id], self.now, self.user_id)
        if self.is_blocked:
            await connection.execute(_BLOCK, self.user_id, inviter_id, self.now)
        closed = InvitationClosed(relationship_id=self.relationship_id, was_declined=True)
        return [(users_address(inviter_id), closed)]

    async def _check_between(self, connection: Connection, inviter_id: UUID) -> None:
        """Look at what is between the two, while nobody else changes it."""
        pair = "/".join(sorted((str(inviter_id), str(self.user_id))))
        # Two invitations of these two, one each way, may be answered at once: both accepted, or one
        # accepted and one declined by who wants no more of the other.
        await lock_until_commit(f"relationships/{pair}", connection)
        between = await connection.fetchrow(_BETWEEN, inviter_id, self.user_id)
        if between["are_together"]:
            raise AlreadyTogether
        if between["are_blocked"]:
            raise InvitationNotFound

    async def _start(self, connection: Connection, inviter_id: UUID) -> Told:
        agreed = await connection.fetchrow(_START, self.relationship_id, self.user_id, self.now)
        inviter, invited = await connection.fetch(_MEMBERS, inviter_id, self.user_id)
        taken = InvitationTaken(
            members=(MemberTold(**inviter), MemberTold(**invited)),
            relationship_type=agreed["relationship_type"],
            start_date=agreed["start_date"],
            anniversary_date=agreed["anniversary_date"],
            privacy_level=PrivacyLevel(agreed["privacy_level"]),
        )
        return [(address_of("relationship", self.relationship_id), taken)]


class Revoking(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation is taken back."""

    relationship_id: UUID
    inviter_id: UUID
    now: datetime

    async def grant(self, connection: Connection) -> Told:
        """Take it back, and off the screen of its addressee. Raises InvitationNotFound."""
        rows = await connection.fetch(
            _CLOSE, [self.relationship_id], self.inviter_id, self.now, "revoked"
        )
        if not rows:
            raise InvitationNotFound
        await connection.execute(_END, [self.relationship_id], self.now, self.inviter_id)
        addressees = await connection.fetch(_ADDRESSEE, rows[0]["email"], self.inviter_id)
        closed = InvitationClosed(relationship_id=self.relationship_id, was_declined=False)
        return [(users_address(row["id"]), closed) for row in addressees]


class Lapsing(msgspec.Struct, frozen=True, kw_only=True):
    """Invitations were not answered in time."""

    relationship_ids: tuple[UUID, ...]
    inviter_id: UUID
    now: datetime

    async def grant(self, connection: Connection) -> Told:
        """Close them; one that was accepted at the last moment stays accepted."""
        rows = await connection.fetch(
            _CLOSE, list(self.relationship_ids), self.inviter_id, self.now, "expired"
        )
        closed = [row["relationship_id"] for row in rows]
        await connection.execute(_END, closed, self.now, None)
        return []


class Parting(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody goes for good: neither their invitations nor those to them wait any longer."""

    user_id: UUID
    now: datetime

    async def grant(self, connection: Connection) -> Told:
        """Take theirs back and decline those to them; who is concerned hears as always."""
        sent = await connection.fetch(_CLOSE_SENT, self.user_id, self.now)
        received = await connection.fetch(_CLOSE_RECEIVED, self.user_id, self.now)
        closed = [row["relationship_id"] for row in (*sent, *received)]
        await connection.execute(_END, closed, self.now, self.user_id)
        told: Told = []
        for row in sent:
            gone = InvitationClosed(relationship_id=row["relationship_id"], was_declined=False)
            addressees = await connection.fetch(_ADDRESSEE, row["email"], self.user_id)
            told += [(users_address(addressee["id"]), gone) for addressee in addressees]
        for row in received:
            gone = InvitationClosed(relationship_id=row["relationship_id"], was_declined=True)
            told.append((users_address(row["inviter_id"]), gone))
        return told


class InvitationGuard:
    """Grants wishes one after the other, in the order of the turns; they are rare."""

    name = "invitations"

    def question(self, guarded: Sequence[Guarded]) -> None:
        """Ask nothing beforehand: each wish depends on what became of those before it."""

    async def judge(
        self, connection: Connection, guarded: Sequence[Guarded], rows: Sequence[Record]
    ) -> Verdict:
        """Grant all of them, or name those that are refused."""
        del rows
        verdict = Verdict()
        for found in guarded:
            wish: Wish = found.item
            try:
                verdict.tells += await wish.grant(connection)
            except Refusal as refusal:
                # What it did before it was refused is seen by those after it, until the next try.
                verdict.failures.append((found, refusal))
                break
        return verdict


INVITATIONS = InvitationGuard()

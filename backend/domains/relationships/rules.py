"""What is allowed in relationships, and what follows; pure."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec import UNSET

from backend.domains.identity import Profile
from backend.domains.relationships.membership import Member, Membership
from backend.domains.relationships.messages import (
    AcceptInvitation,
    ChangeRelationship,
    InvitationAccepted,
    InvitationNotFound,
    InvitationOpened,
    InvitationPending,
    InvitationsTooMany,
    InvitationTaken,
    InvitationUnaddressed,
    MemberTold,
    OpenInvitation,
    Relationship,
    RelationshipEnded,
    RelationshipStarted,
    RelationshipsTooMany,
    RevokeInvitation,
    Status,
    WeakCode,
)
from backend.domains.relationships.openness import stricter
from protocol.limits import BACK_DATED_MAX
from protocol.messages import Event

RELATIONSHIPS_MAX = 10
INVITATION_KEPT = timedelta(days=14)
INVITATIONS_PER_DAY_MAX = 10
CODE_MIN = 12
CODE_DISTINCT_MIN = 6
_DAY = timedelta(days=1)


class Bond(msgspec.Struct, frozen=True, gc=False):
    """A relationship of a person, or an invitation they sent that is not answered."""

    email: str | None = None
    """Whom a pending invitation went to, in lower case."""
    expires_at: datetime | None = None
    """When a pending invitation ends; None once it was accepted."""


class Bonds(msgspec.Struct, frozen=True, gc=False):
    """The relationships of a person that have not ended, and when they last invited somebody."""

    by_id: dict[UUID, Bond] = {}
    sent_at: tuple[datetime, ...] = ()
    """When the last invitations were sent, as many as may be sent within a day; oldest first."""


class InvitationsLapsed(Event, frozen=True, tag="invitations.lapsed"):
    """Nobody answered these in time; only the actor's memory follows this."""

    relationship_ids: tuple[UUID, ...]


def hash_of(code: str | None) -> bytes | None:
    """Hash a code as it is kept; it is random enough to need no salt. Raises WeakCode."""
    if code is None:
        return None
    plain = code.replace("-", "").upper()
    if len(plain) < CODE_MIN or len(set(plain)) < CODE_DISTINCT_MIN:
        raise WeakCode
    return hashlib.sha256(plain.encode()).digest()


def hash_of_given(code: str | None) -> bytes | None:
    """Hash a code somebody was given. Raises InvitationNotFound for what cannot be one."""
    try:
        return hash_of(code)
    except WeakCode:
        raise InvitationNotFound from None


def lapsed(bonds: Bonds, now: datetime) -> tuple[UUID, ...]:
    """Name the invitations that nobody answered in time."""
    return tuple(
        relationship_id
        for relationship_id, bond in bonds.by_id.items()
        if bond.expires_at is not None and bond.expires_at <= now
    )


def pending(bonds: Bonds) -> tuple[UUID, ...]:
    """Name the invitations that nobody has answered."""
    return tuple(key for key, bond in bonds.by_id.items() if bond.expires_at is not None)


def open_invitation(
    bonds: Bonds, command: OpenInvitation, *, relationship_id: UUID, now: datetime
) -> InvitationOpened:
    """Invite somebody; lapsed invitations have been let go of.

    Raises InvitationUnaddressed, InvitationPending, RelationshipsTooMany, InvitationsTooMany.
    """
    if (command.email is None) is (command.code is None):
        raise InvitationUnaddressed
    if command.email is not None:
        for pending_id, bond in bonds.by_id.items():
            if bond.email == command.email.lower():
                raise InvitationPending(relationship_id=pending_id)
    check_room(bonds, now)
    if len(bonds.sent_at) >= INVITATIONS_PER_DAY_MAX and bonds.sent_at[0] > now - _DAY:
        raise InvitationsTooMany(count_max=INVITATIONS_PER_DAY_MAX, next_at=bonds.sent_at[0] + _DAY)
    return InvitationOpened(
        relationship_id=relationship_id,
        relationship_type=command.relationship_type,
        email=command.email,
        expires_at=now + INVITATION_KEPT,
    )


def check_room(bonds: Bonds, now: datetime) -> None:
    """Refuse one relationship more than a person may have; lapsed invitations take no room.

    Raises RelationshipsTooMany.
    """
    if len(bonds.by_id) - len(lapsed(bonds, now)) >= RELATIONSHIPS_MAX:
        raise RelationshipsTooMany(count_max=RELATIONSHIPS_MAX)


def accept(bonds: Bonds, command: AcceptInvitation, *, now: datetime) -> InvitationAccepted:
    """Accept an invitation, as far as memory can tell; the database judges the invitation.

    Raises InvitationNotFound, RelationshipsTooMany.
    """
    if command.relationship_id in bonds.by_id:
        raise InvitationNotFound  # One's own, or accepted already.
    check_room(bonds, now)
    return InvitationAccepted(relationship_id=command.relationship_id)


def check_revocable(bonds: Bonds, command: RevokeInvitation) -> None:
    """Refuse to take back what is not one's own pending invitation. Raises InvitationNotFound."""
    bond = bonds.by_id.get(command.relationship_id)
    if bond is None or bond.expires_at is None:
        raise InvitationNotFound


def opened(bonds: Bonds, event: InvitationOpened) -> Bonds:
    """Hold a new invitation."""
    email = event.email.lower() if event.email else None
    sent_at = (*bonds.sent_at, event.expires_at - INVITATION_KEPT)
    return Bonds(
        {**bonds.by_id, event.relationship_id: Bond(email, event.expires_at)},
        sent_at[-INVITATIONS_PER_DAY_MAX:],
    )


def bound(bonds: Bonds, event: InvitationAccepted | RelationshipStarted) -> Bonds:
    """Hold a relationship."""
    if isinstance(event, RelationshipStarted):
        relationship_id = event.relationship.relationship_id
    else:
        relationship_id = event.relationship_id
    return Bonds({**bonds.by_id, relationship_id: Bond()}, bonds.sent_at)


def let_go(bonds: Bonds, *relationship_ids: UUID) -> Bonds:
    """Hold these no longer."""
    kept = {key: bond for key, bond in bonds.by_id.items() if key not in relationship_ids}
    return Bonds(kept, bonds.sent_at)


def begin(tell: InvitationTaken) -> Membership:
    """Say what a relationship begins with."""
    return Membership(
        members=tuple(Member.told(member) for member in tell.members),
        status=Status.ACTIVE,
        privacy_level=tell.privacy_level,
        relationship_type=tell.relationship_type,
        start_date=tell.start_date,
        anniversary_date=tell.anniversary_date,
    )


def told(user_id: UUID, profile: Profile) -> MemberTold:
    """Say of a profile what a relationship must know."""
    return MemberTold(
        user_id=user_id,
        name=profile.name,
        time_zone=profile.time_zone,
        time_zone_before=profile.time_zone_before,
        time_zone_from=profile.time_zone_from,
    )


def knows(relationship: Relationship, user_id: UUID, profile: Profile) -> bool:
    """Tell whether a relationship shows a member as they are."""
    return Member.told(told(user_id, profile)).shown() in relationship.members


def with_member(membership: Membership, member: Member) -> Membership:
    """Put a member's new name and clock in."""
    members = tuple(
        member if known.user_id == member.user_id else known for known in membership.members
    )
    return msgspec.structs.replace(membership, members=members)


def change(membership: Membership, command: ChangeRelationship, *, now: datetime) -> Membership:
    """Change what the command names; from when on more is shown is remembered."""
    wanted = {
        name: value
        for name in command.__struct_fields__
        if (value := getattr(command, name)) is not UNSET
    }
    if "status" in wanted:
        wanted["status"] = Status(wanted["status"])
    changed = msgspec.structs.replace(membership, **wanted)
    shows_more = changed.privacy_level is not stricter(
        changed.privacy_level, membership.privacy_level
    )
    if not shows_more:
        return changed
    # Opened twice within the time commands may be late, the strictest of all counts.
    before = membership.privacy_at(now - BACK_DATED_MAX)
    return msgspec.structs.replace(changed, privacy_before=before, opened_at=now)


def ended(relationship_id: UUID) -> RelationshipEnded:
    """End a relationship; why is nobody's business but theirs who ended it."""
    return RelationshipEnded(relationship_id=relationship_id)

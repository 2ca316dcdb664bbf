"""The words of relationships: invitations, and what two people agreed on."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from protocol.common import NotFound
from protocol.marks import PRIVATE, SECRET
from protocol.messages import Command, Event, Tell, Value
from protocol.refusals import Refusal
from protocol.text import Email

Code = Annotated[
    str, Meta(max_length=40, pattern=r"^[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z-]{12,40}$(?!\n)")
]
"""Letters and digits as Crockford writes them (no I, L, O, U); hyphens and case do not count."""
RelationshipType = Annotated[str, Meta(max_length=40, pattern=r"^[a-z][a-z_]*$(?!\n)")]
"""A word such as `couple`, `married`, `friends`, `accountability`."""


class Status(StrEnum):
    """Where in its life a relationship is."""

    INVITED = "invited"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class PrivacyLevel(StrEnum):
    """What of a check-in the partner may see."""

    OPEN = "open"
    """All of it."""
    SCORES_ONLY = "scores_only"
    """The scores, not the note."""
    PRIVATE = "private"
    """That there is one."""


class InvitationNotFound(Refusal):
    """No such invitation waits for you: the answer is the same whatever became of it."""

    code = "invitations.not_found"
    sentence = "No invitation of this kind waits for you (any more). Ask for a new one."
    http_status = 404


class InvitationUnaddressed(Refusal):
    """An invitation goes to an e-mail address or has a code: one of the two."""

    code = "invitations.unaddressed"
    sentence = "Give either the e-mail address of who is invited, or a code to hand over."
    http_status = 422


class InvitationPending(Refusal):
    """This address has been invited and has not answered."""

    code = "invitations.pending"
    sentence = "You have invited this address already; revoke that invitation first."
    relationship_id: UUID


class InvitationsTooMany(Refusal):
    """A person may send so many invitations a day."""

    code = "invitations.too_many"
    sentence = "You have sent {count_max} invitations within a day; the next may go at {next_at}."
    http_status = 429
    count_max: int
    next_at: datetime


class WeakCode(Refusal):
    """The code would be guessed, or stands for another invitation."""

    code = "invitations.weak_code"
    sentence = "This code would be guessed. Draw another at random, of 12 characters or more."
    http_status = 422


class RelationshipsTooMany(Refusal):
    """A person may have so many relationships, open invitations included."""

    code = "relationships.too_many"
    sentence = "You have {count_max} relationships and open invitations; that is the most."
    count_max: int


class AlreadyTogether(Refusal):
    """The two are in a relationship with each other already."""

    code = "relationships.already_together"
    sentence = "You are in a relationship with this person already."


class RelationshipPaused(Refusal):
    """The two have paused their relationship."""

    code = "relationships.paused"
    sentence = "This relationship is paused; nothing new can be shared in it until one resumes it."


class MemberShown(Value, frozen=True):
    """One of the two, as the other sees them, and by which clock they live.

    Which day it is for them: the date by `time_zone`; while that lies before `time_zone_from`, the
    date by `time_zone_before`, but never later than the day before `time_zone_from`.
    """

    user_id: UUID
    name: Annotated[str, PRIVATE]
    time_zone: Annotated[str, PRIVATE]
    time_zone_before: Annotated[str | None, PRIVATE] = None
    """The former time zone; it counts no more once `time_zone_from` has come."""
    time_zone_from: Annotated[date | None, PRIVATE] = None
    """The first local day of the present time zone."""


class Relationship(Value, frozen=True):
    """Two people and what they agreed on; while it is `invited` there is one."""

    relationship_id: UUID
    relationship_type: str
    start_date: date | None
    anniversary_date: date | None
    status: Status
    privacy_level: PrivacyLevel
    members: tuple[MemberShown, ...]


class Invitation(Value, frozen=True):
    """An invitation as its addressee sees it."""

    relationship_id: UUID
    inviter_name: Annotated[str, PRIVATE]
    relationship_type: str
    privacy_level: PrivacyLevel
    expires_at: datetime


class InvitationOpened(Event, frozen=True, tag="invitations.opened"):
    """Somebody was invited; the code is known to who made it, and kept nowhere."""

    relationship_id: UUID
    relationship_type: str
    email: Annotated[str | None, PRIVATE]
    expires_at: datetime


class InvitationReceived(Event, frozen=True, tag="invitations.received"):
    """Somebody invites you."""

    topics: ClassVar = ("user",)
    invitation: Invitation


class InvitationAccepted(Event, frozen=True, tag="invitations.accepted"):
    """You have accepted an invitation; `relationships.started` follows on your topic."""

    relationship_id: UUID


class InvitationDeclined(Event, frozen=True, tag="invitations.declined"):
    """An invitation was declined."""

    relationship_id: UUID


class InvitationRevoked(Event, frozen=True, tag="invitations.revoked"):
    """An invitation was taken back."""

    relationship_id: UUID


class RelationshipStarted(Event, frozen=True, tag="relationships.started"):
    """An invitation was accepted: from now on the two may follow the relationship's topic."""

    topics: ClassVar = ("user", "relationship")
    relationship: Relationship


class RelationshipChanged(Event, frozen=True, tag="relationships.changed"):
    """One of the two changed what they agreed on; it is told whole, as it is now."""

    withdraws: ClassVar = True

    changed_by: UUID
    relationship: Relationship


class MemberChanged(Event, frozen=True, tag="relationships.member_changed"):
    """One of the two has another name or lives by another clock."""

    topics: ClassVar = ("relationship",)
    member: MemberShown


class RelationshipEnded(Event, frozen=True, tag="relationships.ended"):
    """A relationship has ended; nothing of it can be read any more. Why is not told.

    What you were told of it leaves your inbox too: `notifications.withdrawn` follows.
    """

    topics: ClassVar = ("user",)
    relationship_id: UUID


class Unblocked(Event, frozen=True, tag="relationships.unblocked"):
    """Somebody may invite you again."""

    user_id: UUID


class OpenInvitation(Command, frozen=True, tag="invitations.open"):
    """Invite somebody into a relationship, by e-mail address or by a code you hand over.

    By address it is for who has proved that it is theirs, or does so before the invitation ends.
    The invitation ends after 14 days. The id of this command is the relationship's id. The code is
    drawn by the client, at random; only its hash is kept.
    """

    actor: ClassVar = "user"
    reply: ClassVar = InvitationOpened
    refusals: ClassVar = (
        InvitationUnaddressed,
        InvitationPending,
        InvitationsTooMany,
        RelationshipsTooMany,
        WeakCode,
    )

    email: Annotated[Email | None, PRIVATE] = None
    code: Annotated[Code | None, SECRET] = None
    relationship_type: RelationshipType = "couple"
    start_date: date | None = None
    anniversary_date: date | None = None
    privacy_level: PrivacyLevel = PrivacyLevel.OPEN


class AcceptInvitation(Command, frozen=True, tag="invitations.accept"):
    """Accept an invitation that went to your e-mail address, or one whose code you were given."""

    actor: ClassVar = "user"
    reply: ClassVar = InvitationAccepted
    refusals: ClassVar = (InvitationNotFound, RelationshipsTooMany, AlreadyTogether)

    relationship_id: UUID
    code: Annotated[Code | None, SECRET] = None


class DeclineInvitation(Command, frozen=True, tag="invitations.decline"):
    """Decline an invitation; with `block` this person cannot invite you again.

    Whom you are together with is blocked by `relationships.block` instead.
    """

    actor: ClassVar = "user"
    reply: ClassVar = InvitationDeclined
    refusals: ClassVar = (InvitationNotFound, AlreadyTogether)

    relationship_id: UUID
    code: Annotated[Code | None, SECRET] = None
    block: bool = False


class RevokeInvitation(Command, frozen=True, tag="invitations.revoke"):
    """Take back an invitation that was not answered."""

    actor: ClassVar = "user"
    reply: ClassVar = InvitationRevoked
    refusals: ClassVar = (InvitationNotFound,)

    relationship_id: UUID


class Unblock(Command, frozen=True, tag="relationships.unblock"):
    """Let somebody you blocked invite you again; what has ended stays ended."""

    actor: ClassVar = "user"
    reply: ClassVar = Unblocked

    user_id: UUID


class ChangeRelationship(Command, frozen=True, tag="relationships.change"):
    """Change what you agreed on, or pause; what is left out stays, null takes a date away.

    A stricter privacy level hides earlier check-ins too; a more open one never shows what was
    written under a stricter one.
    """

    actor: ClassVar = "relationship"
    reply: ClassVar = RelationshipChanged
    refusals: ClassVar = (NotFound,)

    relationship_type: RelationshipType | UnsetType = UNSET
    start_date: date | UnsetType | None = UNSET
    anniversary_date: date | UnsetType | None = UNSET
    privacy_level: PrivacyLevel | UnsetType = UNSET
    status: Literal["active", "paused"] | UnsetType = UNSET


class LeaveRelationship(Command, frozen=True, tag="relationships.leave"):
    """End a relationship at once, for both."""

    actor: ClassVar = "relationship"
    reply: ClassVar = RelationshipEnded
    refusals: ClassVar = (NotFound,)


class BlockPartner(Command, frozen=True, tag="relationships.block"):
    """End a relationship at once, and never be invited by this person again.

    They are told what they would be told if you left.
    """

    actor: ClassVar = "relationship"
    reply: ClassVar = RelationshipEnded
    refusals: ClassVar = (NotFound,)


class MemberTold(Value, frozen=True):
    """A member with all the relationship must know of their clock."""

    user_id: UUID
    name: Annotated[str, PRIVATE]
    time_zone: str
    time_zone_before: str | None = None
    time_zone_from: date | None = None


class InvitationTaken(Tell, frozen=True, tag="relationships.invitation_taken"):
    """Somebody accepted: the rows say so already. The inviter stands first."""

    actor: ClassVar = "relationship"
    members: tuple[MemberTold, MemberTold]
    relationship_type: str
    start_date: date | None
    anniversary_date: date | None
    privacy_level: PrivacyLevel


class ProfileMoved(Tell, frozen=True, tag="relationships.profile_moved"):
    """A member has another name or clock."""

    actor: ClassVar = "relationship"
    member: MemberTold


class PersonLeaving(Tell, frozen=True, tag="relationships.person_leaving"):
    """This person is about to be erased: whatever is open between them and others ends."""

    actor: ClassVar = "user"


class MemberLeaving(Tell, frozen=True, tag="relationships.member_leaving"):
    """A member is about to be erased."""

    actor: ClassVar = "relationship"
    user_id: UUID


class InvitationBrought(Tell, frozen=True, tag="invitations.brought"):
    """An invitation went to the address of this person."""

    actor: ClassVar = "user"
    invitation: Invitation


class InvitationClosed(Tell, frozen=True, tag="invitations.closed"):
    """An invitation this person sent or was sent is not open any more."""

    actor: ClassVar = "user"
    relationship_id: UUID
    was_declined: bool


class RelationshipBegun(Tell, frozen=True, tag="relationships.begun"):
    """This person is in a relationship now."""

    actor: ClassVar = "user"
    relationship: Relationship


class RelationshipOver(Tell, frozen=True, tag="relationships.over"):
    """A relationship of this person has ended."""

    actor: ClassVar = "user"
    relationship_id: UUID

"""What a person's actor knows of their relationships: which there are, and whom they invited."""

from actors.part import Part
from actors.turn import Turn
from actors.user import USER
from backend.domains import notifications
from backend.domains.identity import Profile
from backend.domains.relationships import rules, shown, store
from backend.domains.relationships.invitation_guard import (
    INVITATIONS,
    Answering,
    Lapsing,
    Opening,
    Parting,
    Revoking,
)
from backend.domains.relationships.messages import (
    AcceptInvitation,
    DeclineInvitation,
    InvitationAccepted,
    InvitationBrought,
    InvitationClosed,
    InvitationDeclined,
    InvitationOpened,
    InvitationReceived,
    InvitationRevoked,
    MemberLeaving,
    OpenInvitation,
    PersonLeaving,
    ProfileMoved,
    RelationshipBegun,
    RelationshipEnded,
    RelationshipOver,
    RelationshipStarted,
    RevokeInvitation,
    Unblock,
    Unblocked,
)
from backend.domains.relationships.rules import Bonds, InvitationsLapsed
from backend.domains.relationships.tables import BlockRow
from protocol.address import address_of, key_of

bonds = Part(
    "relationships", of=USER, empty=Bonds(), load=store.load_bonds, snapshot=shown.show_bonds
)
bonds.evolves(InvitationOpened)(rules.opened)
bonds.evolves(InvitationAccepted, RelationshipStarted)(rules.bound)


@bonds.evolves(InvitationRevoked, InvitationDeclined, RelationshipEnded)
def let_one_go(
    bonds: Bonds, event: InvitationRevoked | InvitationDeclined | RelationshipEnded
) -> Bonds:
    """Hold a relationship no longer."""
    return rules.let_go(bonds, event.relationship_id)


@bonds.evolves(InvitationsLapsed)
def let_lapsed_go(bonds: Bonds, event: InvitationsLapsed) -> Bonds:
    """Hold no longer what nobody answered."""
    return rules.let_go(bonds, *event.relationship_ids)


@bonds.handles(OpenInvitation)
def open_invitation(command: OpenInvitation, bonds: Bonds, turn: Turn) -> InvitationOpened:
    """Invite somebody, and let go of invitations nobody answered in time."""
    me = key_of(turn.address)
    lapsed = rules.lapsed(bonds, turn.now)
    if lapsed:
        bonds = rules.let_go(bonds, *lapsed)
    code_hash = rules.hash_of(command.code)
    opened = rules.open_invitation(bonds, command, relationship_id=turn.command_id, now=turn.now)
    if lapsed:
        turn.work.guard(INVITATIONS, Lapsing(relationship_ids=lapsed, inviter_id=me, now=turn.now))
        turn.note(InvitationsLapsed(relationship_ids=lapsed))
    opening = Opening(
        relationship_id=opened.relationship_id,
        inviter_id=me,
        email=command.email,
        code_hash=code_hash,
        relationship_type=command.relationship_type,
        start_date=command.start_date,
        anniversary_date=command.anniversary_date,
        privacy_level=command.privacy_level,
        now=turn.now,
        expires_at=opened.expires_at,
    )
    turn.work.guard(INVITATIONS, opening)
    return turn.publish(opened)


@bonds.handles(AcceptInvitation)
def accept(command: AcceptInvitation, bonds: Bonds, turn: Turn) -> InvitationAccepted:
    """Accept an invitation; the relationship's actor brings the news to both."""
    accepted = rules.accept(bonds, command, now=turn.now)
    answering = Answering(
        relationship_id=command.relationship_id,
        user_id=key_of(turn.address),
        code_hash=rules.hash_of_given(command.code),
        is_accepted=True,
        now=turn.now,
    )
    turn.work.guard(INVITATIONS, answering)
    return turn.publish(accepted)


@bonds.handles(DeclineInvitation)
def decline(command: DeclineInvitation, turn: Turn) -> InvitationDeclined:
    """Decline an invitation; it leaves the inbox as well."""
    me = key_of(turn.address)
    answering = Answering(
        relationship_id=command.relationship_id,
        user_id=me,
        code_hash=rules.hash_of_given(command.code),
        is_accepted=False,
        is_blocked=command.block,
        now=turn.now,
    )
    turn.work.guard(INVITATIONS, answering)
    notifications.withdraw(turn, command.relationship_id, me)
    return turn.publish(InvitationDeclined(relationship_id=command.relationship_id))


@bonds.handles(RevokeInvitation)
def revoke(command: RevokeInvitation, bonds: Bonds, turn: Turn) -> InvitationRevoked:
    """Take an invitation back, unless it is answered at this moment."""
    rules.check_revocable(bonds, command)
    revoking = Revoking(
        relationship_id=command.relationship_id, inviter_id=key_of(turn.address), now=turn.now
    )
    turn.work.guard(INVITATIONS, revoking)
    return turn.publish(InvitationRevoked(relationship_id=command.relationship_id))


@bonds.handles(Unblock)
def unblock(command: Unblock, turn: Turn) -> Unblocked:
    """Let somebody invite again; whether they were blocked makes no difference."""
    me = key_of(turn.address)
    turn.work.delete(BlockRow, {"user_id": me, "blocked_id": command.user_id})
    return turn.publish(Unblocked(user_id=command.user_id))


@bonds.hears(InvitationBrought)
def brought(tell: InvitationBrought, turn: Turn) -> None:
    """Show an invitation, and notify of it."""
    notifications.tell(
        turn,
        key_of(turn.address),
        kind="invitation_received",
        title=f"{tell.invitation.inviter_name} invites you",
        relationship_id=tell.invitation.relationship_id,
    )
    turn.publish(InvitationReceived(invitation=tell.invitation))


@bonds.hears(InvitationClosed)
def closed(tell: InvitationClosed, turn: Turn) -> None:
    """Show that an invitation is not open any more; one that was taken back was never meant."""
    if tell.was_declined:
        turn.publish(InvitationDeclined(relationship_id=tell.relationship_id))
    else:
        notifications.withdraw(turn, tell.relationship_id, key_of(turn.address))
        turn.publish(InvitationRevoked(relationship_id=tell.relationship_id))


@bonds.hears(RelationshipBegun)
def begun(tell: RelationshipBegun, profile: Profile, turn: Turn) -> None:
    """Show a new relationship on every device, so that they join its topic."""
    relationship = tell.relationship
    turn.publish(RelationshipStarted(relationship=relationship))
    me = key_of(turn.address)
    if not rules.knows(relationship, me, profile):
        # The profile changed after the invitation was accepted, and before this was heard.
        address = address_of("relationship", relationship.relationship_id)
        turn.work.tell(address, ProfileMoved(member=rules.told(me, profile)))


@bonds.hears(PersonLeaving)
def part(tell: PersonLeaving, bonds: Bonds, turn: Turn) -> None:
    """End whatever is open: relationships by their own actors, invitations by their rows."""
    del tell
    me = key_of(turn.address)
    turn.work.guard(INVITATIONS, Parting(user_id=me, now=turn.now))
    for relationship_id, bond in bonds.by_id.items():
        if bond.expires_at is None:
            address = address_of("relationship", relationship_id)
            turn.work.tell(address, MemberLeaving(user_id=me))
    pending = rules.pending(bonds)
    if pending:
        turn.note(InvitationsLapsed(relationship_ids=pending))


@bonds.hears(RelationshipOver)
def over(tell: RelationshipOver, turn: Turn) -> None:
    """Show that a relationship has ended."""
    turn.publish(RelationshipEnded(relationship_id=tell.relationship_id))

"""What a relationship's actor knows of its two members and of what they agreed on."""

from uuid import UUID

from actors.part import Part
from actors.principal import Principal
from actors.relationship import RELATIONSHIP
from actors.turn import Turn
from backend.domains import notifications
from backend.domains.relationships import rules, shown, store
from backend.domains.relationships.membership import Member, Membership, MembershipMoved
from backend.domains.relationships.messages import (
    BlockPartner,
    ChangeRelationship,
    InvitationTaken,
    LeaveRelationship,
    MemberChanged,
    MemberLeaving,
    ProfileMoved,
    RelationshipBegun,
    RelationshipChanged,
    RelationshipEnded,
    RelationshipOver,
    RelationshipStarted,
)
from protocol.address import key_of, users_address


def _admits(membership: Membership, principal: Principal) -> bool:
    return membership.admits(principal.user_id)


membership = Part(
    "membership",
    of=RELATIONSHIP,
    empty=Membership(),
    load=store.load_memberships,
    admits=_admits,
    snapshot=shown.show_relationship,
)


@membership.evolves(MembershipMoved)
def follow(_membership: Membership, moved: MembershipMoved) -> Membership:
    """Be what it is now."""
    return moved.membership


@membership.hears(InvitationTaken)
def begin(tell: InvitationTaken, turn: Turn) -> None:
    """Begin: the invitation was accepted."""
    relationship_id = key_of(turn.address)
    membership = rules.begin(tell)
    started = RelationshipStarted(relationship=membership.shown(relationship_id))
    inviter, invited = membership.members
    for member in membership.members:
        begun = RelationshipBegun(relationship=started.relationship)
        turn.work.tell(users_address(member.user_id), begun)
    notifications.tell(
        turn,
        inviter.user_id,
        kind="invitation_accepted",
        title=f"{invited.name} accepted your invitation",
        relationship_id=relationship_id,
    )
    turn.note(MembershipMoved(membership=membership))
    turn.publish(started)


@membership.hears(ProfileMoved)
def follow_profile(tell: ProfileMoved, membership: Membership, turn: Turn) -> None:
    """Take over a member's name and clock; the day they live goes on by the former clock."""
    if membership.admits(tell.member.user_id):
        member = Member.told(tell.member)
        turn.note(MembershipMoved(membership=rules.with_member(membership, member)))
        turn.publish(MemberChanged(member=member.shown()))


@membership.handles(ChangeRelationship)
def change(command: ChangeRelationship, membership: Membership, turn: Turn) -> RelationshipChanged:
    """Change what the two agreed on; what changes nothing is answered and not published."""
    relationship_id = key_of(turn.address)
    changed = rules.change(membership, command, now=turn.now)
    answer = RelationshipChanged(
        changed_by=turn.principal.user_id, relationship=changed.shown(relationship_id)
    )
    if changed == membership:
        return answer
    store.write_agreement(turn, relationship_id, changed)
    turn.note(MembershipMoved(membership=changed))
    return turn.publish(answer)


@membership.handles(LeaveRelationship)
def leave(command: LeaveRelationship, membership: Membership, turn: Turn) -> RelationshipEnded:
    """Leave."""
    del command  # It says nothing but that.
    return _end(membership, turn, by=turn.principal.user_id)


@membership.hears(MemberLeaving)
def let_go(tell: MemberLeaving, membership: Membership, turn: Turn) -> None:
    """Have a member leave whose account is about to be erased."""
    if membership.admits(tell.user_id):
        _end(membership, turn, by=tell.user_id)


@membership.handles(BlockPartner)
def block(command: BlockPartner, membership: Membership, turn: Turn) -> RelationshipEnded:
    """Leave, and never be invited by the other one again."""
    del command
    me = turn.principal.user_id
    partner = membership.partner_of(me)
    if partner is not None:
        store.add_block(turn, me, partner.user_id)
    return _end(membership, turn, by=me)


def _end(membership: Membership, turn: Turn, *, by: UUID) -> RelationshipEnded:
    """End it for both: from the commit on nobody reads the topic or what they were told of it."""
    relationship_id = key_of(turn.address)
    ended = rules.ended(relationship_id)
    store.end(turn, relationship_id, by)
    people = [member.user_id for member in membership.members]
    notifications.withdraw(turn, relationship_id, *people)
    turn.note(MembershipMoved(membership=Membership()))
    for user_id in people:
        over = RelationshipOver(relationship_id=relationship_id)
        turn.work.tell(users_address(user_id), over)
        turn.expel(user_id)
    return turn.publish(ended)

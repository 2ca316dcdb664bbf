"""The rules of relationships, without a database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from backend.domains.identity import Profile
from backend.domains.relationships import rules
from backend.domains.relationships.membership import Member, Membership
from backend.domains.relationships.messages import (
    AcceptInvitation,
    ChangeRelationship,
    InvitationAccepted,
    InvitationNotFound,
    OpenInvitation,
    PrivacyLevel,
    RelationshipsTooMany,
    Status,
    WeakCode,
)
from backend.domains.relationships.rules import INVITATIONS_PER_DAY_MAX, RELATIONSHIPS_MAX, Bonds
from protocol.marks import marks_of, without_private

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def invite(bonds: Bonds, number: int, now: datetime = NOW) -> Bonds:
    """Let go of what lapsed, and send one more invitation."""
    bonds = rules.let_go(bonds, *rules.lapsed(bonds, now))
    command = OpenInvitation(email=f"Friend{number}@Example.org")
    opened = rules.open_invitation(bonds, command, relationship_id=UUID(int=number + 1), now=now)
    return rules.opened(bonds, opened)


def test_what_a_person_holds_is_bounded() -> None:
    bonds = Bonds()
    for number in range(40):
        bonds = invite(bonds, number, NOW + number * timedelta(days=5))
        assert len(bonds.by_id) <= RELATIONSHIPS_MAX
        assert len(bonds.sent_at) <= INVITATIONS_PER_DAY_MAX
    assert len(msgspec.json.encode(bonds)) < 4_096


def test_an_invitation_lapses_at_its_moment_and_not_before() -> None:
    bonds = invite(Bonds(), 0)
    assert rules.lapsed(bonds, NOW + timedelta(days=14, microseconds=-1)) == ()
    assert rules.lapsed(bonds, NOW + timedelta(days=14)) == (UUID(int=1),)


def test_an_accepted_invitation_never_lapses() -> None:
    bonds = rules.bound(invite(Bonds(), 0), InvitationAccepted(relationship_id=UUID(int=1)))
    assert rules.lapsed(bonds, NOW + timedelta(days=400)) == ()
    with pytest.raises(InvitationNotFound):
        rules.accept(bonds, AcceptInvitation(relationship_id=UUID(int=1)), now=NOW)


def test_who_has_as_many_as_may_be_cannot_accept_one_more() -> None:
    bonds = Bonds()
    for number in range(RELATIONSHIPS_MAX):
        bonds = rules.bound(bonds, InvitationAccepted(relationship_id=UUID(int=number)))
    with pytest.raises(RelationshipsTooMany):
        rules.accept(bonds, AcceptInvitation(relationship_id=UUID(int=99)), now=NOW)


def test_invitations_nobody_answered_in_time_take_no_room() -> None:
    bonds = Bonds()
    for number in range(RELATIONSHIPS_MAX):
        bonds = invite(bonds, number)
    command = AcceptInvitation(relationship_id=UUID(int=99))
    with pytest.raises(RelationshipsTooMany):
        rules.accept(bonds, command, now=NOW + timedelta(days=14, microseconds=-1))
    accepted = rules.accept(bonds, command, now=NOW + timedelta(days=14))
    assert accepted.relationship_id == command.relationship_id


def test_a_code_is_the_same_however_it_is_written() -> None:
    hashed = rules.hash_of("7kq2-m4xw-9bte")
    assert hashed == rules.hash_of("7KQ2M4XW9BTE")
    assert hashed != rules.hash_of("7KQ2M4XW9BTF")
    for weak in ("7KQ2M4XW9BT", "ABABABABABAB", "-" * 12):
        with pytest.raises(WeakCode):
            rules.hash_of(weak)


def test_a_code_and_an_address_stand_in_no_log() -> None:
    command = OpenInvitation(code="7KQ2M4XW9BTE", email="ben@example.org")
    shown = without_private(command)
    assert (shown["code"], shown["email"]) == ("<secret>", "<private>")
    assert marks_of(AcceptInvitation).secret == {"code"}


def test_a_change_names_what_it_changes() -> None:
    anna = Member(user_id=UUID(int=1), name="Anna", time_zone="UTC")
    before = Membership(members=(anna,), status=Status.ACTIVE, relationship_type="couple")
    assert rules.change(before, ChangeRelationship(), now=NOW) == before
    after = rules.change(
        before,
        ChangeRelationship(status="paused", privacy_level=PrivacyLevel.PRIVATE),
        now=NOW,
    )
    assert (after.status, after.privacy_level) == (Status.PAUSED, PrivacyLevel.PRIVATE)
    assert after.members == before.members


def test_what_was_written_before_a_level_was_opened_stays_as_it_was_meant() -> None:
    closed = Membership(status=Status.ACTIVE, privacy_level=PrivacyLevel.PRIVATE)
    half = ChangeRelationship(privacy_level=PrivacyLevel.SCORES_ONLY)
    whole = ChangeRelationship(privacy_level=PrivacyLevel.OPEN)
    opened = rules.change(closed, half, now=NOW)
    later = NOW + timedelta(hours=1)
    wide = rules.change(opened, whole, now=later)

    assert opened.privacy_at(NOW - timedelta(seconds=1)) is PrivacyLevel.PRIVATE
    assert opened.privacy_at(NOW) is PrivacyLevel.SCORES_ONLY
    assert wide.privacy_at(later - timedelta(seconds=1)) is PrivacyLevel.PRIVATE
    assert wide.privacy_at(later) is PrivacyLevel.OPEN

    shut = rules.change(wide, ChangeRelationship(privacy_level=PrivacyLevel.PRIVATE), now=later)
    assert shut.privacy_at(later) is PrivacyLevel.PRIVATE
    much_later = rules.change(shut, whole, now=later + timedelta(days=5))
    assert much_later.privacy_at(later + timedelta(days=4)) is PrivacyLevel.PRIVATE


def test_a_member_is_shown_as_they_are_only_with_the_clock_they_live_by() -> None:
    settled = Profile(name="Anna", time_zone="Asia/Tokyo")
    moving = msgspec.structs.replace(
        settled, time_zone_before="Europe/Berlin", time_zone_from=NOW.date() + timedelta(days=1)
    )
    key = UUID(int=1)
    for shown, known in ((settled, moving), (moving, settled)):
        members = (Member.told(rules.told(key, shown)),)
        relationship = Membership(members=members, status=Status.ACTIVE).shown(UUID(int=2))
        assert rules.knows(relationship, key, shown)
        assert not rules.knows(relationship, key, known)

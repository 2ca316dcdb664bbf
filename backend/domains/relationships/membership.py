"""Membership: who the two are, by which clock each of them lives, and what they agreed on.

Rooms that add a Part to the relationship's actor ask for this state in their handlers.
"""

from datetime import date, datetime
from typing import Self
from uuid import UUID

import msgspec

from actors.days import own_day
from backend.domains.relationships.messages import (
    MemberShown,
    MemberTold,
    PrivacyLevel,
    Relationship,
    RelationshipPaused,
    Status,
)
from backend.domains.relationships.openness import stricter
from protocol.common import NotFound
from protocol.messages import Event


class Member(MemberTold, frozen=True):
    """One of the two; before `time_zone_from` the former time zone counts."""

    @classmethod
    def told(cls, member: MemberTold) -> Self:
        """Be who somebody was told to be."""
        return cls(**msgspec.structs.asdict(member))

    def day_of(self, at: datetime) -> date:
        """Say which day it is for this member; a change of zone counts from the next local day."""
        return own_day(at, self.time_zone, self.time_zone_before, self.time_zone_from)

    def shown(self) -> MemberShown:
        """Be as the other one may see them."""
        return MemberShown(**msgspec.structs.asdict(self))


class Membership(msgspec.Struct, frozen=True, gc=False):
    """The two members of a relationship; empty before it is accepted and after it has ended."""

    members: tuple[Member, ...] = ()
    status: Status = Status.ENDED
    privacy_level: PrivacyLevel = PrivacyLevel.OPEN
    privacy_before: PrivacyLevel | None = None
    """What it was before it was last opened,"""
    opened_at: datetime | None = None
    """and when that was."""
    relationship_type: str = ""
    start_date: date | None = None
    anniversary_date: date | None = None

    def member(self, user_id: UUID) -> Member:
        """Find a member by id. Raises NotFound for anybody else."""
        for member in self.members:
            if member.user_id == user_id:
                return member
        raise NotFound(what="relationship")

    def partner_of(self, user_id: UUID) -> Member | None:
        """Find the other one."""
        return next((member for member in self.members if member.user_id != user_id), None)

    def privacy_at(self, acted_at: datetime) -> PrivacyLevel:
        """Say how much may be shown of what somebody wrote at a moment.

        What was written while less was shown stays as it was meant, also when it arrives after the
        partner opened the level.
        """
        if self.privacy_before and self.opened_at and acted_at < self.opened_at:
            return stricter(self.privacy_before, self.privacy_level)
        return self.privacy_level

    def admits(self, user_id: UUID) -> bool:
        """Tell whether a person may take part now."""
        return self.status is not Status.ENDED and any(
            member.user_id == user_id for member in self.members
        )

    def check_active(self) -> None:
        """Refuse to share anything new while it is paused. Raises RelationshipPaused."""
        if self.status is not Status.ACTIVE:
            raise RelationshipPaused

    def shown(self, relationship_id: UUID) -> Relationship:
        """Be as both may see it."""
        return Relationship(
            relationship_id=relationship_id,
            relationship_type=self.relationship_type,
            start_date=self.start_date,
            anniversary_date=self.anniversary_date,
            status=self.status,
            privacy_level=self.privacy_level,
            members=tuple(member.shown() for member in self.members),
        )


class MembershipMoved(Event, frozen=True, tag="relationships.membership_moved"):
    """The membership is another now; only the actor's memory follows this."""

    membership: Membership

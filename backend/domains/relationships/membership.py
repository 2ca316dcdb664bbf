"""Membership: who the two are, and by which clock each of them lives.

Rooms that add a Part to the relationship's actor ask for this state in their handlers.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from actors.days import local_day


class Member(msgspec.Struct, frozen=True, gc=False):
    """One of the two."""

    user_id: UUID
    name: str
    time_zone: str
    time_zone_before: str | None = None
    time_zone_from: date | None = None
    """The first local day of the present time zone; before it the former one counts."""

    def day_of(self, at: datetime) -> date:
        """Say which day it is for this member; a change of zone counts from the next local day."""
        day = local_day(at, self.time_zone)
        if self.time_zone_before and self.time_zone_from and day < self.time_zone_from:
            # Never later than the eve of the change, so that no day is lived twice.
            eve = self.time_zone_from - timedelta(days=1)
            return min(local_day(at, self.time_zone_before), eve)
        return day


class Membership(msgspec.Struct, frozen=True, gc=False):
    """The two members of a relationship; empty when there is none of this id."""

    members: tuple[Member, ...] = ()
    status: str = "ended"
    privacy_level: str = "open"

    def member(self, user_id: UUID) -> Member:
        """Find a member by id."""
        return next(member for member in self.members if member.user_id == user_id)

    def partner_of(self, user_id: UUID) -> Member | None:
        """Find the other one; None while an invitation is not accepted."""
        return next((member for member in self.members if member.user_id != user_id), None)

    def admits(self, user_id: UUID) -> bool:
        """Tell whether a person may take part now."""
        return self.status != "ended" and any(
            member.user_id == user_id for member in self.members
        )

"""Principals: who asks."""

from uuid import UUID

import msgspec

from protocol.messages import Role


class Principal(msgspec.Struct, frozen=True, gc=False):
    """A person, by the session they signed in with; or Tandem itself."""

    user_id: UUID
    role: Role = Role.USER
    session_id: UUID | None = None

    @property
    def is_system(self) -> bool:
        """Tell whether it is Tandem itself that asks."""
        return self is SYSTEM


SYSTEM_ID = UUID(int=0)
SYSTEM = Principal(SYSTEM_ID, Role.ADMIN)
"""Tandem itself: tells, timers and jobs."""

"""Check-ins: how the two of a relationship are, told each other once a day, and their streak.

Other rooms follow a check-in by a reaction on `CheckInSubmitted`, `CheckInAmended` or
`CheckInUndone` in the relationship's actor.
"""

from backend.domains.checkins.messages import (
    CheckInAmended,
    CheckInSubmitted,
    CheckInUndone,
    Streak,
)

__all__ = ["CheckInAmended", "CheckInSubmitted", "CheckInUndone", "Streak"]

"""The letters of reminders."""

from datetime import datetime

from actors.days import zone
from backend.domains.identity import Addressee
from backend.integrations.mail import Letter


def reminder_letter(addressee: Addressee, title: str, due_at: datetime) -> Letter:
    """Write that something promised is due soon, by the clock of who promised it."""
    here = due_at.astimezone(zone(addressee.time_zone))
    return Letter(
        to=addressee.email,
        subject=f"{title}: due soon",
        paragraphs=(
            f"You promised: {title}.",
            f"It is due by {here:%H:%M} on {here:%A, %d %B}.",
        ),
        footer="You asked to be reminded; the challenge says how to change that.",
    )

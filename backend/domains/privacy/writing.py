"""The letters of privacy: what is said to people by mail, and the job that has it said.

A job names whom a letter is for by their id, and looks their address up when it is written: so no
address is at rest in it.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from backend.domains import identity
from backend.integrations.mail import Letter, Mailer
from backend.persistence.job_run import JobRun

SEND_LETTER = "privacy.send_letter"


class Occasion(StrEnum):
    """What a letter is about."""

    EXPORT_READY = "export_ready"
    ERASURE_PLANNED = "erasure_planned"
    ERASURE_HELD_UP = "erasure_held_up"


_NOT_YOU = (
    "If it was not you: sign in, choose another password, which signs everybody else out, and "
    "write to us."
)
_SAID = {
    Occasion.EXPORT_READY: (
        "Your data is ready",
        "What you asked for was gathered. Sign in and fetch it before {day} (UTC).",
    ),
    Occasion.ERASURE_PLANNED: (
        "Your account will be erased",
        (
            "You asked for it. It rests until {day} (UTC), and is erased then. Sign in before to "
            "call that off: everything is as it was."
        ),
    ),
    Occasion.ERASURE_HELD_UP: (
        "Your account could not be erased yet",
        (
            "Something of yours is open, such as money that is there or is held. It is tried "
            "again on {day} (UTC). Sign in to see to it; that calls the erasure off, and you may "
            "ask for it again."
        ),
    ),
}


class LetterWanted(msgspec.Struct, frozen=True):
    """What is to be said to whom; `at` is the moment it speaks of."""

    occasion: Occasion
    user_id: UUID
    at: datetime


async def send_letter(wanted: LetterWanted, run: JobRun) -> None:
    """Write a letter and hand it over, where this deployment sends mail. Raises TryLater."""
    email = await identity.email_of(wanted.user_id)
    if email is None or not run.use(Mailer).is_configured:
        return
    subject, said = _SAID[wanted.occasion]
    day = f"{wanted.at.day} {wanted.at:%B %Y}"
    letter = Letter(to=email, subject=subject, paragraphs=(said.format(day=day), _NOT_YOU))
    await identity.send_letter(letter, run)

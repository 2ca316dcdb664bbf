"""Notices: what owners of an account are told when something changes that thieves would change."""

from enum import StrEnum

from backend.integrations.mail import Letter

_NOT_YOU = (
    "If it was not you: choose another password by “Forgotten?”, which signs everybody out, and "
    "write to us."
)


class Notice(StrEnum):
    """What has happened to an account."""

    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a notice
    EMAIL_CHANGED = "email_changed"
    CREDENTIAL_ADDED = "credential_added"
    CREDENTIAL_REMOVED = "credential_removed"
    DEACTIVATED = "deactivated"


_SAID = {
    Notice.PASSWORD_CHANGED: ("Your password was changed", "All other devices are signed out."),
    Notice.EMAIL_CHANGED: (
        "Your address was changed",
        "Your account has another e-mail address now; this one opens it no more.",
    ),
    Notice.CREDENTIAL_ADDED: (
        "There is another way into your account",
        "An account elsewhere can be used to sign in to Tandem now.",
    ),
    Notice.CREDENTIAL_REMOVED: (
        "There is one way less into your account",
        "It cannot be used to sign in to Tandem any more.",
    ),
    Notice.DEACTIVATED: (
        "Your account rests",
        "Nobody sees you, and nothing is sent to you. Sign in to come back.",
    ),
}


def notice_of(notice: Notice, to: str) -> Letter:
    """Write the letter."""
    subject, said = _SAID[notice]
    return Letter(to=to, subject=subject, paragraphs=(said, _NOT_YOU))

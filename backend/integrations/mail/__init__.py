"""Mail: what is said to people by e-mail, and the one way by which it leaves."""

from backend.integrations.mail.letter import Letter
from backend.integrations.mail.mailer import MailAway, Mailer, MailRefused
from backend.integrations.mail.settings import MailSettings, MailUrlWrong, read_mail_url

__all__ = [
    "Letter",
    "MailAway",
    "MailRefused",
    "MailSettings",
    "MailUrlWrong",
    "Mailer",
    "read_mail_url",
]

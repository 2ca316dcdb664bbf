"""The mailer: hands letters over to the deployment's mail server, one connection each.

A letter is a rare thing beside a push, so no connection is kept; a mail server that is away is met
by the job that wanted the letter, which is tried again.
"""

import asyncio
from datetime import datetime
from email.errors import MessageError
from uuid import UUID

import aiosmtplib

from backend.integrations.mail.letter import Letter, message_of
from backend.integrations.mail.settings import MailDoor, MailSettings, read_mail_url

_PERMANENT_FROM = 500
_AUTHENTICATION = {530, 534, 535}
"""It does not take us as who we say we are: that is mended here, and letters wait for it."""


class MailAway(Exception):
    """The mail server cannot be reached, or takes nothing for now: try again."""


class MailRefused(Exception):
    """The mail server will never take this letter; trying again would change nothing."""


class Mailer:
    """Sends letters; one for the whole worker."""

    def __init__(self, settings: MailSettings) -> None:
        """Hand over where the settings say. Raises MailUrlWrong."""
        self._settings = settings
        self._door: MailDoor | None = read_mail_url(settings.url) if settings.url else None

    @property
    def is_configured(self) -> bool:
        """Whether this deployment sends mail at all."""
        return self._door is not None

    async def send(self, letter: Letter, *, id: UUID, at: datetime) -> None:  # noqa: A002 - what it is, in every message
        """Hand a letter over; once it is, the mail server answers for it.

        Raises MailAway, MailRefused. Sent again after a lost answer it has the same Message-ID, by
        which mailboxes know it as the same.
        """
        door = self._door
        if door is None:
            raise MailRefused("this deployment sends no mail: TANDEM_MAIL_URL is not set")
        try:
            message = message_of(letter, sender=self._settings.sender, message_id=str(id), at=at)
        except (ValueError, MessageError):
            raise MailRefused("no mail can be addressed like that") from None
        try:
            async with asyncio.timeout(self._settings.within_s):
                await aiosmtplib.send(
                    message,
                    hostname=door.host,
                    port=door.port,
                    socket_path=door.path,
                    username=door.user,
                    password=door.password,
                    use_tls=door.is_tls,
                    start_tls=door.starts_tls,
                    timeout=self._settings.within_s,
                )
        except aiosmtplib.SMTPRecipientsRefused as problem:
            raise _of_code(max(one.code for one in problem.recipients)) from None
        except aiosmtplib.SMTPResponseException as problem:
            raise _of_code(problem.code) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as problem:
            raise MailAway(f"the mail server is away ({type(problem).__name__})") from None


def _of_code(code: int) -> MailAway | MailRefused:
    """Read an answer; what the server says besides may name people and is left out."""
    said = f"the mail server answered {code}"
    is_lasting = code >= _PERMANENT_FROM and code not in _AUTHENTICATION
    return MailRefused(said) if is_lasting else MailAway(said)

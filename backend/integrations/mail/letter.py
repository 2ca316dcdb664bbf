"""Letters: what is said to one person by e-mail, in plain text and as a page of the same words."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape

import msgspec

from backend.integrations.mail.page import PAGE

LINES_MAX = 40
SUBJECT_MAX = 150


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What is said to whom; paragraphs are plain text, and so is everything else."""

    to: str
    subject: str
    paragraphs: tuple[str, ...]
    button: str = ""
    """What stands on the button, where there is something to open,"""
    link: str = ""
    """and what it opens."""
    footer: str = ""

    def __repr__(self) -> str:
        """Say nothing of whom it is for, nor of the link, which may open an account."""
        return "<Letter>"


def message_of(letter: Letter, *, sender: str, message_id: str, at: datetime) -> EmailMessage:
    """Write a letter as it travels; the same one again has the same id, so it shows as one.

    Raises ValueError or MessageError for an address that mail cannot be written to.
    """
    message = EmailMessage()
    name, address = parseaddr(sender)
    message["From"] = Address(display_name=name, addr_spec=address)
    message["To"] = Address(addr_spec=_in_ascii(letter.to))
    message["Subject"] = letter.subject[:SUBJECT_MAX]
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{message_id}@{address.rpartition('@')[2]}>"
    # So that no mailbox answers that its owner is away (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(_text(letter))
    message.add_alternative(_html(letter), subtype="html")
    return message


def _in_ascii(address: str) -> str:
    """Write a domain with letters beyond ASCII as the name system knows it (RFC 3490)."""
    user, _, domain = address.rpartition("@")
    return f"{user}@{domain.encode('idna').decode()}"


def _text(letter: Letter) -> str:
    parts = list(letter.paragraphs[:LINES_MAX])
    if letter.link:
        parts.append(f"{letter.button}:\n{letter.link}")
    if letter.footer:
        parts.append(f"-- \n{letter.footer}")
    return "\n\n".join(parts) + "\n"


def _html(letter: Letter) -> str:
    body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in letter.paragraphs[:LINES_MAX])
    if letter.link:
        body += f'<p><a class="button" href="{escape(letter.link)}">{escape(letter.button)}</a></p>'
        body += f'<p class="small">Or copy this address: {escape(letter.link)}</p>'
    return PAGE.format(
        title=escape(letter.subject), body=body, footer=escape(letter.footer or "Tandem")
    )

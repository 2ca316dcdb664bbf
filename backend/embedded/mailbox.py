"""A mailbox of this machine: takes every letter, brings none anywhere, and shows what it has.

It speaks SMTP on a Unix socket that only this user may open. Letters are files of a Maildir; of
more than it keeps, the oldest leave.
"""

import asyncio
import mailbox
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple

from aiosmtpd.smtp import SMTP, Envelope, Session

KEPT_MAX = 200
LETTER_BYTES_MAX = 1024 * 1024
TAKEN = "250 Taken"


class ShownLetter(NamedTuple):
    """A letter as somebody reads it."""

    id: str
    to: str
    subject: str
    text: str
    at: datetime
    """When it came."""


class Mailbox:
    """The letters in a folder."""

    def __init__(self, folder: Path, kept_max: int = KEPT_MAX) -> None:
        """Keep so many in this folder, which is made when the first one comes."""
        self._folder = folder
        self._kept_max = kept_max

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a letter."""
        content = envelope.content
        assert isinstance(content, bytes)  # noqa: S101 - aiosmtpd decodes only when told to
        await asyncio.to_thread(self._keep, content)
        return TAKEN

    def latest(self, count_max: int) -> list[ShownLetter]:
        """Read the letters that came last, the latest first."""
        if not self._folder.is_dir():
            return []
        newest = sorted(self._files(), key=_came_at, reverse=True)[:count_max]
        return [_shown(path) for path in newest]

    def _keep(self, content: bytes) -> None:
        maildir = mailbox.Maildir(self._folder)
        maildir.add(content)
        for surplus in sorted(self._files(), key=_came_at)[: -self._kept_max]:
            surplus.unlink(missing_ok=True)

    def _files(self) -> Iterator[Path]:
        yield from (self._folder / "new").iterdir()


def _remove(socket: Path) -> None:
    socket.unlink(missing_ok=True)


def _came_at(path: Path) -> int:
    return path.stat().st_mtime_ns


def _shown(path: Path) -> ShownLetter:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101 - the policy says so
    body = message.get_body(("plain",))
    return ShownLetter(
        id=path.name,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text="\n".join(body.get_content().splitlines()) if body is not None else "",
        at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
    )


@asynccontextmanager
async def open_mailbox(
    folder: Path, socket: Path, *, kept_max: int = KEPT_MAX
) -> AsyncIterator[Mailbox]:
    """Take letters at a socket until the block ends. Raises OSError."""
    box = Mailbox(folder, kept_max)
    _remove(socket)  # Of a mailbox that was killed.
    umask = os.umask(0o177)
    try:
        server = await asyncio.get_running_loop().create_unix_server(
            lambda: SMTP(box, data_size_limit=LETTER_BYTES_MAX, enable_SMTPUTF8=True), str(socket)
        )
    finally:
        os.umask(umask)
    try:
        yield box
    finally:
        server.close()
        _remove(socket)

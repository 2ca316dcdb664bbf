"""A mail server of this machine that answers as a test wants."""

import asyncio
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class MailServer:
    """What a test decides of it, and what it took."""

    answer_to_recipient: str = "250 OK"
    answer_to_letter: str = "250 Taken"
    is_silent: bool = False
    """Whether it never answers to a letter."""
    password: str | None = None
    """What who signs in must know."""
    taken: list[EmailMessage] = field(default_factory=list)
    url: str = ""
    _told: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        """Answer to whom a letter is for."""
        if self.answer_to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer_to_recipient

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a letter, or not."""
        if self.is_silent:
            await self._told.wait()
        if self.answer_to_letter.startswith("250"):
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.taken.append(message)
        return self.answer_to_letter

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        """Let in who knows the password."""
        assert isinstance(data, LoginPassword)
        return AuthResult(success=data.password.decode() == self.password)

    def end(self) -> None:
        """Answer whoever still waits."""
        self._told.set()


@asynccontextmanager
async def mail_server(
    tls: ssl.SSLContext | None = None, **decided: Any
) -> AsyncIterator[MailServer]:
    """Run one; over TLS on a port, else on a socket of its own."""
    server = MailServer(**decided)

    def protocol() -> SMTP:
        return SMTP(
            server,
            tls_context=tls,
            authenticator=server.authenticate,
            auth_require_tls=False,
            auth_required=server.password is not None,
        )

    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory() as folder:
        listening: asyncio.Server
        if tls is not None:
            listening = await loop.create_server(protocol, "127.0.0.1", 0)
            server.url = f"smtp://localhost:{listening.sockets[0].getsockname()[1]}"
        else:
            path = Path(folder) / "mail.sock"
            listening = await loop.create_unix_server(protocol, str(path))
            server.url = f"smtp+unix://{path}"
        try:
            yield server
        finally:
            server.end()
            listening.close()

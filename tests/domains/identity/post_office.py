"""The way of a letter: a worker that writes it, a mail server that takes it, somebody who reads."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage

from backend.domains.identity import jobs
from backend.integrations.mail import Mailer, MailSettings
from backend.jobs.queue import JobQueue
from backend.jobs.relay import JobRelay
from backend.persistence.jobs import Declared
from tests.domains.identity.door import Door
from tests.integrations.mail.mail_server import MailServer, mail_server
from tests.jobs.workshop import relaying, working
from tests.support.servers import Servers

WITHIN_S = 20.0
_LINK = re.compile(r"https?://\S+#(?P<purpose>[a-z_]+)=(?P<token>tdl_\S+)")


@dataclass
class PostOffice:
    """What was sent, in the order in which it came."""

    server: MailServer
    _read: int = 0

    async def letter(self) -> EmailMessage:
        """Read the next letter."""
        async with asyncio.timeout(WITHIN_S):
            while len(self.server.taken) <= self._read:  # noqa: ASYNC110 - a worker's doing
                await asyncio.sleep(0.01)
        self._read += 1
        return self.server.taken[self._read - 1]

    async def token(self, to: str, purpose: str) -> str:
        """Read the next letter, which is to somebody for something, and take the token out."""
        letter = await self.letter()
        assert letter["To"] == to, letter["Subject"]
        found = _LINK.search(text_of(letter))
        assert found, text_of(letter)
        assert found["purpose"] == purpose
        return found["token"]

    @property
    def unread(self) -> list[str]:
        """The subjects of what nobody has read yet."""
        return [str(letter["Subject"]) for letter in self.server.taken[self._read :]]


def text_of(letter: EmailMessage) -> str:
    """Read a letter."""
    body = letter.get_body(("plain",))
    assert body is not None
    content: str = body.get_content()
    return content


@asynccontextmanager
async def post_office(servers: Servers, door: Door) -> AsyncIterator[PostOffice]:
    """Run a worker and a mail server until the block ends."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(mail_server())
        mailer = Mailer(MailSettings(url=server.url, sender="Tandem <hello@tandem.example>"))
        declared = Declared.of([jobs])
        await stack.enter_async_context(
            working(servers, door.clock, declared=declared, services={Mailer: mailer})
        )
        relay = JobRelay(JobQueue(servers.redis_url), door.clock)
        door.relay = await stack.enter_async_context(relaying(relay))
        yield PostOffice(server)

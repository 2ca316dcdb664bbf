"""Questions: what one node asks another about itself, and hears within a moment or not at all."""

import asyncio
import secrets
from collections.abc import Callable
from uuid import UUID

from backend.cluster.links import Links
from backend.cluster.words import Asking, Replying

WAITING_MAX = 1_000
"""Questions on their way; more are not asked."""

Reply = Callable[[bytes], bytes]


class Questions:
    """Asks other nodes, and replies to them."""

    def __init__(self, links: Links) -> None:
        """Begin with no replies known."""
        self._links = links
        self._replies: dict[str, Reply] = {}
        self._waiting: dict[int, tuple[UUID, asyncio.Future[bytes]]] = {}
        self._last_number = secrets.randbits(48)
        links.on(Asking, self._asking)
        links.on(Replying, self._replying)

    def answer(self, about: str, reply: Reply) -> None:
        """Have questions about something answered; the reply must not wait."""
        self._replies[about] = reply

    async def ask(
        self, node_id: UUID, about: str, body: bytes = b"", *, within_s: float
    ) -> bytes | None:
        """Ask a node; None when no reply came in time."""
        if len(self._waiting) >= WAITING_MAX:
            return None
        self._last_number += 1
        number = self._last_number
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[number] = (node_id, future)
        try:
            if not self._links.send(node_id, Asking(number, about, body)):
                return None
            async with asyncio.timeout(within_s):
                return await future
        except TimeoutError:
            return None
        finally:
            del self._waiting[number]

    def _asking(self, sender: UUID, word: Asking) -> None:
        reply = self._replies.get(word.about)
        if reply is not None:
            self._links.send(sender, Replying(word.number, reply(word.body)))

    def _replying(self, sender: UUID, word: Replying) -> None:
        asked, future = self._waiting.get(word.number, (None, None))
        if future is not None and asked == sender and not future.done():
            future.set_result(word.body)

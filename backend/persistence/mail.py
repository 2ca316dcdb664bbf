"""Mail: letters between actors, on the short way from their commit to their receivers.

They linger a moment, so that a receiver hears in one turn what several commits told it. What is
lost here by a crash is still in the table of tells.
"""

import asyncio
from collections.abc import Callable

from actors.letter import TellLetter
from backend.persistence.tells import Sent
from protocol.address import Address

LINGER_S = 0.1
"""Nobody waits for a tell: the sender is answered, the shared topic has been told. Without this
every single command costs a second commit, for the balance and the unread count it moved."""
EVERY_S = 0.025
"""Each receiver's letters linger from the first of them, so that not all are delivered at once:
hundreds of turns together would hold up the commands that people do wait for. More often than this
would be a commit for a handful of them."""

Post = Callable[[Address, TellLetter], None]


class Mail:
    """Letters that wait a moment to be posted; a receiver's stay in the order of their commits."""

    def __init__(self, post: Post) -> None:
        """Post letters with this."""
        self._post = post
        self._waiting: dict[Address, tuple[float, list[TellLetter]]] = {}
        """By receiver: until when, and what. The first to be due stand first."""
        self._loop: asyncio.AbstractEventLoop | None = None

    def put(self, sent: Sent) -> None:
        """Take the letters of one commit."""
        if not sent:
            return
        loop = self._loop = self._loop or asyncio.get_running_loop()
        if not self._waiting:
            loop.call_later(EVERY_S, self._deliver)
        due = loop.time() + LINGER_S
        for receiver, letter in sent:
            self._waiting.setdefault(receiver, (due, []))[1].append(letter)

    def _deliver(self) -> None:
        assert self._loop is not None  # noqa: S101 - it runs in it
        now = self._loop.time()
        for receiver, (due, letters) in list(self._waiting.items()):
            if due > now:
                break
            del self._waiting[receiver]
            for letter in letters:
                self._post(receiver, letter)
        if self._waiting:
            self._loop.call_later(EVERY_S, self._deliver)

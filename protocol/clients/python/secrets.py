"""What a client shows at the door: a token or a ticket, fetched anew where that is wanted."""

import logging
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import NamedTuple

from protocol.clients.python.connection import LOST, SocketClosed
from protocol.clients.python.errors import Refused
from protocol.closing import Closing

Fetch = Callable[[], str | Awaitable[str]]
"""Fetches a fresh secret."""
Secret = str | Fetch
"""A token or ticket, or what fetches a fresh one for each connection."""
log = logging.getLogger("tandem.client")


class Shown(NamedTuple):
    """What is shown for one connection."""

    token: str | None = None
    ticket: str | None = None


class Secrets:
    """Fetches what each connection shows, and another token once where one was not taken."""

    def __init__(self, token: Secret | None, renew: Fetch | None, ticket: Secret | None) -> None:
        self._token = token
        self._renew = renew
        self._ticket = ticket
        self._renew_due = False
        self._is_renewed = False

    def begin(self) -> None:
        """Forget what became of the last ones: the client begins (again)."""
        self._renew_due = self._is_renewed = False

    def taken(self) -> None:
        """The server has taken what was shown."""
        self._is_renewed = False

    def may_renew(self, code: int) -> bool:
        """Tell whether another token may help after this close code; once until one is taken."""
        can_renew = self._renew is not None or callable(self._ticket)
        if code != Closing.UNAUTHENTICATED or self._is_renewed or not can_renew:
            return False
        self._renew_due = self._is_renewed = True
        return True

    async def fetch(self) -> Shown:
        """Fetch what to show. Raises SocketClosed.

        A lasting Refused says that the person is signed out; all else may pass, like a network.
        """
        try:
            return await self._fetch()
        except Refused as refused:
            if refused.temporary:
                raise SocketClosed(LOST, refused.code) from refused
            raise SocketClosed(Closing.UNAUTHENTICATED, refused.code, is_final=True) from refused
        except Exception as problem:
            log.warning("the token could not be fetched: %r", problem)
            raise SocketClosed(LOST, f"the token could not be fetched: {problem}") from problem

    async def _fetch(self) -> Shown:
        if self._ticket is not None:
            return Shown(ticket=await _fetched(self._ticket))
        if self._renew is None or not self._renew_due:
            return Shown(token=await _fetched(self._token))
        token = await _fetched(self._renew)
        self._renew_due = False
        if not callable(self._token):
            self._token = token
        return Shown(token=token)


async def _fetched(secret: Secret | None) -> str | None:
    if secret is None or isinstance(secret, str):
        return secret
    fetched = secret()
    return await fetched if isawaitable(fetched) else fetched

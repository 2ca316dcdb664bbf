"""Refs: all that the rest of the house may hold of an actor."""

import asyncio
from datetime import datetime
from uuid import UUID


from actors.letter import Answered, Letter
from actors.outcome import Outcome
from actors.principal import SYSTEM, Principal
from actors.system import System
from protocol.address import Address
from protocol.common import TimedOut
from protocol.messages import Ask, Command
from protocol.ids import uuid7

ASK_TIMEOUT_S = 30.0


class Ref:
    """A handle on an actor, wherever it lives and whether it is awake."""

    __slots__ = ("_system", "address")

    def __init__(self, system: System, address: Address) -> None:
        """Point at an address."""
        self._system = system
        self.address = address

    def post(  # noqa: PLR0913 - what stands on an envelope
        self,
        ask: Ask,
        principal: Principal,
        answered: Answered,
        *,
        id: UUID | None = None,  # noqa: A002 - the word of the protocol
        made_at: datetime | None = None,
    ) -> None:
        """Send an ask; `answered` is called with its outcome, once."""
        letter = Letter(ask, principal, answered, id=id, made_at=made_at)
        self._system.post(self.address, letter)

    async def ask(
        self,
        ask: Ask,
        principal: Principal = SYSTEM,
        *,
        id: UUID | None = None,  # noqa: A002
        made_at: datetime | None = None,
        timeout_s: float = ASK_TIMEOUT_S,
    ) -> Outcome:
        """Send an ask and wait for its outcome; past the time-out that is `timed_out`."""
        if id is None and isinstance(ask, Command):
            id = uuid7()  # noqa: A001
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def answered(outcome: Outcome) -> None:
            if not future.done():
                future.set_result(outcome)

        self.post(ask, principal, answered, id=id, made_at=made_at)
        try:
            return await asyncio.wait_for(future, timeout_s)
        except TimeoutError:
            return Outcome.of(TimedOut(waited_ms=int(timeout_s * 1000)))



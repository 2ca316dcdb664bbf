"""Refs: all that the rest of the house may hold of an actor."""

from datetime import datetime
from uuid import UUID

from actors.letter import Answered, Letter
from actors.outcome import Outcome
from actors.principal import SYSTEM, Principal
from actors.system import System
from protocol.address import Address
from protocol.ids import uuid7
from protocol.messages import Ask, Command

ASK_TIMEOUT_S = 30.0


class Ref:
    """A handle on an actor, wherever it lives and whether it is awake."""

    __slots__ = ("_system", "address")

    def __init__(self, system: System, address: Address) -> None:
        """Point at an address."""
        self._system = system
        self.address = address

    def post(
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
            id = uuid7(int(self._system.clock.now().timestamp() * 1000))  # noqa: A001
        patience = self._system.patience
        future = patience.begin(timeout_s)

        def answered(outcome: Outcome) -> None:
            if not future.done():
                future.set_result(outcome)

        try:
            self.post(ask, principal, answered, id=id, made_at=made_at)
            return await future
        finally:
            patience.end(future)

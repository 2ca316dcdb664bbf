"""The sweeper of tells: brings what was not heard, and gives up what cannot be.

A turn's tells are posted right after its commit. What a crash left, what a worker or another
process wrote, and what failed is brought here: at the start, when PostgreSQL wakes us, and now and
then. A tell whose handler failed is set aside and tried again alone, ever more seldom; after twenty
tries, or at once when the receiver refuses it for good, it becomes a dead letter with the reason.
The sender does not hear of that: it is written down in the log and shown to those who run Tandem.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog

from actors.letter import TellLetter
from actors.outcome import Outcome
from actors.ports import Clock, Placement
from backend.ending import finish
from backend.persistence import left_tells
from backend.persistence.answering import AWAY
from backend.persistence.backing_off import TRIES_MAX, wait_after
from backend.persistence.database import Record
from backend.persistence.guards import Connection
from backend.persistence.job_run import TELL_CHANNEL
from backend.persistence.pooled import say_goodbye
from backend.persistence.ports import Connects, LeftTells
from backend.persistence.tells import TellReader
from protocol.address import Address
from protocol.common import Internal, Moved, Overloaded, Temporary
from protocol.refusals import Refused

log = structlog.get_logger()

SWEEP_EVERY_S = 2.0
ROUNDS_MAX = 20
STOP_WITHIN_S = 5.0
FAILED_MAX = 10_000
WOKEN_MAX = 10_000

_NOBODYS_FAULT = frozenset({Moved.code, Temporary.code, Overloaded.code})
"""Refusals that say nothing of the tell; it is brought again and no try is counted."""

Post = Callable[[Address, TellLetter], None]


class TellSweeper:
    """One node's care for tells that wait."""

    def __init__(  # noqa: PLR0913 - tied together in one place, by name
        self,
        database: Connects,
        reader: TellReader,
        *,
        left: LeftTells = left_tells,
        post: Post,
        placement: Placement,
        clock: Clock,
    ) -> None:
        """Bring to `post` what waits, as long as this node is one of those that serve."""
        self._database = database
        self._left = left
        self._reader = reader
        self._post = post
        self._placement = placement
        self._clock = clock
        self._failed: dict[UUID, tuple[TellLetter, Refused]] = {}
        self._woken: set[Address] = set()
        self._wake = asyncio.Event()
        self._listener: Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_stopping = False
        self.brought = 0
        self.buried = 0
        reader.unheard = self.unheard

    async def start(self, *, is_alone: bool = True) -> None:
        """Bring what a crash left, then go on; beside others that may be bringing it, later."""
        await self._round(timedelta(0) if is_alone else left_tells.GRACE)
        self._task = asyncio.create_task(self._run(), name="tell sweeper")

    async def stop(self) -> None:
        """Stop; what waits is brought by the next node."""
        self._is_stopping = True
        self._wake.set()
        if self._task is not None:
            await finish(self._task, within_s=STOP_WITHIN_S)
        listener, self._listener = self._listener, None
        if listener is not None:
            await say_goodbye(listener)

    def unheard(self, letter: TellLetter, outcome: Outcome) -> None:
        """Note that an actor could not hear a tell."""
        refused = msgspec.json.decode(outcome.body, type=Refused)
        if refused.code not in _NOBODYS_FAULT and len(self._failed) < FAILED_MAX:
            self._failed[letter.id] = (letter, refused)
            self._wake.set()

    async def _run(self) -> None:
        while not self._is_stopping:
            await self._listen()
            await self._wait()
            try:
                await self._round(left_tells.GRACE)
            except AWAY as problem:
                log.warning("tells could not be swept", problem=str(problem))
            except Exception:
                # A bug here must not end the care for all the other tells.
                log.exception("the sweeper of tells failed")

    async def _wait(self) -> None:
        waits = [
            asyncio.ensure_future(self._wake.wait()),
            asyncio.ensure_future(self._clock.sleep(SWEEP_EVERY_S)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._wake.clear()

    async def _listen(self) -> None:
        """Have PostgreSQL wake us; without that we look now and then."""
        if self._listener is not None and not self._listener.is_closed():
            return
        try:
            listener = await self._database.connection("tandem tell sweeper")
            try:
                await listener.add_listener(TELL_CHANNEL, self._notified)
            except BaseException:
                listener.terminate()
                raise
            self._listener = listener
        except AWAY as problem:
            log.warning("nobody wakes the sweeper of tells", problem=str(problem))

    def _notified(self, _connection: object, _pid: int, _channel: str, payload: Any) -> None:
        receiver = Address(payload)
        # Every node is told; the one where the actor lives brings it.
        if self._placement.is_ours(receiver) and len(self._woken) < WOKEN_MAX:
            self._woken.add(receiver)
            self._wake.set()

    async def _round(self, grace: timedelta) -> None:
        if self._is_stopping or not self._placement.is_sure:
            return
        await self._deal_with_failed()
        for _ in range(ROUNDS_MAX):
            woken, self._woken = self._woken, set()
            now = self._clock.now()
            rows = await self._left.claim(now, sent_before=now - grace, woken=woken)
            for row in rows:
                await self._bring(row)
            if len(rows) < left_tells.BROUGHT_AT_ONCE_MAX:
                return

    async def _bring(self, row: Record) -> None:
        try:
            letter = self._reader.letter_of(row)
        except msgspec.MsgspecError as problem:
            # Another version may know the word; so it is tried again before it is given up.
            await self._try_later(row["id"], row["tries"] + 1, f"it cannot be read: {problem}")
            return
        self.brought += 1
        self._post(Address(row["receiver"]), letter)

    async def _deal_with_failed(self) -> None:
        failed, self._failed = self._failed, {}
        for letter, refused in failed.values():
            if len(letter.tells) > 1:
                await self._left.take_apart(letter, self._clock.now())
            elif refused.code == Internal.code:
                await self._try_later(letter.id, letter.tries + 1, refused.message)
            else:
                reason = f"it was refused ({refused.code}): {refused.message}"
                await self._bury(letter.id, letter.tries + 1, reason)

    async def _try_later(self, tell_id: UUID, tries: int, reason: str) -> None:
        if tries >= TRIES_MAX:
            await self._bury(tell_id, tries, reason)
        else:
            retry_at = self._clock.now() + timedelta(seconds=wait_after(tries))
            await self._left.set_aside(tell_id, tries, retry_at)

    async def _bury(self, tell_id: UUID, tries: int, reason: str) -> None:
        receiver = await self._left.bury(tell_id, tries, reason, self._clock.now())
        if receiver is not None:
            self.buried += 1
            log.error("a tell was given up", tell_id=tell_id, receiver=receiver, tries=tries)

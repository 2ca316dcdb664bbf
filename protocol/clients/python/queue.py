"""The queue of commands: kept across disconnections, sent in order, each under its one id."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from protocol.clients.python.backoff import Pace, backoff_s
from protocol.clients.python.clock import Clock
from protocol.clients.python.errors import Closed, QueueFull, Refused, TooLarge
from protocol.clients.python.listeners import Listeners
from protocol.clients.python.received import Reply
from protocol.clients.python.saving import Dated, Kept, QueueStore, Saving
from protocol.clients.python.wire import LIST_BYTES_MAX, Wire
from protocol.frames import Call
from protocol.limits import Limits

LATE = timedelta(seconds=5)
"""A command sent later than this after it was made says so, where the caller allows it."""


class Command:
    """One command that has not been answered."""

    __slots__ = ("answer", "kept", "on_wire", "tries")

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.answer: asyncio.Future[Any] | None = None
        self.on_wire = False
        self.tries = 0
        """How often it was sent again after a temporary refusal."""

    def answered(self) -> asyncio.Future[Any]:
        """Give what resolves with the answer; the same for all who ask under this id."""
        if self.answer is None:
            self.answer = asyncio.get_running_loop().create_future()
            # Whoever asked may have gone; then nobody looks at the exception, and that is fine.
            self.answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        return self.answer

    def frame(self, now: datetime, clock_ahead: timedelta) -> Call:
        """Write it down as it goes out at this moment.

        `clock_ahead` is how far the server's clock is ahead of ours.
        """
        kept = self.kept
        made_at: datetime | None = None
        if kept.dated == "always":
            made_at = kept.made_at
        elif kept.dated == "late" and now - kept.made_at > LATE:
            made_at = kept.made_at + clock_ahead
        do = msgspec.Raw(msgspec.json.encode(kept.do))
        return Call(id=kept.id, to=kept.to, made_at=made_at, do=do)


class CommandQueue:
    """All commands that were asked and are not answered, in the order in which they were asked.

    Commands go out in order. While one waits to be tried again nothing else goes out, so that
    nothing overtakes it; only what was on its way already is not called back. Whoever needs
    strict order over refusals waits for each answer before the next ask.
    """

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        wire: Wire,
        clock: Clock,
        random: Callable[[], float],
        *,
        queue_max: int,
        tries_max: int,
        store: QueueStore | None,
        store_failed: Callable[[Exception], object],
    ) -> None:
        self._wire = wire
        self._clock = clock
        self._random = random
        self._queue_max = queue_max
        self._tries_max = tries_max
        self._commands: dict[UUID, Command] = {}
        self._saving = Saving(store, self.kept, store_failed)
        self.limits = Limits()
        self._pace = self._new_pace()
        self._hold_until_s = 0.0
        self.clock_ahead = timedelta(0)
        self.on_answer: Listeners[[Kept, Any, Exception | None]] = Listeners()
        if store is not None:
            self._restore(store, store_failed)

    def _restore(self, store: QueueStore, failed: Callable[[Exception], object]) -> None:
        try:
            saved = store.load()
        except Exception as problem:  # noqa: BLE001 - a store may fail in any way
            failed(problem)
            return
        for one in saved:
            try:
                kept = msgspec.convert(one, Kept)
            except msgspec.ValidationError as problem:
                failed(problem)
                continue
            self._commands[kept.id] = Command(kept)

    def _new_pace(self) -> Pace:
        limits = self.limits
        return Pace(limits.calls_per_s_max, limits.calls_burst_max, self._clock.elapsed_s())

    def kept(self) -> list[Kept]:
        """List what waits, as a store keeps it."""
        return [command.kept for command in self._commands.values()]

    def add(  # noqa: PLR0913 - what a call is made of
        self,
        *,
        id: UUID,  # noqa: A002 - the word of the protocol
        do: dict[str, Any],
        to: str | None,
        made_at: datetime,
        dated: Dated,
        user_id: UUID | None,
    ) -> asyncio.Future[Any]:
        """Put a command at the end, and give what resolves with its answer.

        Under an id that waits already, the same wish shares its answer. Raises QueueFull,
        TooLarge, and Refused (`id_reused`) for another wish.
        """
        same = self._commands.get(id)
        if same is not None:
            if (same.kept.do, same.kept.to) != (do, to):
                raise Refused("id_reused", "This id waits already, for something else.")
            return same.answered()
        if len(self._commands) >= self._queue_max:
            raise QueueFull(self._queue_max)
        kept = Kept(id=id, do=do, to=to, made_at=made_at, dated=dated, user_id=user_id)
        command = Command(kept)
        # Measured with `made_at`, which a later sending may add.
        dated_call = msgspec.structs.replace(self._frame(command), made_at=made_at)
        self._check_size(self._wire.encode(dated_call))
        self._commands[id] = command
        self._saving.soon()
        return command.answered()

    def _frame(self, command: Command) -> Call:
        return command.frame(self._clock.now(), self.clock_ahead)

    def _check_size(self, frame: bytes) -> None:
        size = len(frame) + LIST_BYTES_MAX
        if size > self.limits.frame_bytes_max:
            raise TooLarge(size, self.limits.frame_bytes_max)

    # ------------------------------------------------------------------------------- the socket

    def begin(self, limits: Limits, user_id: UUID) -> None:
        """A socket of this person is open: everything is to be sent (again), within its limits."""
        if limits != self.limits:
            self.limits = limits
            self._pace = self._new_pace()
        for command in list(self._commands.values()):
            command.on_wire = False
            if command.kept.user_id is None:
                command.kept = msgspec.structs.replace(command.kept, user_id=user_id)
            elif command.kept.user_id != user_id:
                message = "Somebody else asked this on this device; it was not sent."
                self._settle(command, refused=Refused("other_person", message))
        self._saving.soon()

    def take(self) -> tuple[list[bytes], float | None]:
        """Take the calls that may go out now, and tell when to look again (None: when told)."""
        now_s = self._clock.elapsed_s()
        frames: list[bytes] = []
        if now_s < self._hold_until_s:
            return frames, self._hold_until_s
        flying = sum(command.on_wire for command in self._commands.values())
        for command in [waiting for waiting in self._commands.values() if not waiting.on_wire]:
            if flying >= self.limits.calls_in_flight_max:
                break
            if not self._pace.take(now_s):
                return frames, self._pace.next_s()
            flying += self._write(command, frames)
        return frames, None

    def _write(self, command: Command, frames: list[bytes]) -> bool:
        frame = self._wire.encode(self._frame(command))
        try:
            self._check_size(frame)
        except TooLarge as problem:
            # It was measured when it was asked; this server's limit is smaller.
            self._settle(command, refused=problem)
            return False
        frames.append(frame)
        command.on_wire = True
        return True

    def receive(self, reply: Reply) -> None:
        """Take an answer in; one that nobody waits for (any more) changes nothing."""
        command = self._commands.get(reply.id)
        if command is None:
            return
        if reply.refused is None:
            self._settle(command, ok=reply.ok)
            return
        refused = Refused.of(reply.refused)
        if refused.temporary and command.tries < self._tries_max:
            if command.on_wire:
                self._try_again(command, refused)
        else:
            self._settle(command, refused=refused)

    def _try_again(self, command: Command, refused: Refused) -> None:
        wait_s = refused.retry_after_s + backoff_s(command.tries, self._random)
        self._hold_until_s = max(self._hold_until_s, self._clock.elapsed_s() + wait_s)
        command.on_wire = False
        command.tries += 1
        if refused.code == "rate_limited":
            self._pace.empty(self._clock.elapsed_s())

    def _settle(
        self, command: Command, ok: object = None, refused: Exception | None = None
    ) -> None:
        del self._commands[command.kept.id]
        self._saving.soon()
        answer = command.answer
        if answer is not None and not answer.done():
            if refused is None:
                answer.set_result(ok)
            else:
                answer.set_exception(refused)
        self.on_answer.tell(command.kept, ok, refused)

    def stop(self, why: Closed) -> None:
        """Tell all who wait that no answer comes now; the commands stay, and are saved."""
        for command in self._commands.values():
            command.on_wire = False
            answer, command.answer = command.answer, None
            if answer is not None and not answer.done():
                answer.set_exception(why)
        self._saving.now()

"""What embedded servers have in common: a life from start to stop, bounded at every step."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import ClassVar, Self

from backend.embedded.errors import DiskFull, EmbeddedError, StartFailed, StartStalled
from backend.embedded.place import Place, as_fact
from backend.embedded.predecessor import end_predecessor, processes_in
from backend.embedded.process import Ladder, Launch, ServerProcess
from backend.embedded.waiting import happens

LOOK_EVERY_S = 0.25
ENDED_LOOK_S = 60.0

Progress = Callable[[str], None]
"""Takes one sentence that tells a person what is going on."""


def say_nothing(_sentence: str) -> None:
    """Keep progress to ourselves."""


class EmbeddedServer(ABC):
    """A server of our own, in a folder of its own, which only this user may open.

    `folder` holds everything it leaves behind; one run at a time may have it. Start it from the
    main thread: the kernel ends it with the thread that started it.
    """

    name: ClassVar[str]
    programs: ClassVar[frozenset[str]]
    stop_ladder: ClassVar[Ladder]
    drops_root: ClassVar = True
    """Whether another user runs it when we are root; not where it is Python, as we are."""
    stall_s: float = 180.0  # How long a start may go on without any sign of progress.

    def __init__(
        self,
        folder: Path,
        *,
        on_progress: Progress = say_nothing,
        settings: Mapping[str, str] = MappingProxyType({}),
        durable: bool = True,
    ) -> None:
        self.place = Place(folder, drops_root=self.drops_root)
        self.durable = durable
        self._settings = settings
        self._tell = on_progress
        self._process: ServerProcess | None = None
        self._log_start = 0

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        return self._running().pid

    @property
    def log(self) -> Path:
        """The file with the server's own words."""
        return self.place.log

    async def start(self) -> None:
        """Start the server and return when it answers; raise an EmbeddedError when it cannot."""
        self.place.hold()
        try:
            self._log_start = self.log.stat().st_size
            await self._end_predecessor()
            self.place.open_run()
            await self._prepare()
            self._tell(f"Starting {self.name}.")
            self._process = self._execute(self._command(), self.place.data)
            await self._wait_until_ready()
        except OSError as error:
            await self.stop()
            raise as_fact(error, self.place.folder) from error
        except BaseException:  # Cancelled included: nothing of a half start may stay.
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop the server, gently first, and let the folder go; does nothing when it is stopped."""
        try:
            if self._process:
                await self._process.end(self.stop_ladder)
        finally:  # Cancelled: there is no more time to be gentle.
            if self._process and not self._process.has_ended():
                self._process.kill()
            self._process = None
            if self.place.is_held:
                self.place.close_run()
                self.place.release()

    async def ended(self) -> int:
        """Return the exit code when the server ends, by whoever's hand."""
        process = self._running()
        while not await happens(process.has_ended, within_s=ENDED_LOOK_S):
            pass
        return process.exit_code or 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @abstractmethod
    async def _prepare(self) -> None:
        """Bring the data folder into a state that the server starts from."""

    @abstractmethod
    def _command(self) -> list[str]:
        """Return the program and its arguments."""

    def _environ(self) -> Mapping[str, str]:
        """Return what the program is to find in its environment."""
        return {}

    @abstractmethod
    def _is_ready(self) -> bool:
        """Say whether the server answers."""

    @abstractmethod
    def _reason(self, words: str) -> str:
        """Pick from what the server wrote to its log why it ended."""

    def _progress(self, words: str) -> str | None:
        """Turn what the server wrote to its log into one sentence for a person, if it has one."""
        del words
        return None

    def _sign_of_progress(self) -> object:
        """Return something that changes as long as a start goes forward."""
        return self.log.stat().st_size

    def _execute(self, argv: list[str], folder: Path) -> ServerProcess:
        return ServerProcess(
            Launch(
                argv=argv,
                folder=folder,
                log=self.log,
                pid_file=self.place.pid_file,
                account=self.place.account,
                death_signal=self.stop_ladder[0][0],
                environ=self._environ(),
            )
        )

    async def _end_predecessor(self) -> None:
        place = self.place
        if processes_in(place.folder, self.programs):
            self._tell(f"{self.name} of an earlier run is still there; ending it first.")
            await end_predecessor(
                self.name, place.folder, self.programs, place.pid_file, self.stop_ladder
            )

    async def _wait_until_ready(self) -> None:
        process = self._running()
        told = self._log_start
        sign, since = self._sign_of_progress(), time.monotonic()
        while not await happens(
            lambda: process.has_ended() or self._is_ready(), within_s=LOOK_EVERY_S
        ):
            told = self._tell_progress(told)
            if (now := self._sign_of_progress()) != sign:
                sign, since = now, time.monotonic()
            elif time.monotonic() - since > self.stall_s:
                raise StartStalled(self.name, self.stall_s, self.log)
        if process.has_ended():
            raise self._why_it_ended()
        self._tell_progress(told)

    def _tell_progress(self, told: int) -> int:
        """Say what the log has gained since `told`, in a person's words; return where it ends."""
        words, told = self._words(told)
        if sentence := self._progress(words):
            self._tell(sentence)
        return told

    def _why_it_ended(self) -> EmbeddedError:
        words, _ = self._words(self._log_start)
        if "No space left on device" in words or "Disk quota exceeded" in words:
            return DiskFull(self.place.folder, 0)
        return StartFailed(self.name, self._reason(words), self.log)

    def _words(self, start: int) -> tuple[str, int]:
        """Return what the log has gained since `start`, and where it ends now."""
        with self.log.open("rb") as log:
            log.seek(start)
            words = log.read()
        return words.decode(errors="replace"), start + len(words)

    def _running(self) -> ServerProcess:
        if self._process is None:
            raise RuntimeError(f"{self.name} is not running.")
        return self._process

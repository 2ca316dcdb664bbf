"""localstripe, the stand-in's backing: somebody else's program, in a process of its own."""

import re
import signal
import sys
from pathlib import Path
from typing import ClassVar

from backend.embedded.errors import ServerMissing
from backend.embedded.process import Ladder
from backend.embedded.server import EmbeddedServer

CONTAINED = Path(__file__).with_name("contained.py")
_READY = re.compile(r"Running on (http://127\.0\.0\.1:\d+)")


class Localstripe(EmbeddedServer):
    """The program, from its package; `url` tells how to reach it.

    Not durable means that it begins with nothing.
    """

    name: ClassVar = "localstripe"
    programs: ClassVar = frozenset({"localstripe"})
    stop_ladder: ClassVar[Ladder] = ((signal.SIGTERM, 5.0),)
    drops_root: ClassVar = False
    stall_s = 60.0

    @property
    def url(self) -> str:
        """Where it listens, as it said itself."""
        words, _ = self._words(self._log_start)
        found = _READY.search(words)
        if found is None:
            raise RuntimeError("localstripe is not running.")
        return found[1]

    async def _prepare(self) -> None:
        self.place.data.mkdir(mode=0o700, exist_ok=True)

    def _command(self) -> list[str]:
        # Beside the interpreter, as pip puts it into a virtual environment.
        program = Path(sys.executable).with_name("localstripe")
        if not program.is_file():
            raise ServerMissing("localstripe", "Install it: pip install 'tandem[local]'.")
        # The words it is ready with must not wait in a buffer.
        command = [sys.executable, "-I", "-u", str(CONTAINED), str(program), "--port", "0"]
        return command if self.durable else [*command, "--from-scratch"]

    def _is_ready(self) -> bool:
        words, _ = self._words(self._log_start)
        return _READY.search(words) is not None

    def _reason(self, words: str) -> str:
        return last_line(words)


def last_line(words: str) -> str:
    """Pick the last thing that a program of Python's said, which is why it ended."""
    lines = [line for line in words.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"

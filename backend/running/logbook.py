"""The log of a child: what it writes, kept in two files of bounded size."""

import asyncio
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

BYTES_MAX = 8 * 1024 * 1024
READ_BYTES_MAX = 64 * 1024
REMEMBERED_BYTES_MAX = 4 * 1024


class Logbook:
    """Takes a stream of bytes into `path`, and remembers the last of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch(mode=0o600)
        self._last = ""

    @property
    def last_line(self) -> str:
        """The last thing that was said."""
        lines = [line for line in self._last.splitlines() if line.strip()]
        return lines[-1].strip() if lines else ""

    async def take(self, stream: asyncio.StreamReader) -> None:
        """Write down what comes until the stream ends."""
        handler = RotatingFileHandler(
            self.path, maxBytes=BYTES_MAX, backupCount=1, encoding="utf-8", delay=True
        )
        handler.terminator = ""
        try:
            while words := (await stream.read(READ_BYTES_MAX)).decode(errors="replace"):
                self._last = (self._last + words)[-REMEMBERED_BYTES_MAX:]
                handler.handle(logging.makeLogRecord({"msg": words}))
        finally:
            handler.close()

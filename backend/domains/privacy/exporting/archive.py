"""Archives: a ZIP file that comes into being piece by piece, none of it held for long."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO

from backend.domains.privacy.limits import CHUNK_BYTES

_REGULAR_FILE = 0o100600 << 16
"""What systems with permissions make of it: a file its owner reads and writes."""


class TooLarge(Exception):
    """More was written than an archive may hold."""


class _Pieces(io.RawIOBase):
    """Takes the bytes of the archive, and hands them on in pieces of one size."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        """Take bytes; there is no way back, so the archive describes each file behind it."""
        return True

    def write(self, content: bytes) -> int:  # type: ignore[override]  # bytes are all it is given
        """Take bytes."""
        self._waiting += content
        return len(content)

    def take(self, *, is_last: bool) -> Iterator[bytes]:
        """Hand on whole pieces, and at last what is left."""
        while len(self._waiting) >= CHUNK_BYTES or (is_last and self._waiting):
            yield bytes(self._waiting[:CHUNK_BYTES])
            del self._waiting[:CHUNK_BYTES]


class Archive:
    """A ZIP file that is being written."""

    def __init__(self, at: datetime, bytes_max: int) -> None:
        """Begin; files bear this moment, and may have so many bytes in all."""
        self._at = at
        self._left = bytes_max
        self._pieces = _Pieces()
        self._zip = zipfile.ZipFile(self._pieces, "w", zipfile.ZIP_DEFLATED)

    @contextmanager
    def file(self, name: str) -> Iterator["File"]:
        """Write a file."""
        info = zipfile.ZipInfo(name, self._at.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = _REGULAR_FILE
        with self._zip.open(info, "w") as entry:
            yield File(self, entry)

    def count(self, size: int) -> None:
        """Count what is written. Raises TooLarge."""
        self._left -= size
        if self._left < 0:
            raise TooLarge

    def close(self) -> None:
        """Write what stands at the end of an archive: the list of its files."""
        self._zip.close()

    def take(self, *, is_last: bool = False) -> Iterator[bytes]:
        """Hand on the pieces that are whole; at last all that is left."""
        return self._pieces.take(is_last=is_last)


class File:
    """A file of an archive."""

    def __init__(self, archive: Archive, entry: IO[bytes]) -> None:
        """Write into this entry."""
        self._archive = archive
        self._entry = entry

    def write(self, content: bytes) -> None:
        """Write on. Raises TooLarge."""
        self._archive.count(len(content))
        self._entry.write(content)

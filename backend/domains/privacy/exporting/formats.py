"""The two forms of a file: JSON for programs, CSV for spreadsheets."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from backend.persistence.database import Record

_JSON_TYPES = frozenset({"json", "jsonb"})
_FORMULA = re.compile(r"""(^|[;,|\t\r\n"'])(?=\s*[-=+@\uff0d\uff1d\uff0b\uff20])""")
"""Where a spreadsheet would begin to calculate: at the beginning of a cell, and behind whatever it
may take for the end of one."""
_TEXT_BEGINS = "'"
"""What spreadsheets take for: what follows is text."""


class Form(Protocol):
    """How rows are written."""

    extension: str

    def begin(self, columns: Mapping[str, str]) -> bytes:
        """Write what stands before the rows, whose columns are of these types."""

    def rows(self, rows: Sequence[Record]) -> bytes:
        """Write some rows."""

    def end(self) -> bytes:
        """Write what stands behind them."""


class Json:
    """A list of objects; what is JSON in the database stands in it as it is."""

    extension = "json"

    def __init__(self) -> None:
        """Begin with no row written."""
        self._columns: Mapping[str, str] = {}
        self._is_first = True

    def begin(self, columns: Mapping[str, str]) -> bytes:
        """Write what stands before the rows."""
        self._columns = columns
        return b"["

    def rows(self, rows: Sequence[Record]) -> bytes:
        """Write some rows."""
        written = b"".join(b",\n" + msgspec.json.encode(self._object(row)) for row in rows)
        if self._is_first and rows:
            written, self._is_first = written[1:], False
        return written

    def end(self) -> bytes:
        """Write what stands behind them."""
        return b"\n]\n"

    def _object(self, row: Record) -> dict[str, Any]:
        return {name: self._value(row[name], kind) for name, kind in self._columns.items()}

    def _value(self, value: object, kind: str) -> object:
        if kind in _JSON_TYPES and isinstance(value, str):
            return msgspec.Raw(value.encode())
        return plain(value)


class Csv:
    """Comma-separated values (RFC 4180), in UTF-8 with a mark by which spreadsheets know it."""

    extension = "csv"

    def begin(self, columns: Mapping[str, str]) -> bytes:
        """Write the names of the columns."""
        return "\ufeff".encode() + _line(list(columns))

    def rows(self, rows: Sequence[Record]) -> bytes:
        """Write some rows."""
        return b"".join(_line([_cell(value) for value in row.values()]) for row in rows)

    def end(self) -> bytes:
        """Write nothing more."""
        return b""


def plain(value: object) -> object:
    """Write a value as a file has it: moments in UTC, ids and days as text.

    Raises TypeError for what no file has, such as the bytes of a hash.
    """
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | UUID):
        return str(value)
    raise TypeError(f"a {type(value).__name__} stands in no export")


def _line(cells: Sequence[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    """Write a cell; in text nothing begins that a spreadsheet would calculate."""
    value = plain(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _FORMULA.sub(rf"\g<1>{_TEXT_BEGINS}", value)
    return value

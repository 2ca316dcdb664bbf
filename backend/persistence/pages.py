"""Pages: how far a reader of a long list has come, as a word that says nothing to anybody else."""

import base64
import binascii
from datetime import date
from typing import NamedTuple, Self
from uuid import UUID

from protocol.common import Invalid

PAGE_DEFAULT = 50
PAGE_MAX = 100


def id_cursor(text: str | None) -> UUID | None:
    """Read the id of a page's last row, where rows are known by that alone. Raises Invalid."""
    try:
        return UUID(text) if text is not None else None
    except ValueError:
        raise _no_cursor() from None


class Cursor(NamedTuple):
    """The last row of a page: its day and its id, by which the rows are ordered."""

    day: date
    id: UUID

    def __str__(self) -> str:
        """Write it as it travels."""
        return base64.urlsafe_b64encode(f"{self.day}/{self.id}".encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote. Raises Invalid."""
        try:
            plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
            day, _, key = plain.partition("/")
            return cls(date.fromisoformat(day), UUID(key))
        except (ValueError, binascii.Error):
            raise _no_cursor() from None


def _no_cursor() -> Invalid:
    problem = "This is no cursor; take it from `next` of the page before"
    return Invalid(path="$.after", problem=problem)

"""Describing: what an archive says of itself, for programs and for people."""

from collections.abc import Sequence
from datetime import datetime
from textwrap import fill

import msgspec

from backend.persistence.personal_data import Withheld

_WIDTH = 88
_RULE = """\
These files have what you gave, what you did, and what was noted of it. What others wrote is theirs
and stands in none of them, also where you are shown it: they may hide it or take it back, and a
file could not follow. So it is with them, when they ask for theirs.

Each file comes twice, with the same rows: as .json for programs, as .csv for spreadsheets (UTF-8,
commas). In a .csv an apostrophe stands before whatever a spreadsheet would calculate; the .json has
the text as it is. Moments are in UTC (ISO 8601); where a day counts, `local_day` is the day it was
where you were, by `time_zone`. Amounts are whole numbers of the smallest unit (`_minor`).
"""


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an archive, as it came out."""

    name: str
    about: str
    rows: int
    columns: list[str]


def index_of(files: Sequence[Described], withheld: Sequence[Withheld], made_at: datetime) -> bytes:
    """Say for programs what each file is."""
    index = {
        "made_at": made_at,
        "files": [
            {
                **msgspec.structs.asdict(file),
                "json": f"{file.name}.json",
                "csv": f"{file.name}.csv",
            }
            for file in files
        ],
        "left_out": [msgspec.structs.asdict(left) for left in withheld],
    }
    return msgspec.json.format(msgspec.json.encode(index), indent=2) + b"\n"


def readme_of(files: Sequence[Described], withheld: Sequence[Withheld], made_at: datetime) -> bytes:
    """Say for people what each file is."""
    there = "\n".join(f"{file.name} ({file.rows})\n{_indented(file.about)}\n" for file in files)
    left = "\n".join(
        f"{one.table}: {', '.join(one.columns)}\n{_indented(one.why)}\n" for one in withheld
    )
    text = (
        f"Your data at Tandem, as it was on {made_at:%Y-%m-%d} at {made_at:%H:%M} UTC.\n\n"
        f"{_RULE}\n\nThe files, and how many rows each has\n\n{there}\n\n"
        f"What is kept of you and stands in no file\n\n{left}"
    )
    return text.encode()


def _indented(text: str) -> str:
    return fill(text, _WIDTH, initial_indent="    ", subsequent_indent="    ")

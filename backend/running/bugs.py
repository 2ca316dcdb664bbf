"""Bugs of ours: the trace goes into a file, the person gets a sentence."""

import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from backend.running.folder import DataFolder


def sentence_of(bug: Exception, data: Path) -> str:
    """Write a bug down, and say where."""
    log = DataFolder(data).logs / "run.log"
    with suppress(OSError), log.open("a", encoding="utf-8") as file:
        file.write(f"{datetime.now(UTC).isoformat()}\n{''.join(traceback.format_exception(bug))}\n")
        return f"Something is wrong on our side ({type(bug).__name__}); {log} says what."
    return f"Something is wrong on our side: {type(bug).__name__}: {bug}"

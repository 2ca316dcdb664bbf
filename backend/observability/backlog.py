"""The backlog: what waits in the database, counted when somebody looks at the metrics."""

import asyncio
import time
from collections.abc import Mapping

from backend.persistence.answering import AWAY
from backend.persistence.database import fetch

COUNTED_MAX = 100_000
KEPT_S = 5.0
READ_WITHIN_S = 2.0

_COUNT = """
SELECT (SELECT count(*) FROM (SELECT FROM tell LIMIT $1) AS t) AS tells_pending,
       (SELECT count(*) FROM (SELECT FROM dead_letter LIMIT $1) AS d) AS dead_letters,
       (SELECT count(*) FROM (SELECT FROM job WHERE relayed_at IS NULL LIMIT $1) AS j)
           AS jobs_pending,
       (SELECT count(*) FROM (SELECT FROM challenge_event WHERE status = 'disputed' LIMIT $1) AS e)
           AS disputes_open
"""


class Backlog:
    """Counts of waiting rows, at most a few seconds old."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.counts: Mapping[str, int] = {}
        """By name; empty while the database is away."""
        self._read_at = float("-inf")

    async def refresh(self) -> None:
        """Count anew, unless that was done a moment ago."""
        if time.monotonic() - self._read_at < KEPT_S:
            return
        self._read_at = time.monotonic()
        try:
            async with asyncio.timeout(READ_WITHIN_S):
                rows = await fetch(_COUNT, COUNTED_MAX)
        except AWAY:
            self.counts = {}
        else:
            self.counts = dict(rows[0])

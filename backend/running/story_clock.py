"""The clock of the demo's history: it stands where the story is, while waits are real."""

from datetime import datetime

from backend.clock import SystemClock


class StoryClock(SystemClock):
    """A clock that shows what it was set to."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Read the time of the story."""
        return self.at

"""Silence: for how long the database has owed a lane its answer."""

from actors.ports import Clock

HOLD_S = 5.0
"""So long what comes is held for it; then people are told to come again."""


class Silence:
    """Measured by the machine's own clock, whatever time of day others are shown."""

    def __init__(self, machine: Clock) -> None:
        """Begin with nothing owed."""
        self._machine = machine
        self._since: float | None = None

    def begin(self) -> None:
        """Ask the database for something, unless it owes an answer already."""
        if self._since is None:
            self._since = self._machine.monotonic()

    def end(self) -> None:
        """Hear from it."""
        self._since = None

    @property
    def is_long(self) -> bool:
        """Tell whether it has lasted longer than anybody is held for it."""
        return self._since is not None and self._machine.monotonic() - self._since >= HOLD_S

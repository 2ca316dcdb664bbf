"""What every bench is given, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.seeding import Town
from benchmarks.stack import Stack

Figures = dict[str, float]
"""What a bench measured, by name; the names say the units."""


class Untrue(Exception):
    """What was counted and what is there differ, so no figure of the run is worth a thing."""


@dataclass(frozen=True)
class Conditions:
    """Under which conditions a bench runs."""

    is_quick: bool
    rounds: int
    """How often everything is measured; figures are medians."""
    say: Callable[[str], None]
    servers: tuple[Stack, Town] | None = None
    """What runs and who lives there; None where no bench needs any of it."""

    @property
    def stack(self) -> Stack:
        """What runs."""
        return self._servers()[0]

    @property
    def town(self) -> Town:
        """Who lives in its database."""
        return self._servers()[1]

    def _servers(self) -> tuple[Stack, Town]:
        assert self.servers is not None, "the bench says that it needs servers"  # noqa: S101
        return self.servers

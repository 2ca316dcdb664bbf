"""Collecting between tests: the collector looks at everything then, and never within one.

A worker has imported every test, half a million objects; to look at all of them takes a second on a
busy machine, in which no node of a test says anything: leases run out and connections are given up.
"""

import gc

OBJECTS_BETWEEN, YOUNG_BETWEEN = 10_000, 10
"""Fewer looks than Python has by default; hardly anything of a test is part of a circle."""
NEVER = 1_000_000_000
OLDER_BETWEEN = 5
"""So often what is young was looked at, half a million objects in all, until everything is."""


def begin() -> None:
    """Leave alone what has been imported, from now on; it stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN, YOUNG_BETWEEN, NEVER)


def collect() -> None:
    """Look at everything, if there is much that is new."""
    if gc.get_count()[2] >= OLDER_BETWEEN:
        gc.collect()

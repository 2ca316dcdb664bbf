"""Collecting: how often Python looks for circles of objects that nobody holds any more."""

import gc

OBJECTS_BETWEEN = 100_000


def collect_rarely() -> None:
    """Look rarely, and never among what was loaded until now.

    Hardly anything of a command is part of a circle, but thousands of commands are alive at once,
    and by default each seven hundred new objects had all of them searched: a third of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN, 20, 50)

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


def grown() -> None:
    """Have what is alive now never searched again, for it will be for long.

    A hundred thousand new objects that live on are searched for a tenth of a second, and now and
    then millions of them; whoever lets many sockets in has a thousand searched at a time. What
    is frozen and becomes a circle stays for ever: nothing a socket holds may be one when it ends
    (tests/web/test_freed.py).
    """
    if gc.get_threshold()[0] == OBJECTS_BETWEEN:  # Not where others have Python look often.
        gc.collect(0)
        gc.freeze()

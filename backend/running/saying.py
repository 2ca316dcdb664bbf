"""What a run says to the person in front of it."""

import sys
from contextlib import suppress


def say(sentence: str) -> None:
    """Say one thing on standard output, at once; a terminal that went away is no reason to end."""
    with suppress(OSError, ValueError):
        sys.stdout.write(f"{sentence}\n")
        sys.stdout.flush()


def complain(sentence: str) -> None:
    """Say on standard error why it does not go on."""
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{sentence}\n")
        sys.stderr.flush()

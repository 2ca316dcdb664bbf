"""Backing off: how long to wait before something that failed is tried again."""

TRIES_MAX = 20
"""Tells and jobs are given up after so many; the waits between make that some three hours."""

_FIRST_S = 1.0
_LONGEST_S = 900.0
_DOUBLED_MAX = 10


def wait_after(tries: int) -> float:
    """Say how many seconds to wait after this many failed tries; each wait doubles, to a limit."""
    return min(_FIRST_S * 2.0 ** min(max(tries - 1, 0), _DOUBLED_MAX), _LONGEST_S)

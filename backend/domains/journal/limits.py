"""What a deployment may set of the journal's limits; read once, when the process starts.

They can be raised for load tests, whose people log more in a minute than anybody does in a year.
"""

import os


def whole_number(name: str, default: int) -> int:
    """Read a limit from the environment; ends the process with a sentence when it is none."""
    given = os.environ.get(name, str(default))
    if not (given.isascii() and given.isdigit() and int(given) > 0):
        raise SystemExit(f"The setting {name} must be a whole number above 0, not {given!r}.")
    return int(given)


MOODS_PER_DAY_MAX = whole_number("TANDEM_MOODS_PER_DAY_MAX", 200)
"""How many moods a person may log a day in one relationship, or for themselves."""
MOOD_COINS_PER_DAY_MAX = whole_number("TANDEM_MOOD_COINS_PER_DAY_MAX", 10)
"""How many of a day's moods bring a coin, wherever they are logged."""

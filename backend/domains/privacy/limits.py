"""How often and how long, in privacy."""

from datetime import timedelta

EXPORTS_PER_DAY_MAX = 3
A_DAY = timedelta(days=1)
EXPORT_KEPT = timedelta(days=7)
EXPORT_MADE_WITHIN = timedelta(hours=6)
"""After so long it is given up: its job is a dead letter, or nobody works."""
LINK_LIFE = timedelta(minutes=5)
CHUNK_BYTES = 256 * 1024
"""How an archive is cut for the database; the table takes no larger piece."""

GRACE = timedelta(days=14)
"""How long an erasure can be called off."""
HELD_UP = timedelta(days=1)
"""After so long an erasure that a room refuses is tried again."""
LEFT_BEHIND = timedelta(hours=1)
"""After so long without a step an erasure is gone on with."""

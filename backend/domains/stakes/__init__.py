"""Stakes: what people put on a promise, within limits that protect them.

What other rooms may use:

- `pledge`, `forfeit`, `release`: money that is held for a promise, taken bit by bit, given back.
"""

from backend.domains.stakes.pledge import Pledge, forfeit, pledge, release

__all__ = ["Pledge", "forfeit", "pledge", "release"]

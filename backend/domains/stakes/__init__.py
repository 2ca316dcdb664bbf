"""Stakes: what people put on a promise, within limits that protect them.

What other rooms may use:

- `pledge`, `forfeit`, `release`: money that is held for a promise, taken bit by bit, given back.
- `check_may_fund(user_id, now)`: refuses money of who is to be protected from staking it.
- `Stakes`, the state of a person's actor that says what protects them: `check` refuses what they
  are to be protected from, `expose` and `cover` say what they stand to lose.
- `in_words`: an amount of money as people write it.
"""

from backend.domains.stakes.amounts import in_words
from backend.domains.stakes.exposing import cover, expose
from backend.domains.stakes.funding import check_may_fund
from backend.domains.stakes.messages import AdultsOnly, Excluded, LimitExceeded
from backend.domains.stakes.pledge import Pledge, forfeit, pledge, release
from backend.domains.stakes.rules import Stakes, check

__all__ = [
    "AdultsOnly",
    "Excluded",
    "LimitExceeded",
    "Pledge",
    "Stakes",
    "check",
    "check_may_fund",
    "cover",
    "expose",
    "forfeit",
    "in_words",
    "pledge",
    "release",
]

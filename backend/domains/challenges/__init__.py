"""Challenges: a promise, with or without money on it.

What other rooms may use:

- `Challenge`, the state of a challenge's actor: `own` gives the run to whose it is, and refuses
  everybody else (`NotYours`, `ChallengeOver`); the run's `awaited` finds what can still be done in
  time (`NotOpen`).

- `excused_by`, which says how often each outage was the excuse.

What the house is offered: `on_rest`, which keeps an account awake that has money on a promise.

What happens to a challenge others hear by its events, such as `OccurrenceDone`.
"""

from backend.domains.challenges.leaving import on_rest
from backend.domains.challenges.refusals import ChallengeOver, NotOpen, NotYours
from backend.domains.challenges.rules import Challenge
from backend.domains.challenges.store import excused_by

__all__ = ["Challenge", "ChallengeOver", "NotOpen", "NotYours", "excused_by", "on_rest"]

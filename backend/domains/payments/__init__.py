"""Payments: money that comes in by card and goes back to it, and Stripe, which does both.

What other rooms may use:

- `need_card(work, user_id, asset, each_minor)`: refuses a promise that nobody's card could pay for.
- `check_charge(asset, amount_minor)`: refuses an amount that no card is charged with.
- `charge(turn, …)`: has a saved card charged with what was forfeited, with the turn that settles
  it; what becomes of it the challenge's actor hears by the tell `ForfeitMoved`.
- `PayoutLimits(…)`: a service of nodes: what the deployment bears of money that comes and goes.
- `open_webhooks()`, `replay(run, event_id)`, `reconcile_soon(run)`: for those who run Tandem.
- `CardMissing`, `ChargeImpossible`, `Owing`: what these may be refused with.
"""

from backend.domains.payments.card_guard import need_card
from backend.domains.payments.collecting import charge
from backend.domains.payments.messages import CardMissing, ChargeImpossible, ForfeitMoved, Owing
from backend.domains.payments.operating import open_webhooks, reconcile_soon, replay
from backend.domains.payments.paying_out import PayoutLimits
from backend.domains.payments.rules import check_charge

__all__ = [
    "CardMissing",
    "ChargeImpossible",
    "ForfeitMoved",
    "Owing",
    "PayoutLimits",
    "charge",
    "check_charge",
    "need_card",
    "open_webhooks",
    "reconcile_soon",
    "replay",
]

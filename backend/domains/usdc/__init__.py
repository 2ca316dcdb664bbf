"""USDC: money that comes in at addresses of ours on a chain, and is paid out to people's own.

What the house may use:

- `Usdc(settings, by_tier, clock)`: the chain and the limits, a service of nodes and workers;
  `ByTier` says which limits each tier has.
- `load_addresses`, `to_pay`, `approve`, `execute`, `refuse`, `sweep`, `take_sweep_back`,
  `report`: what operators do by `tandem usdc`; what cannot be is `NotPossible`.

Its deposits and withdrawals go through the ledger (asset `usdc`), against the house's account for
what is kept on the chain.
"""

from backend.domains.usdc.bodies import UsdcReport
from backend.domains.usdc.limits import ByTier, Limits
from backend.domains.usdc.operating import (
    NotPossible,
    approve,
    execute,
    load_addresses,
    refuse,
    sweep,
    take_sweep_back,
    to_pay,
)
from backend.domains.usdc.reporting import report
from backend.domains.usdc.rules import in_words
from backend.domains.usdc.usdc import Usdc
from backend.domains.usdc.withdrawal_store import Withdrawal

__all__ = [
    "ByTier",
    "Limits",
    "NotPossible",
    "Usdc",
    "UsdcReport",
    "Withdrawal",
    "approve",
    "execute",
    "in_words",
    "load_addresses",
    "refuse",
    "report",
    "sweep",
    "take_sweep_back",
    "to_pay",
]

"""Ledger: what people own, in one double-entry book that only the database writes.

What other rooms may use; each puts what it wants into the Work of a turn, and the command is
refused when the database finds it cannot be:

- `award(work, user_id, id=…, amount_minor=…, reference=…, at=…)`: give something, with a `Cap` or
  `once`; whoever has signed up can always be given something.
- `post(work, Transfer(…), …)`: move something; several are linked, all or nothing.
- `post_now(run, Transfer(…), …)`: the same for a job or a route, in the transaction of its run.
- `hold`, `post_hold`, `void_hold`, `expire_hold`: promise something now, decide later; `ending`
  makes the transfer that ends a hold, for who links it with others.
- `staked_since(user_id, asset, since)`: how much somebody has put on promises.
- `wallet_account(user_id, asset)`, `house_account(asset, purpose)`: the ids of accounts.
- `open_wallets(connection, user_ids, at)`: for demo people and benches; who signs up has them.

A person hears of their balances by the event `BalanceChanged` of their own topic. A command that
takes something lists what it may be refused with, most often `InsufficientFunds`.
"""

from backend.domains.ledger.accounts import Asset, Purpose, house_account, wallet_account
from backend.domains.ledger.messages import (
    AccountUnknown,
    AssetsDiffer,
    Balance,
    BalanceChanged,
    HoldExceeded,
    HoldExpired,
    HoldNotDue,
    HoldResolved,
    HoldUnknown,
    InsufficientFunds,
    TransferExists,
)
from backend.domains.ledger.moving import (
    award,
    ending,
    expire_hold,
    hold,
    post,
    post_hold,
    void_hold,
)
from backend.domains.ledger.opening import WELCOME_TOKENS, on_sign_up, open_wallets
from backend.domains.ledger.posting import post_now
from backend.domains.ledger.store import staked_since
from backend.domains.ledger.transfer import BadTransfer, Cap, Phase, Reason, Transfer

__all__ = [
    "WELCOME_TOKENS",
    "AccountUnknown",
    "Asset",
    "AssetsDiffer",
    "BadTransfer",
    "Balance",
    "BalanceChanged",
    "Cap",
    "HoldExceeded",
    "HoldExpired",
    "HoldNotDue",
    "HoldResolved",
    "HoldUnknown",
    "InsufficientFunds",
    "Phase",
    "Purpose",
    "Reason",
    "Transfer",
    "TransferExists",
    "award",
    "ending",
    "expire_hold",
    "hold",
    "house_account",
    "on_sign_up",
    "open_wallets",
    "post",
    "post_hold",
    "post_now",
    "staked_since",
    "void_hold",
    "wallet_account",
]

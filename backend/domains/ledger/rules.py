"""What follows for a wallet; pure. Whether something can be paid, only the database decides."""

import msgspec

from backend.domains.ledger.messages import Balance, BalanceChanged, BalanceMoved


class Wallet(msgspec.Struct, frozen=True, gc=False):
    """What a person has of every asset they ever had, by its name; a copy of the database's."""

    balances: tuple[Balance, ...] = ()


def moved(wallet: Wallet, tell: BalanceMoved) -> BalanceChanged:
    """Take over a balance, unless a later one is known: tells may be overtaken by a reload."""
    by_asset = {balance.asset: balance for balance in wallet.balances}
    known = by_asset.get(tell.balance.asset)
    if known is None or known.version < tell.balance.version:
        by_asset[tell.balance.asset] = tell.balance
    return BalanceChanged(balances=tuple(by_asset[asset] for asset in sorted(by_asset)))

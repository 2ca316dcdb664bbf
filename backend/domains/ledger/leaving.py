"""Leaving: what becomes of somebody's money when their account is to be erased.

Coins, tokens and AI credits are let go. Money is not: what is held must be decided first, and what
is there is paid out, or given up, which its owner has to say.
"""

from uuid import UUID, uuid5

from backend.domains.ledger import store
from backend.domains.ledger.accounts import Asset, Purpose, house_account, wallet_account
from backend.domains.ledger.messages import Balance, BalanceLeft, MoneyHeld
from backend.domains.ledger.posting import post_each
from backend.domains.ledger.transfer import Reason, Transfer
from backend.persistence.job_run import JobRun
from backend.persistence.personal_data import ErasureWish

MONEY = frozenset({Asset.USD, Asset.USDC})
_GIVEN_UP = "given up"


async def why_not_erase(wish: ErasureWish) -> None:
    """Refuse to erase somebody who has money. Raises MoneyHeld, BalanceLeft."""
    for balance in await _money_of(wish.user_id):
        if balance.held_minor:
            raise MoneyHeld(asset=balance.asset, held_minor=balance.held_minor)
        if balance.available_minor and not wish.give_up_balances:
            raise BalanceLeft(asset=balance.asset, available_minor=balance.available_minor)


async def give_up(wish: ErasureWish, run: JobRun) -> bool:
    """Move what is given up to charity, in the caller's transaction; nothing more is to come.

    The version of the balance makes the transfer's id, so it happens once.
    """
    if not wish.give_up_balances:
        return False
    user_id = wish.user_id
    transfers = [
        Transfer(
            id=uuid5(wallet_account(user_id, balance.asset), f"{_GIVEN_UP}/{balance.version}"),
            debit_account_id=wallet_account(user_id, balance.asset),
            credit_account_id=house_account(balance.asset, Purpose.CHARITY),
            amount_minor=balance.available_minor,
            asset=balance.asset,
            reason=Reason.FORFEIT,
            reference=_GIVEN_UP,
            at=run.now,
        )
        for balance in await _money_of(user_id)
        if balance.available_minor
    ]
    for address, tell in await post_each(transfers):
        run.tell(address, tell)
    return False


async def _money_of(user_id: UUID) -> list[Balance]:
    return [balance for balance in await store.wallets_of(user_id) if balance.asset in MONEY]

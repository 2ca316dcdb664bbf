"""Leaving: what has to end before somebody's account is erased."""

from backend.domains.usdc import withdrawal_store
from backend.domains.usdc.messages import WithdrawalOpen
from backend.persistence.personal_data import ErasureWish


async def why_not_erase(wish: ErasureWish) -> None:
    """Refuse to erase somebody to whom money is on its way. Raises WithdrawalOpen."""
    if await withdrawal_store.has_open(wish.user_id):
        raise WithdrawalOpen

"""Accounts: whose they are and what their ids are; an id is worked out, never looked up."""

from enum import StrEnum
from functools import lru_cache
from typing import Final
from uuid import UUID, uuid5

WALLETS_KEPT_MAX = 65_536

_WALLETS: Final = UUID("5d0d3b5e-6a6f-5d7c-9c58-0f1f6a0c7e21")
"""The namespace of wallet ids; it must never change, or everybody's wallet would be another."""


class Asset(StrEnum):
    """What can be owned; amounts are counted in its smallest unit.

    A coin, a token and an AI credit are whole, `usd` is in cents, `usdc` in millionths.
    """

    COIN = "coin"
    TOKEN = "token"  # noqa: S105 - a kind of money
    AI_CREDIT = "ai_credit"
    USD = "usd"
    USDC = "usdc"


class Purpose(StrEnum):
    """What an account of the house is for; it has no floor and belongs to nobody."""

    ISSUANCE = "issuance"
    """Where what people are given comes from, and where what they use up goes."""
    HOUSE = "house"
    FEES = "fees"
    CHARITY = "charity"
    STAKE = "stake"
    CARD = "card"
    """What the card processor keeps for us: what came in by card goes out of here."""
    CHAIN = "chain"
    """What is kept for us on a chain."""
    RECEIVABLE = "receivable"
    """What people owe the house, because a payment was taken back."""


# Their order makes the ids of accounts: a new one is added at the end.
_ASSETS: Final = list(Asset)
_PURPOSES: Final = list(Purpose)


@lru_cache(maxsize=len(_ASSETS) * len(_PURPOSES))
def house_account(asset: Asset | str, purpose: Purpose | str) -> UUID:
    """Name the account of the house for an asset and a purpose; the migration opened them all."""
    asset_place = _ASSETS.index(Asset(asset)) + 1
    purpose_place = _PURPOSES.index(Purpose(purpose)) + 1
    return UUID(int=(asset_place << 48) | purpose_place)


@lru_cache(maxsize=WALLETS_KEPT_MAX)
def wallet_account(user_id: UUID, asset: Asset | str = Asset.COIN) -> UUID:
    """Name the account in which a person keeps an asset."""
    return uuid5(_WALLETS, f"{user_id}/{asset}")

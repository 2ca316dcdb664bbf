"""Amounts of money as people write them."""

from decimal import Decimal

from backend.domains.ledger import Asset

_DIGITS = {Asset.USD: 2, Asset.USDC: 6}
"""How many digits there are behind the point; what else is owned is whole."""
_DIGITS_SHOWN_MIN = 2


def in_words(asset: Asset, amount_minor: int) -> str:
    """Write an amount, such as 1.50 USD."""
    digits = _DIGITS.get(asset, 0)
    if digits == 0:
        return f"{amount_minor} {asset.upper()}"
    whole, _, part = f"{Decimal(amount_minor).scaleb(-digits):f}".partition(".")
    return f"{whole}.{part.rstrip('0').ljust(_DIGITS_SHOWN_MIN, '0')} {asset.upper()}"

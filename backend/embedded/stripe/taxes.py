"""Taxes, which the stand-in does not reckon."""

import msgspec


class AutomaticTax(msgspec.Struct, kw_only=True):
    """Whether Stripe reckons taxes by itself."""

    enabled: bool = False
    disabled_reason: None = None
    liability: None = None
    provider: None = None
    status: None = None

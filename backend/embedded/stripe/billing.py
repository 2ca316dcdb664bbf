"""Billing details: whose card it is, as far as they said."""

import msgspec
from msgspec import field


class Address(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Where somebody lives."""

    city: str | None = None
    country: str | None = None
    line1: str | None = None
    line2: str | None = None
    postal_code: str | None = None
    state: str | None = None


class BillingDetails(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whom a card belongs to."""

    address: Address = field(default_factory=Address)
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    tax_id: str | None = None

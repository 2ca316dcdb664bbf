"""The balance: what every payment, refund and dispute does to it, and what Stripe keeps."""

from collections import Counter
from typing import ClassVar

import msgspec

from backend.embedded.stripe.account import Account
from backend.embedded.stripe.forms import NoParams
from backend.embedded.stripe.operations import Call, operation
from backend.embedded.stripe.resource import Resource, new_id
from backend.embedded.stripe.tables import ListParams, Page

FEE_PER_MILLE = 29
FEE_FIXED_MINOR = 30
DISPUTE_FEE_MINOR = 1_500
AVAILABLE_AFTER_S = 2 * 24 * 60 * 60


class FeeDetail(msgspec.Struct, kw_only=True):
    """One part of a fee."""

    amount: int
    application: None = None
    currency: str
    description: str
    type: str = "stripe_fee"


class BalanceTransaction(Resource, tag="balance_transaction", kw_only=True):
    """One change of the balance."""

    prefix: ClassVar = "txn_"
    path: ClassVar = "/v1/balance_transactions"

    amount: int
    available_on: int
    balance_type: str = "payments"
    currency: str
    description: str | None = None
    exchange_rate: None = None
    fee: int
    fee_details: list[FeeDetail]
    net: int
    reporting_category: str
    source: str
    status: str = "pending"
    type: str


class Change(msgspec.Struct, kw_only=True, frozen=True):
    """How the balance is to change."""

    type: str
    amount: int
    currency: str
    source: str
    """Whose doing it is."""
    fee: int = 0
    category: str | None = None
    """What it is in reports, if that is not its type."""


class BalanceListParams(ListParams, kw_only=True):
    """Which changes."""

    currency: str | None = None
    source: str | None = None
    type: str | None = None


class Amount(msgspec.Struct, kw_only=True):
    """So much of a currency."""

    amount: int
    currency: str
    source_types: dict[str, int]


class Balance(msgspec.Struct, kw_only=True):
    """What the account has."""

    object: str = "balance"
    livemode: bool = False
    available: list[Amount]
    pending: list[Amount]


@operation("GET", "/v1/balance_transactions", BalanceListParams)
async def list_all(call: Call[BalanceListParams]) -> Page:
    """List changes of the balance."""
    params = call.params
    return call.account.of(BalanceTransaction).page(
        params,
        of=lambda row: (
            row.currency == (params.currency or row.currency)
            and row.source == (params.source or row.source)
            and row.type == (params.type or row.type)
        ),
    )


@operation("GET", "/v1/balance_transactions/{id}", NoParams)
async def retrieve(call: Call[NoParams]) -> BalanceTransaction:
    """Read one."""
    return call.account.of(BalanceTransaction).get(call.id)


@operation("GET", "/v1/balance", NoParams)
async def read(call: Call[NoParams]) -> Balance:
    """Read what the account has."""
    now = call.account.now()
    available: Counter[str] = Counter()
    pending: Counter[str] = Counter()
    for row in call.account.of(BalanceTransaction):
        (available if row.available_on <= now else pending)[row.currency] += row.net
    return Balance(available=_amounts(available), pending=_amounts(pending))


def change_balance(account: Account, told: Change) -> BalanceTransaction:
    """Change the balance."""
    fee = FeeDetail(amount=told.fee, currency=told.currency, description="Stripe processing fees")
    made = BalanceTransaction(
        id=new_id(BalanceTransaction.prefix),
        created=account.now(),
        amount=told.amount,
        available_on=account.now() + AVAILABLE_AFTER_S,
        currency=told.currency,
        fee=told.fee,
        fee_details=[fee] if told.fee else [],
        net=told.amount - told.fee,
        reporting_category=told.category or told.type,
        source=told.source,
        type=told.type,
    )
    account.of(BalanceTransaction).add(made)
    return made


def fee_for(amount: int) -> int:
    """Say what Stripe keeps of a payment."""
    return amount * FEE_PER_MILLE // 1_000 + FEE_FIXED_MINOR


def _amounts(found: Counter[str]) -> list[Amount]:
    return [
        Amount(amount=amount, currency=currency, source_types={"card": amount})
        for currency, amount in sorted(found.items())
    ]

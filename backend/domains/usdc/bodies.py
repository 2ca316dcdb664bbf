"""What travels over HTTP: the bodies of the room's routes."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, field

from backend.domains.usdc.limits import LimitsInForce
from backend.domains.usdc.messages import MICROS_MAX, Address, Micros, WithdrawalShown
from protocol.marks import PRIVATE, SECRET
from protocol.messages import Value

CONTEXT_MAX = 8
Context = Annotated[
    dict[Annotated[str, Meta(min_length=1, max_length=40)], Annotated[str, Meta(max_length=200)]],
    Meta(max_length=CONTEXT_MAX),
    PRIVATE,
]
ReturnTo = Annotated[str, Meta(max_length=400)]


class AskToFund(Value, frozen=True):
    """Who wants to pay in: through whom, and whatever the app wants to remember of it."""

    provider: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,39}$(?!\n)")] = "own"
    context: Context = field(default_factory=dict)


class Funding(Value, frozen=True):
    """Where to pay in, and what counts."""

    session_id: UUID
    chain_id: int
    address: Address
    """The person's own for good; what is sent there later comes in as well, only less soon."""
    token: str
    """The contract of the token; of anything else sent to the address nothing is known."""
    symbol: str
    decimals: int
    confirmations: int
    """How many blocks stand on top of what counts."""
    limits: LimitsInForce
    """More than these is theirs all the same, and somebody looks at it."""
    expires_at: datetime


class AddAddress(Value, frozen=True):
    """An address of somebody's own."""

    address: Annotated[str, Meta(max_length=100), PRIVATE]


class AddressShown(Value, frozen=True):
    """An address of somebody's own, as they see it."""

    wallet_id: UUID
    chain_id: int
    address: Address
    created_at: datetime
    usable_from: datetime
    """It is paid to from then on."""


class AddressesShown(Value, frozen=True):
    """Somebody's own addresses, the oldest first."""

    addresses: tuple[AddressShown, ...]


class AskToWithdraw(Value, frozen=True):
    """What somebody wants paid to an address of their own.

    The id makes it happen once, however often it is sent.
    """

    wallet_id: UUID
    amount_micros: Annotated[int, Meta(ge=1, le=MICROS_MAX), PRIVATE]
    withdrawal_id: UUID | None = None
    return_to: ReturnTo | None = None
    """Where the link in the letter leads."""


class ConfirmWithdrawal(Value, frozen=True):
    """The token of a link that was opened."""

    token: Annotated[str, Meta(max_length=512), SECRET]


class WithdrawalPage(Value, frozen=True):
    """Withdrawals, the latest first."""

    items: tuple[WithdrawalShown, ...]
    next: UUID | None


class ChainReport(Value, frozen=True):
    """How what is on the chain fits what is in the books."""

    chain_id: int
    wallets: int
    addresses_free: int
    observed_micros: Micros
    """What was at all addresses when each was last looked at."""
    accounted_micros: Micros
    """All deposits."""
    swept_micros: Micros
    """What operators moved out."""
    unposted_micros: Micros
    """What was seen and is not posted yet; it should be gone within minutes."""
    missing_micros: Micros
    """What should be there and was not: a sweep nobody named, or a chain that took another way."""
    over_limit_deposits: int
    over_limit_micros: Micros
    withdrawn_micros: Micros
    open_withdrawals: int
    open_micros: Micros


class AddressDifference(Value, frozen=True):
    """An address that has not what it should have."""

    wallet_id: UUID
    user_id: UUID
    chain_id: int
    address: Address
    observed_micros: Micros
    should_have_micros: int
    last_refreshed_at: datetime | None


class OverLimit(Value, frozen=True):
    """A deposit over a limit."""

    deposit_id: UUID
    user_id: UUID
    amount_micros: Micros
    over_limit: str
    created_at: datetime


class UsdcReport(Value, frozen=True):
    """What operators look at; whole where the ledger differs by nothing and no address does."""

    chains: tuple[ChainReport, ...]
    ledger_micros: int
    """What the ledger says is kept on chains."""
    expected_micros: int
    """The same by what came in and went out here."""
    difference_micros: int
    differences: tuple[AddressDifference, ...]
    """The largest, where there are many."""
    over_limit: tuple[OverLimit, ...]
    """The latest."""

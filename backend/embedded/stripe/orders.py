"""Orders: what the stand-in can be told over its control routes."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

TIMES_MAX = 10
DELAY_MAX_S = 60


class Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that Stripe itself, or somebody at another screen, does."""


class Deliver(Order, frozen=True, kw_only=True):
    """Deliver what is held back."""

    wanted: list[str] = field(default_factory=lambda: ["*"])
    """Types, or ids of events."""
    order: Literal["as_made", "reversed", "shuffled"] = "as_made"
    seed: int = 0
    """How it is shuffled."""
    times: Annotated[int, Meta(ge=1, le=TIMES_MAX)] = 1
    age_s: Annotated[int, Meta(ge=0)] = 0
    """How long ago it seems to have been signed."""


class Lose(Order, frozen=True, kw_only=True):
    """Never deliver what is held back."""

    wanted: list[str] = field(default_factory=lambda: ["*"])


class DeliverAgain(Order, frozen=True, kw_only=True):
    """Deliver what was delivered before."""

    event: str


class Hinder(Order, frozen=True, kw_only=True):
    """Have deliveries fail on their way, or take long."""

    failing: Annotated[int, Meta(ge=0)] = 0
    """So many tries fail."""
    delay_s: Annotated[float, Meta(ge=0, le=DELAY_MAX_S)] = 0.0


class CheckOut(Order, frozen=True, kw_only=True):
    """Have somebody pay on the page of a session, or its time be over."""

    session: str
    action: Literal["pay", "expire"] = "pay"
    card: str = "pm_card_visa"
    email: str = "payer@example.org"


class Authenticate(Order, frozen=True, kw_only=True):
    """Have somebody confirm at their bank, or refuse to."""

    intent: str
    succeeds: bool = True


class Dispute(Order, frozen=True, kw_only=True):
    """Have a cardholder dispute a payment."""

    charge: str
    reason: str = "fraudulent"
    is_inquiry: bool = False


class CloseDispute(Order, frozen=True, kw_only=True):
    """Have the bank decide."""

    dispute: str
    outcome: Literal["won", "lost"]


class Refund(Order, frozen=True, kw_only=True):
    """Give money back as somebody does who sits before the dashboard."""

    charge: str
    amount: int | None = None


class EndRefund(Order, frozen=True, kw_only=True):
    """Have the cardholder's bank take a refund, or send it back."""

    refund: str
    status: Literal["succeeded", "failed"]


class Trouble(Order, frozen=True, kw_only=True):
    """What happens to the next request of a kind."""

    does: Literal["delay", "refuse", "lose_request", "lose_answer"]
    path: str = ""
    """How its path begins."""
    delay_s: Annotated[float, Meta(ge=0, le=DELAY_MAX_S)] = 0.0
    status: int = 500
    retry_after_s: int | None = None
    should_retry: bool | None = None
    """What Stripe says of trying again, if it says something."""

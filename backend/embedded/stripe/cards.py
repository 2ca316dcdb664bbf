"""Test cards: the numbers and names with which Stripe's test mode has something happen.

https://docs.stripe.com/testing
"""

from enum import Enum

import msgspec


class Asks(Enum):
    """When the bank wants its customer to confirm."""

    NEVER = "never"
    UNTIL_SAVED = "until saved"
    """Not when the customer is away, once they have confirmed that the card is saved."""
    ON_SESSION = "on session"
    """As if it had been saved long ago: only while the customer is there."""
    ALWAYS = "always"


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What a card does."""

    number: str
    brand: str = "visa"
    funding: str = "credit"
    declines: str | None = None
    """The bank's reason to decline every payment."""
    refuses_saving: bool = False
    """Whether it declines already when it is to be saved."""
    asks: Asks = Asks.NEVER
    disputes: str | None = None
    """Why its holder disputes every payment, if they do."""
    inquires: bool = False
    """Whether that is only a question yet, and no money is taken back."""
    refund_ends: str | None = None
    """How a refund ends that begins otherwise: succeeded after pending, failed after succeeded."""

    @property
    def last4(self) -> str:
        """What of its number may be shown."""
        return self.number[-4:]

    def asks_now(self, *, off_session: bool, is_saved: bool) -> bool:
        """Tell whether the bank wants its customer to confirm a payment."""
        if self.asks is Asks.UNTIL_SAVED:
            return not (off_session and is_saved)
        if self.asks is Asks.ON_SESSION:
            return not off_session
        return self.asks is Asks.ALWAYS


def _declining(number: str, reason: str) -> Card:
    return Card(number=number, declines=reason, refuses_saving=True)


_VISA = Card(number="4242424242424242")
_GENERIC = _declining("4000000000000002", "generic_decline")
_FUNDS = _declining("4000000000009995", "insufficient_funds")
_VELOCITY = _declining("4000000000006975", "card_velocity_exceeded")

CARDS: dict[str, Card] = {
    "pm_card_visa": _VISA,
    "pm_card_visa_debit": Card(number="4000056655665556", funding="debit"),
    "pm_card_mastercard": Card(number="5555555555554444", brand="mastercard"),
    "pm_card_amex": Card(number="378282246310005", brand="amex"),
    "pm_card_chargeDeclined": _GENERIC,
    "pm_card_visa_chargeDeclined": _GENERIC,
    "pm_card_chargeDeclinedInsufficientFunds": _FUNDS,
    "pm_card_visa_chargeDeclinedInsufficientFunds": _FUNDS,
    "pm_card_visa_chargeDeclinedLostCard": _declining("4000000000009987", "lost_card"),
    "pm_card_visa_chargeDeclinedStolenCard": _declining("4000000000009979", "stolen_card"),
    "pm_card_chargeDeclinedExpiredCard": _declining("4000000000000069", "expired_card"),
    "pm_card_chargeDeclinedIncorrectCvc": _declining("4000000000000127", "incorrect_cvc"),
    "pm_card_chargeDeclinedProcessingError": _declining("4000000000000119", "processing_error"),
    "pm_card_visa_chargeDeclinedVelocityLimitExceeded": _VELOCITY,
    "pm_card_chargeCustomerFail": Card(number="4000000000000341", declines="generic_decline"),
    "pm_card_authenticationRequired": Card(number="4000002760003184", asks=Asks.ALWAYS),
    "pm_card_authenticationRequiredOnSetup": Card(number="4000002500003155", asks=Asks.UNTIL_SAVED),
    "pm_card_authenticationRequiredSetupForOffSession": Card(
        number="4000003800000446", asks=Asks.ON_SESSION
    ),
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": Card(
        number="4000008260003178", asks=Asks.ALWAYS, declines="insufficient_funds"
    ),
    "pm_card_threeDSecure2Required": Card(number="4000000000003220", asks=Asks.ALWAYS),
    "pm_card_threeDSecureRequiredChargeDeclined": Card(
        number="4000008400001629", asks=Asks.ALWAYS, declines="generic_decline"
    ),
    "pm_card_createDispute": Card(number="4000000000000259", disputes="fraudulent"),
    "pm_card_createDisputeProductNotReceived": Card(
        number="4000000000002685", disputes="product_not_received"
    ),
    "pm_card_createDisputeInquiry": Card(
        number="4000000000001976", disputes="fraudulent", inquires=True
    ),
    "pm_card_pendingRefund": Card(number="4000000000007726", refund_ends="succeeded"),
    "pm_card_refundFail": Card(number="4000000000005126", refund_ends="failed"),
}
"""By the name under which a PaymentMethod of it is always there."""

BY_NUMBER = {card.number: card for card in CARDS.values()}
"""By the number that people type."""
TOKENS = {f"tok_{name.removeprefix('pm_card_')}": card for name, card in CARDS.items()}
"""By the name of the token that stands for it."""

_MESSAGES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": (
        "An error occurred while processing your card. Try again in a little bit."
    ),
    "authentication_required": (
        "Your card was declined. This transaction requires authentication."
    ),
}
_CODES_ALONE = {"expired_card", "incorrect_cvc", "processing_error"}
"""Reasons that are error codes, and no decline codes."""
_OWN_CODES = _CODES_ALONE | {"authentication_required"}
"""Reasons that are error codes themselves; all others are one `card_declined`."""


class Decline(msgspec.Struct, frozen=True, kw_only=True):
    """Why a card was declined, as the API says it."""

    code: str
    decline_code: str | None
    message: str


def decline_for(reason: str) -> Decline:
    """Put a bank's reason into the API's words."""
    is_own = reason in _OWN_CODES
    return Decline(
        code=reason if is_own else "card_declined",
        decline_code=None if reason in _CODES_ALONE else reason,
        message=_MESSAGES.get(reason, _MESSAGES["generic_decline"]),
    )

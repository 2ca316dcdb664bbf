"""The words of payments: what people are told of them, and what they may be refused with."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from backend.domains.payments.values import AmountMinor, Card, Payment, Payout
from protocol.marks import PRIVATE
from protocol.messages import Event, Tell
from protocol.refusals import Refusal


class CardsNotOffered(Refusal):
    """This deployment takes no cards."""

    code = "payments.not_offered"
    sentence = "Nothing can be paid by card here."
    http_status = 503


class StripeUnreachable(Refusal):
    """Stripe does not answer for the moment."""

    code = "payments.stripe_unreachable"
    sentence = "Cards cannot be charged just now; try again in a while, with the same id."
    http_status = 503


class AmountWrong(Refusal):
    """An amount is less or more than may be paid at once."""

    code = "payments.amount_wrong"
    sentence = "Between {least_minor} and {most_minor} cents can be paid at once."
    http_status = 422
    least_minor: int
    most_minor: int


class PayingInLimitReached(Refusal):
    """More than may be paid in within a day."""

    code = "payments.day_limit_reached"
    sentence = "{left_minor} cents can still be paid in within a day of your first payment."
    left_minor: int


class PaymentsTooMany(Refusal):
    """Too many payments are open at once."""

    code = "payments.too_many"
    sentence = "{count_max} payments of yours are open; finish or cancel one first."
    http_status = 429
    count_max: int


class PaymentDiffers(Refusal):
    """The id stands for another payment or payout already."""

    code = "payments.differs"
    sentence = "{id} is the id of something else already; a new one needs a new id."
    id: UUID


class PaymentDecided(Refusal):
    """A payment that has come to its end cannot go on."""

    code = "payments.decided"
    sentence = "This payment is {status} already."
    status: str


class CardMissing(Refusal):
    """A promise that is paid by card needs a saved one."""

    code = "payments.card_missing"
    sentence = "Save a card first: it is charged for what you miss."


class Owing(Refusal):
    """Who owes something settles that first."""

    code = "payments.owing"
    sentence = "You owe {owed_minor} cents; pay that first."
    owed_minor: int


class ChargeImpossible(Refusal):
    """A card cannot be charged with so little, or with anything but dollars."""

    code = "payments.charge_impossible"
    sentence = "A card is charged in usd, with {least_minor} cents or more each time."
    http_status = 422
    least_minor: int


class PayoutExceeds(Refusal):
    """More than what came from cards and is still there."""

    code = "payments.payout_exceeds"
    sentence = "{refundable_minor} cents can go back to the cards they came from."
    refundable_minor: int


class PayoutTooSoon(Refusal):
    """Too much of what came in lately and was put on no promise would go back.

    Stripe keeps its fee of it, so money that only comes and goes is paid for by us.
    """

    code = "payments.payout_too_soon"
    sentence = (
        "So much of what came in lately goes back only after a promise or 30 days: {most_minor} "
        "cents now, and all of it after {again_at}."
    )
    most_minor: int
    again_at: datetime


class WebhookUnproved(Refusal):
    """Nothing proves that Stripe sent this."""

    code = "payments.webhook_unproved"
    sentence = "This is not taken for a webhook of Stripe's."
    http_status = 400


class PaymentOpen(Refusal):
    """Nobody is erased who owes something."""

    code = "payments.open"
    sentence = "You owe {owed_minor} cents for what you missed; pay that first."
    owed_minor: int


class PaymentChanged(Event, frozen=True, tag="payments.payment_changed"):
    """A payment of this person has come further."""

    topics: ClassVar = ("user",)
    payment: Payment


class PayoutChanged(Event, frozen=True, tag="payments.payout_changed"):
    """Money on its way back to this person's cards has come further."""

    topics: ClassVar = ("user",)
    payout: Payout


class CardChanged(Event, frozen=True, tag="payments.card_changed"):
    """Another card is charged now while this person is away, or none."""

    topics: ClassVar = ("user",)
    card: Card | None


class DebtChanged(Event, frozen=True, tag="payments.debt_changed"):
    """What this person owes, because a payment was taken back, is another now."""

    topics: ClassVar = ("user",)
    owed_minor: AmountMinor


class PaymentMoved(Tell, frozen=True, tag="payments.payment_moved"):
    """A payment of this person has come further."""

    actor: ClassVar = "user"
    payment: Annotated[Payment, PRIVATE]
    is_news: bool
    """Whether they should hear of it wherever they are."""


class PayoutMoved(Tell, frozen=True, tag="payments.payout_moved"):
    """Money on its way back has come further."""

    actor: ClassVar = "user"
    payout: Annotated[Payout, PRIVATE]
    failed_minor: AmountMinor
    """What of it was just sent back to the wallet."""


class CardMoved(Tell, frozen=True, tag="payments.card_moved"):
    """Another card is charged now, or none."""

    actor: ClassVar = "user"
    card: Annotated[Card | None, PRIVATE]


class DebtMoved(Tell, frozen=True, tag="payments.debt_moved"):
    """What this person owes is another now."""

    actor: ClassVar = "user"
    owed_minor: AmountMinor
    taken_minor: AmountMinor
    """What has just come from their wallet for it."""
    is_news: bool
    """Whether a bank has just taken a payment back."""


class ForfeitMoved(Tell, frozen=True, tag="payments.forfeit_moved"):
    """What was forfeited was paid by card, or could not be so far."""

    actor: ClassVar = "challenge"
    challenge_event_id: UUID
    amount_minor: AmountMinor
    is_paid: bool

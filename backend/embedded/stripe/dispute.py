"""Disputes: a cardholder says that a payment was not right, and the bank takes it back."""

from typing import Any, ClassVar, Literal

from msgspec import field

from backend.embedded.stripe.account import Account
from backend.embedded.stripe.balance import (
    DISPUTE_FEE_MINOR,
    BalanceTransaction,
    Change,
    change_balance,
)
from backend.embedded.stripe.cards import Card
from backend.embedded.stripe.charge import Charge
from backend.embedded.stripe.errors import invalid
from backend.embedded.stripe.forms import NoParams, Params, merged_metadata
from backend.embedded.stripe.operations import Call, operation
from backend.embedded.stripe.resource import Resource, new_id
from backend.embedded.stripe.tables import ListParams, Page

DUE_AFTER_S = 9 * 24 * 60 * 60
_CLOSED = {"won", "lost", "warning_closed"}
_ENDS = {"winning_evidence": "won", "losing_evidence": "lost"}
"""What test mode makes of evidence that says this."""


class Dispute(Resource, tag="dispute", kw_only=True):
    """A payment that is disputed."""

    prefix: ClassVar = "du_"
    path: ClassVar = "/v1/disputes"

    amount: int
    balance_transactions: list[BalanceTransaction] = field(default_factory=list)
    charge: str
    currency: str
    enhanced_eligibility_types: list[str] = field(default_factory=list)
    evidence: dict[str, Any] = field(default_factory=dict)
    evidence_details: dict[str, Any]
    is_charge_refundable: bool
    metadata: dict[str, str] = field(default_factory=dict)
    network_reason_code: str = "10.4"
    payment_intent: str | None
    payment_method_details: dict[str, Any]
    reason: str
    status: str

    @property
    def is_inquiry(self) -> bool:
        """Whether it is only a question yet."""
        return self.status.startswith("warning_")


class UpdateParams(Params, kw_only=True):
    """What is said against it."""

    evidence: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, str] | str | None = None
    submit: bool = True


class DisputeListParams(ListParams, kw_only=True):
    """Which disputes."""

    charge: str | None = None
    payment_intent: str | None = None


Outcome = Literal["won", "lost"]


@operation("GET", "/v1/disputes", DisputeListParams)
async def list_all(call: Call[DisputeListParams]) -> Page:
    """List disputes."""
    params = call.params
    return call.account.of(Dispute).page(
        params,
        of=lambda row: (
            params.charge in {None, row.charge}
            and params.payment_intent in {None, row.payment_intent}
        ),
    )


@operation("GET", "/v1/disputes/{id}", NoParams)
async def retrieve(call: Call[NoParams]) -> Dispute:
    """Read one."""
    return call.account.of(Dispute).get(call.id)


@operation("POST", "/v1/disputes/{id}", UpdateParams)
async def update(call: Call[UpdateParams]) -> Dispute:
    """Say something against it; in test mode two words decide it."""
    account, params = call.account, call.params
    found = account.of(Dispute).get(call.id)
    _check_open(found)
    found.metadata = merged_metadata(found.metadata, params.metadata)
    found.evidence = {**found.evidence, **params.evidence}
    if params.submit and params.evidence:
        found.status = "warning_under_review" if found.is_inquiry else "under_review"
        found.evidence_details |= {"has_evidence": True, "submission_count": 1}
        outcome = _ENDS.get(str(params.evidence.get("uncategorized_text")))
        if outcome is not None:
            account.soon(lambda: close(account, found, outcome))
    account.emit("charge.dispute.updated", found)
    return found


@operation("POST", "/v1/disputes/{id}/close", NoParams)
async def give_in(call: Call[NoParams]) -> Dispute:
    """Give in: it is lost."""
    found = call.account.of(Dispute).get(call.id)
    _check_open(found)
    close(call.account, found, "lost")
    return found


def open_where_asked(account: Account, charge: Charge, does: Card) -> None:
    """Have a payment disputed a moment later, by a card that does so."""
    if does.disputes is None:
        return
    reason, inquires = does.disputes, does.inquires
    account.soon(lambda: _open_now(account, charge, reason, is_inquiry=inquires))


def open_dispute(
    account: Account, charge: Charge, reason: str, *, is_inquiry: bool = False
) -> Dispute:
    """Have a payment disputed. Raises ApiError."""
    if not charge.captured or charge.disputed:
        raise invalid(f"Charge {charge.id} cannot be disputed (again).")
    return _open_now(account, charge, reason, is_inquiry=is_inquiry)


def close(account: Account, dispute: Dispute, outcome: str) -> None:
    """End a dispute; what was won comes back, the fee does not. Raises ApiError."""
    _check_open(dispute)
    was_inquiry = dispute.is_inquiry
    dispute.status = "warning_closed" if was_inquiry else outcome
    account.emit("charge.dispute.closed", dispute)
    if was_inquiry or outcome != "won":
        return
    _change(account, dispute, dispute.amount, fee=0, category="dispute_reversal")
    account.emit("charge.dispute.funds_reinstated", dispute)


def _open_now(account: Account, charge: Charge, reason: str, *, is_inquiry: bool) -> Dispute:
    made = Dispute(
        id=new_id(Dispute.prefix),
        created=account.now(),
        amount=charge.amount_captured - charge.amount_refunded,
        charge=charge.id,
        currency=charge.currency,
        evidence_details={
            "due_by": account.now() + DUE_AFTER_S,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        is_charge_refundable=is_inquiry,
        payment_intent=charge.payment_intent,
        payment_method_details={
            "card": {
                "brand": "visa",
                "case_type": "inquiry" if is_inquiry else "chargeback",
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        reason=reason,
        status="warning_needs_response" if is_inquiry else "needs_response",
    )
    account.of(Dispute).add(made)
    charge.disputed = not is_inquiry
    if is_inquiry:
        account.emit("charge.dispute.created", made)
        return made
    _change(account, made, -made.amount, fee=DISPUTE_FEE_MINOR, category="dispute")
    account.emit("charge.updated", charge, {"disputed": False})
    account.emit("charge.dispute.created", made)
    account.emit("charge.dispute.funds_withdrawn", made)
    return made


def _change(account: Account, dispute: Dispute, amount: int, *, fee: int, category: str) -> None:
    change = Change(
        type="adjustment",
        amount=amount,
        currency=dispute.currency,
        source=dispute.id,
        fee=fee,
        category=category,
    )
    dispute.balance_transactions.append(change_balance(account, change))


def _check_open(dispute: Dispute) -> None:
    if dispute.status in _CLOSED:
        raise invalid(f"This dispute ({dispute.id}) is already closed.")

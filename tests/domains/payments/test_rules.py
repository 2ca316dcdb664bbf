"""What a payment is after what Stripe says of it; pure."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from backend.domains.payments.applying import RETRY_AFTER, TRIES_MAX, Seen, changed_by
from backend.domains.payments.picture import Picture
from backend.domains.payments.store import PaymentRow
from backend.domains.payments.values import PaymentStatus, PaymentType

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
UNTOLD = Seen()


def row(status: str = "open", payment_type: str = "forfeit", **more: Any) -> PaymentRow:
    """Make a payment."""
    told: dict[str, Any] = {
        "id": uuid4(),
        "user_id": uuid4(),
        "payment_type": payment_type,
        "status": status,
        "amount_minor": 500,
        "currency": "usd",
        "received_minor": 0,
        "fee_minor": 0,
        "refunded_minor": 0,
        "disputed_minor": 0,
        "stripe_id": "pi_1",
        "checkout_session_id": None,
        "saves_card": False,
        "by_page": False,
        "goes_to": None,
        "challenge_id": None,
        "challenge_event_id": None,
        "problem": None,
        "tries": 0,
        "next_try_at": None,
        "version": 1,
        "seen_event_at": None,
        "created_at": NOW,
        "paid_at": None,
        **more,
    }
    return msgspec.convert(told, PaymentRow)


def picture(status: str, received_minor: int = 0, problem: str | None = None) -> Picture:
    """Make what Stripe says."""
    return Picture(
        stripe_id="pi_1",
        payment_id=None,
        amount_minor=500,
        currency="usd",
        status=PaymentStatus(status),
        received_minor=received_minor,
        fee_minor=0,
        problem=problem,
        client_secret=None,
        refunds=(),
        disputes=(),
    )


@pytest.mark.parametrize(
    ("before", "seen", "after"),
    [
        ("planned", "open", "open"),
        ("open", "declined", "declined"),
        ("declined", "open", "declined"),
        ("unpaid", "declined", "unpaid"),
        ("unpaid", "action_needed", "unpaid"),
        ("unpaid", "processing", "processing"),
        ("unpaid", "succeeded", "succeeded"),
        ("succeeded", "declined", "succeeded"),
        ("succeeded", "canceled", "succeeded"),
    ],
)
def test_what_was_given_up_stays_so_until_it_is_paid_and_what_is_paid_stays_paid(
    before: str, seen: str, after: str
) -> None:
    paid_at = NOW if before == "succeeded" else None
    told = row(before, paid_at=paid_at)
    assert changed_by(told, picture(seen), UNTOLD, NOW).status == after


def test_money_that_is_to_come_in_may_be_tried_again_as_often_as_one_likes() -> None:
    told = row("declined", payment_type=PaymentType.FUND, tries=9)
    assert changed_by(told, picture("declined"), UNTOLD, NOW).status == "declined"


def test_each_try_is_counted_once_and_the_last_gives_up() -> None:
    told = row()
    for nth in range(TRIES_MAX - 1):
        told = changed_by(told, picture("declined", problem="lost_card"), Seen(tried=nth), NOW)
        again = changed_by(told, picture("declined"), Seen(tried=nth), NOW + timedelta(hours=1))
        assert (again.tries, again.next_try_at) == (nth + 1, NOW + RETRY_AFTER[nth])
        assert (told.status, told.problem) == ("declined", "lost_card")
    told = changed_by(told, picture("declined"), Seen(tried=TRIES_MAX - 1), NOW)
    assert (told.status, told.tries, told.next_try_at) == ("unpaid", TRIES_MAX, None)


def test_what_is_paid_has_no_problem_and_no_next_try() -> None:
    told = row("declined", problem="lost_card", tries=2, next_try_at=NOW)
    paid = changed_by(told, picture("succeeded", 500), Seen(tried=2), NOW)
    assert (paid.status, paid.problem, paid.next_try_at, paid.tries) == ("succeeded", None, None, 2)
    assert (paid.received_minor, paid.paid_at) == (500, NOW)


def test_an_older_event_does_not_take_back_what_is_known() -> None:
    told = row(seen_event_at=NOW)
    assert changed_by(told, picture("open"), UNTOLD, NOW).seen_event_at == NOW
    later = NOW + timedelta(seconds=5)
    assert changed_by(told, picture("open"), Seen(event_at=later), NOW).seen_event_at == later

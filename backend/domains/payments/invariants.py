"""What always holds of payments and of the money in them."""

from typing import ClassVar

from backend.persistence.invariants import Invariant


class WhatWasPaidIsBooked(Invariant):
    """What a payment brought is in the ledger, once and to the cent, and so is what it cost."""

    query: ClassVar = """
        SELECT p.id AS payment_id FROM payment_intent AS p
        LEFT JOIN (
            SELECT reference, sum(amount_minor) AS minor FROM transfer
            WHERE reference LIKE 'payment/%' AND phase = 'posted' AND reason = 'purchase'
            GROUP BY reference
        ) AS t ON t.reference = 'payment/' || p.id
        LEFT JOIN (
            SELECT reference,
                   sum(CASE WHEN debit_account_id = '00000000-0000-0000-0004-000000000006'
                            THEN -amount_minor ELSE amount_minor END) AS minor
            FROM transfer WHERE reference LIKE 'fee/%' GROUP BY reference
        ) AS f ON f.reference = 'fee/' || p.id
        WHERE (p.received_minor, p.fee_minor) <> (coalesce(t.minor, 0), coalesce(f.minor, 0))
    """


class EachMissIsChargedOnce(Invariant):
    """What was missed and is paid by card is forfeited once, when it was paid, and never more."""

    query: ClassVar = """
        SELECT p.id AS payment_id FROM payment_intent AS p
        LEFT JOIN (
            SELECT reference, sum(amount_minor) AS minor FROM transfer
            WHERE reference LIKE 'challenge_event/%' AND phase = 'posted' AND reason = 'forfeit'
            GROUP BY reference
        ) AS t ON t.reference = 'challenge_event/' || p.challenge_event_id
        WHERE p.payment_type = 'forfeit' AND p.received_minor <> coalesce(t.minor, 0)
    """


class WhatGoesBackIsHeldOrGone(Invariant):
    """A refund of a payout is held until it is decided; then it has left, or is in the wallet."""

    query: ClassVar = """
        SELECT r.id AS refund_id FROM payment_refund AS r
        LEFT JOIN hold AS h ON h.id = r.id
        WHERE r.payout_id IS NOT NULL
          AND (h.id IS NOT NULL) <> (r.status IN ('planned', 'pending'))
    """


class NoMoreGoesBackThanCame(Invariant):
    """Of no payment goes back, or is on its way, more than it brought."""

    query: ClassVar = """
        SELECT p.id AS payment_id FROM payment_intent AS p
        LEFT JOIN (
            SELECT payment_intent_id, sum(amount_minor) AS minor FROM payment_refund
            WHERE status <> 'failed' GROUP BY payment_intent_id
        ) AS r ON r.payment_intent_id = p.id
        WHERE p.refunded_minor <> coalesce(r.minor, 0) OR p.refunded_minor > p.received_minor
    """


class WhatIsOwedIsReceivable(Invariant):
    """What people owe after disputes is what the house's account says that it is owed."""

    query: ClassVar = """
        SELECT owed.minor AS owed_minor, -b.posted_minor AS receivable_minor
        FROM house_balance AS b
        CROSS JOIN (
            SELECT coalesce(sum(withdrawn_minor - reinstated_minor - recovered_minor), 0) AS minor
            FROM payment_dispute
        ) AS owed
        WHERE b.asset = 'usd' AND b.purpose = 'receivable' AND owed.minor <> -b.posted_minor
    """

"""What always holds of the ledger."""

from typing import ClassVar

from backend.persistence.invariants import Invariant


class DebitsEqualCredits(Invariant):
    """Of every asset, what people have came from the house: all balances add up to nothing."""

    query: ClassVar = """
        SELECT asset FROM (
            SELECT asset, posted_minor FROM wallet
            UNION ALL
            SELECT asset, posted_minor FROM house_balance
        ) AS balance GROUP BY asset HAVING sum(posted_minor) <> 0
    """


class CountersEqualTransfers(Invariant):
    """The counters of a wallet are the sums of its transfers."""

    query: ClassVar = """
        SELECT a.id AS account_id FROM account AS a
        LEFT JOIN (
            SELECT s.id,
                   sum(t.amount_minor) FILTER (WHERE s.is_debit AND t.phase IN ('posted', 'post'))
                       AS debited,
                   sum(t.amount_minor) FILTER (WHERE NOT s.is_debit
                       AND t.phase IN ('posted', 'post')) AS credited,
                   sum(coalesce(-t.released_minor, t.amount_minor)) FILTER (WHERE s.is_debit
                       AND t.phase <> 'posted') AS debit_held,
                   sum(coalesce(-t.released_minor, t.amount_minor)) FILTER (WHERE NOT s.is_debit
                       AND t.phase <> 'posted') AS credit_held
            FROM transfer AS t
            CROSS JOIN LATERAL (VALUES (t.debit_account_id, true), (t.credit_account_id, false))
                 AS s(id, is_debit)
            GROUP BY s.id
        ) AS moved ON moved.id = a.id
        WHERE a.owner_id IS NOT NULL
          AND (a.debits_posted, a.credits_posted, a.debits_pending, a.credits_pending)
              <> (coalesce(debited, 0), coalesce(credited, 0), coalesce(debit_held, 0),
                  coalesce(credit_held, 0))
    """


class HouseIsRolledUp(Invariant):
    """The counters of the house are the sums of its transfers up to the watermark."""

    query: ClassVar = """
        SELECT a.id AS account_id FROM account AS a
        LEFT JOIN (
            SELECT s.id, sum(s.posted) AS posted
            FROM transfer AS t
            CROSS JOIN LATERAL (VALUES (t.credit_account_id, t.amount_minor),
                                       (t.debit_account_id, -t.amount_minor)) AS s(id, posted)
            WHERE t.phase IN ('posted', 'post') AND t.number <= (SELECT rolled_to FROM roll_up)
            GROUP BY s.id
        ) AS moved ON moved.id = a.id
        WHERE a.owner_id IS NULL AND a.credits_posted - a.debits_posted <> coalesce(posted, 0)
    """


class OpenHoldsArePending(Invariant):
    """A hold is listed as open exactly while its pending transfer has not ended."""

    query: ClassVar = """
        SELECT coalesce(h.id, p.id) AS hold_id FROM hold AS h
        FULL JOIN (
            SELECT t.id, t.expires_at FROM transfer AS t
            LEFT JOIN transfer AS e ON e.pending_id = t.id
            WHERE t.phase = 'pending' AND e.id IS NULL
        ) AS p ON p.id = h.id AND p.expires_at IS NOT DISTINCT FROM h.expires_at
        WHERE h.id IS NULL OR p.id IS NULL
    """


class HoldsEndAsTheyBegan(Invariant):
    """What ends a hold has its accounts and asset, and releases the whole of it."""

    query: ClassVar = """
        SELECT e.id AS transfer_id FROM transfer AS e
        LEFT JOIN transfer AS h ON h.id = e.pending_id AND h.phase = 'pending'
        WHERE e.pending_id IS NOT NULL
          AND (h.debit_account_id, h.credit_account_id, h.asset, h.amount_minor)
              IS DISTINCT FROM
              (e.debit_account_id, e.credit_account_id, e.asset, e.released_minor)
    """


class NoWalletBelowItsFloor(Invariant):
    """Nobody has spent or promised more than they have."""

    query: ClassVar = """
        SELECT id AS account_id FROM account
        WHERE owner_id IS NOT NULL
          AND (floor_minor IS NULL
               OR credits_posted - debits_posted - debits_pending < floor_minor)
    """


class TransfersHaveTheirAccounts(Invariant):
    """Both accounts of a transfer exist and hold its asset."""

    query: ClassVar = """
        SELECT t.id AS transfer_id FROM transfer AS t
        LEFT JOIN account AS d ON d.id = t.debit_account_id AND d.asset = t.asset
        LEFT JOIN account AS c ON c.id = t.credit_account_id AND c.asset = t.asset
        WHERE d.id IS NULL OR c.id IS NULL
    """


class AllowancesAreAwards(Invariant):
    """No cap is passed, and no more was counted under caps than was awarded."""

    query: ClassVar = """
        SELECT key FROM allowance WHERE taken NOT BETWEEN 0 AND taken_max
        UNION ALL
        SELECT 'all of them' WHERE (SELECT coalesce(sum(taken), 0) FROM allowance)
                                 > (SELECT count(*) FROM transfer WHERE reason = 'award')
    """

"""What always holds of USDC."""

from typing import ClassVar

from backend.persistence.invariants import Invariant


class DepositsAreAccounted(Invariant):
    """What is accounted of an address are its deposits, each beginning where another ended."""

    query: ClassVar = """
        SELECT w.id AS wallet_id FROM crypto_wallet AS w
        LEFT JOIN (
            SELECT wallet_id, sum(amount_micros) AS micros, max(to_micros) AS to_micros,
                   min(from_micros) AS from_micros
            FROM usdc_deposit GROUP BY wallet_id
        ) AS d ON d.wallet_id = w.id
        WHERE (w.accounted_principal_micros, w.accounted_principal_micros, 0)
              IS DISTINCT FROM
              (coalesce(d.micros, 0), coalesce(d.to_micros, 0), coalesce(d.from_micros, 0))
    """


class SweepsAreAddedUp(Invariant):
    """What was swept of an address are its sweeps, but for those the chain has no more."""

    query: ClassVar = """
        SELECT w.id AS wallet_id FROM crypto_wallet AS w
        LEFT JOIN (SELECT wallet_id, sum(amount_micros) AS micros FROM usdc_sweep
                   WHERE taken_back_at IS NULL GROUP BY wallet_id) AS s ON s.wallet_id = w.id
        WHERE w.swept_micros <> coalesce(s.micros, 0)
    """


class DepositsAreInTheLedger(Invariant):
    """Every deposit was posted, by one transfer of its amount to its owner."""

    query: ClassVar = """
        SELECT d.id AS deposit_id FROM usdc_deposit AS d
        LEFT JOIN transfer AS t ON t.id = d.transfer_id AND t.phase = 'posted'
        LEFT JOIN account AS a ON a.id = t.credit_account_id AND a.asset = 'usdc'
        WHERE (t.amount_minor, a.owner_id) IS DISTINCT FROM (d.amount_micros, d.user_id)
    """


class WithdrawalsAreHeld(Invariant):
    """What is open of withdrawals is held, and nothing of those that have ended."""

    query: ClassVar = """
        SELECT w.id AS withdrawal_id FROM usdc_withdrawal AS w
        LEFT JOIN hold AS h ON h.id = w.hold_id
        LEFT JOIN transfer AS t ON t.id = w.hold_id AND t.phase = 'pending'
        WHERE (h.id IS NULL) <> (w.ended_at IS NOT NULL)
           OR t.amount_minor IS DISTINCT FROM w.amount_micros
    """


class WithdrawalsThatAreDoneWerePosted(Invariant):
    """What is held of a withdrawal leaves for good exactly when it is done."""

    query: ClassVar = """
        SELECT w.id AS withdrawal_id FROM usdc_withdrawal AS w
        LEFT JOIN transfer AS t ON t.pending_id = w.hold_id AND t.phase = 'post'
        WHERE (w.status = 'done') <> (t.id IS NOT NULL) OR t.amount_minor <> w.amount_micros
    """


class NobodyHasAnothersAddress(Invariant):
    """Every address at which somebody pays in was handed in, and is assigned."""

    query: ClassVar = """
        SELECT w.id AS wallet_id FROM crypto_wallet AS w
        LEFT JOIN deposit_address AS a ON a.chain_id = w.chain_id AND a.address = w.address
        WHERE w.wallet_type = 'deposit' AND a.assigned_at IS NULL
    """

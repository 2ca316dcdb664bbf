"""Reporting: whether what is on the chain, in our rows and in the ledger fits together."""

from typing import Any

from backend.domains.ledger import Asset, Purpose, house_account
from backend.domains.usdc.bodies import AddressDifference, ChainReport, OverLimit, UsdcReport
from backend.persistence.database import Record, fetch, one_moment

SHOWN_MAX = 100

_CHAINS = """
SELECT c.chain_id, w.*, d.*, o.*,
       (SELECT count(*) FROM deposit_address AS a
        WHERE a.chain_id = c.chain_id AND a.assigned_at IS NULL) AS addresses_free
FROM (SELECT chain_id FROM deposit_address UNION SELECT chain_id FROM crypto_wallet) AS c
CROSS JOIN LATERAL (
    SELECT count(*) AS wallets, coalesce(sum(observed), 0)::bigint AS observed_micros,
           coalesce(sum(accounted), 0)::bigint AS accounted_micros,
           coalesce(sum(swept), 0)::bigint AS swept_micros,
           coalesce(sum(greatest(observed + swept - accounted, 0)), 0)::bigint AS unposted_micros,
           coalesce(sum(greatest(accounted - swept - observed, 0)), 0)::bigint AS missing_micros
    FROM (SELECT last_observed_micros AS observed, accounted_principal_micros AS accounted,
                 swept_micros AS swept FROM crypto_wallet AS w
          WHERE w.chain_id = c.chain_id AND w.wallet_type = 'deposit') AS of_wallet
) AS w
CROSS JOIN LATERAL (
    SELECT count(*) AS over_limit_deposits,
           coalesce(sum(d.amount_micros), 0)::bigint AS over_limit_micros
    FROM usdc_deposit AS d JOIN crypto_wallet AS w ON w.id = d.wallet_id
    WHERE w.chain_id = c.chain_id AND d.over_limit IS NOT NULL
) AS d
CROSS JOIN LATERAL (
    SELECT coalesce(sum(o.amount_micros) FILTER (WHERE o.status = 'done'), 0)::bigint
               AS withdrawn_micros,
           count(*) FILTER (WHERE o.ended_at IS NULL) AS open_withdrawals,
           coalesce(sum(o.amount_micros) FILTER (WHERE o.ended_at IS NULL), 0)::bigint
               AS open_micros
    FROM usdc_withdrawal AS o WHERE o.chain_id = c.chain_id
) AS o
ORDER BY c.chain_id
"""
_LEDGER = "SELECT posted_minor FROM house_balance WHERE account_id = $1"
_DIFFERENCES = """
SELECT id AS wallet_id, user_id, chain_id, address, last_observed_micros AS observed_micros,
       accounted_principal_micros - swept_micros AS should_have_micros, last_refreshed_at
FROM crypto_wallet
WHERE wallet_type = 'deposit'
  AND last_observed_micros <> accounted_principal_micros - swept_micros
ORDER BY abs(last_observed_micros - accounted_principal_micros + swept_micros) DESC, id LIMIT $1
"""
_OVER_LIMIT = """
SELECT id AS deposit_id, user_id, amount_micros, over_limit, created_at FROM usdc_deposit
WHERE over_limit IS NOT NULL ORDER BY created_at DESC, id DESC LIMIT $1
"""


async def report() -> UsdcReport:
    """Compare all of it, as it is at one moment."""
    async with one_moment():
        chains = tuple(ChainReport(**row) for row in await fetch(_CHAINS))
        ledger = await fetch(_LEDGER, house_account(Asset.USDC, Purpose.CHAIN))
        differences = await fetch(_DIFFERENCES, SHOWN_MAX)
        over_limit = await fetch(_OVER_LIMIT, SHOWN_MAX)
    # Deposits leave the house's account and withdrawals come back to it.
    expected = sum(one.accounted_micros - one.withdrawn_micros for one in chains)
    kept = -int(ledger[0]["posted_minor"])
    return UsdcReport(
        chains=chains,
        ledger_micros=kept,
        expected_micros=expected,
        difference_micros=kept - expected,
        differences=_each(AddressDifference, differences),
        over_limit=_each(OverLimit, over_limit),
    )


def _each(kind: Any, rows: list[Record]) -> tuple[Any, ...]:
    return tuple(kind(**row) for row in rows)

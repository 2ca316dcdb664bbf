"""Accounts of the house for what others keep for it, and for what it is owed; why money moves."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-24T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Cards, the chain, and what is owed"

SQL = """
ALTER DOMAIN ledger_purpose DROP CONSTRAINT ledger_purpose_check;
ALTER DOMAIN ledger_purpose ADD CONSTRAINT ledger_purpose_check
    CHECK (VALUE IN ('wallet', 'issuance', 'house', 'fees', 'charity', 'stake', 'card', 'chain',
                     'receivable'));

ALTER DOMAIN ledger_reason DROP CONSTRAINT ledger_reason_check;
ALTER DOMAIN ledger_reason ADD CONSTRAINT ledger_reason_check
    CHECK (VALUE IN ('purchase', 'usage', 'bonus', 'refund', 'award', 'stake', 'forfeit',
                     'adjustment', 'deposit', 'withdrawal'));

-- Places go on where those of the first purposes ended, for they make the ids.
INSERT INTO account (id, asset, purpose, opened_at)
SELECT ('00000000-0000-0000-' || lpad(to_hex(a.place), 4, '0') || '-'
        || lpad(to_hex(5 + p.place), 12, '0'))::uuid,
       a.asset, p.purpose, '2026-11-24T00:00:00Z'
FROM unnest(ARRAY['coin', 'token', 'ai_credit', 'usd', 'usdc']) WITH ORDINALITY AS a(asset, place)
CROSS JOIN unnest(ARRAY['card', 'chain', 'receivable']) WITH ORDINALITY AS p(purpose, place);

-- Moments grow with the table, so a summary of blocks finds what was posted since one.
CREATE INDEX transfer_created_at ON transfer USING brin (created_at)
    WITH (pages_per_range = 16, autosummarize = on);
"""


async def forwards() -> MigrationManager:
    """Open the accounts."""
    manager = MigrationManager(migration_id=ID, app_name="ledger", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager

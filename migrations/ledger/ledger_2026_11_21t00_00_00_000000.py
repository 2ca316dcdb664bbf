"""Accounts, transfers, open holds, allowances, and the views of them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-21T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Accounts and transfers"

SQL = """
-- Ids up to this one are house accounts: they have no floor and no owner, are never locked nor
-- updated by a transfer, and no index by account holds their transfers. An id tells which it is.
-- The literal stands wherever an index or a plan must be able to prove it.
--     00000000-0000-0000-ffff-ffffffffffff

CREATE TABLE account (
    id              uuid PRIMARY KEY,
    owner_id        uuid,
    asset           varchar(20) COLLATE "C" NOT NULL
                    CHECK (asset IN ('coin', 'token', 'ai_credit', 'usd', 'usdc')),
    purpose         varchar(20) NOT NULL
                    CHECK (purpose IN ('wallet', 'issuance', 'house', 'fees', 'charity', 'stake')),
    floor_minor     bigint,
    debits_pending  bigint NOT NULL DEFAULT 0 CHECK (debits_pending >= 0),
    debits_posted   bigint NOT NULL DEFAULT 0 CHECK (debits_posted >= 0),
    credits_pending bigint NOT NULL DEFAULT 0 CHECK (credits_pending >= 0),
    credits_posted  bigint NOT NULL DEFAULT 0 CHECK (credits_posted >= 0),
    version         bigint NOT NULL DEFAULT 0 CHECK (version >= 0),
    opened_at       timestamptz NOT NULL,
    CONSTRAINT account_floor CHECK (credits_posted - debits_posted - debits_pending >= floor_minor),
    CONSTRAINT account_house CHECK (
        (floor_minor IS NULL) = (id <= '00000000-0000-0000-ffff-ffffffffffff')
        AND (owner_id IS NULL OR floor_minor IS NOT NULL)),
    CONSTRAINT account_wallet CHECK ((purpose = 'wallet') = (owner_id IS NOT NULL))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
CREATE UNIQUE INDEX account_owner ON account (owner_id, asset) WHERE owner_id IS NOT NULL;

CREATE TABLE transfer (
    number            bigint GENERATED ALWAYS AS IDENTITY,
    id                uuid PRIMARY KEY,
    debit_account_id  uuid NOT NULL,
    credit_account_id uuid NOT NULL,
    amount_minor      bigint NOT NULL CHECK (amount_minor BETWEEN 1 AND 1000000000000000),
    released_minor    bigint,
    asset             varchar(20) COLLATE "C" NOT NULL,
    phase             varchar(10) COLLATE "C" NOT NULL,
    pending_id        uuid,
    expires_at        timestamptz,
    reason            varchar(20) COLLATE "C" NOT NULL
                      CHECK (reason IN ('purchase', 'usage', 'bonus', 'refund', 'award', 'stake',
                                        'forfeit', 'adjustment')),
    reference         varchar(200) NOT NULL,
    created_at        timestamptz NOT NULL,
    CONSTRAINT transfer_sides CHECK (debit_account_id <> credit_account_id),
    CONSTRAINT transfer_phase CHECK (CASE phase
        WHEN 'posted' THEN pending_id IS NULL AND released_minor IS NULL AND expires_at IS NULL
        WHEN 'pending' THEN pending_id IS NULL AND released_minor IS NULL
        WHEN 'post' THEN pending_id IS NOT NULL AND released_minor >= amount_minor
        WHEN 'void' THEN pending_id IS NOT NULL AND released_minor = amount_minor
        WHEN 'expire' THEN pending_id IS NOT NULL AND released_minor = amount_minor
        ELSE false END)
);
COMMENT ON COLUMN transfer.released_minor IS
    'What post, void or expire takes off the hold: always the whole of it.';
-- A hold is resolved once, whoever tries.
CREATE UNIQUE INDEX transfer_pending_id ON transfer (pending_id) WHERE pending_id IS NOT NULL;
CREATE INDEX transfer_debit ON transfer (debit_account_id, number)
    WHERE debit_account_id > '00000000-0000-0000-ffff-ffffffffffff';
CREATE INDEX transfer_credit ON transfer (credit_account_id, number)
    WHERE credit_account_id > '00000000-0000-0000-ffff-ffffffffffff';
-- Numbers grow with the table, so a summary of blocks finds them at a hundredth of a tree's cost.
CREATE INDEX transfer_number ON transfer USING brin (number)
    WITH (pages_per_range = 16, autosummarize = on);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: a correction is a new, opposite row', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER transfer_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE transfer ENABLE ALWAYS TRIGGER transfer_is_append_only;

-- The holds that are open now; what became of the others, their transfers tell.
CREATE TABLE hold (
    id         uuid PRIMARY KEY,
    expires_at timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX hold_expires_at ON hold (expires_at) WHERE expires_at IS NOT NULL;

-- How often something capped has been granted; it only grows.
CREATE TABLE allowance (
    key   varchar(200) COLLATE "C" PRIMARY KEY,
    taken integer NOT NULL CHECK (taken >= 0)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

CREATE VIEW ledger_entry WITH (security_invoker = true) AS
SELECT number, id AS transfer_id, debit_account_id AS account_id, 'debit' AS direction,
       -amount_minor AS amount_minor,
       CASE WHEN phase IN ('posted', 'post') THEN -amount_minor ELSE 0 END AS posted_minor,
       asset, phase, pending_id, expires_at, reason, reference, created_at
FROM transfer
UNION ALL
SELECT number, id, credit_account_id, 'credit', amount_minor,
       CASE WHEN phase IN ('posted', 'post') THEN amount_minor ELSE 0 END,
       asset, phase, pending_id, expires_at, reason, reference, created_at
FROM transfer;

CREATE VIEW wallet WITH (security_invoker = true) AS
SELECT owner_id, asset, id AS account_id,
       credits_posted - debits_posted AS posted_minor,
       debits_pending AS held_minor,
       credits_posted - debits_posted - debits_pending AS available_minor,
       version
FROM account WHERE owner_id IS NOT NULL;

INSERT INTO account (id, asset, purpose, opened_at)
SELECT ('00000000-0000-0000-' || lpad(to_hex(a.place), 4, '0') || '-'
        || lpad(to_hex(p.place), 12, '0'))::uuid,
       a.asset, p.purpose, '2026-11-21T00:00:00Z'
FROM unnest(ARRAY['coin', 'token', 'ai_credit', 'usd', 'usdc']) WITH ORDINALITY AS a(asset, place)
CROSS JOIN unnest(ARRAY['issuance', 'house', 'fees', 'charity', 'stake'])
     WITH ORDINALITY AS p(purpose, place);

-- Money moves through functions only.
REVOKE ALL ON account, transfer, hold, allowance, ledger_entry, wallet FROM PUBLIC, tandem_app;
GRANT SELECT ON account, transfer, hold, allowance, ledger_entry, wallet TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the tables."""
    manager = MigrationManager(migration_id=ID, app_name="ledger", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager

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

-- Values are checked by their domains: a domain looks at a value when it is made, a CHECK of a table
-- is read and compiled again by every statement (measured: 90 us a batch).
CREATE DOMAIN ledger_asset AS varchar(20) COLLATE "C"
    CHECK (VALUE IN ('coin', 'token', 'ai_credit', 'usd', 'usdc'));
CREATE DOMAIN ledger_purpose AS varchar(20) COLLATE "C"
    CHECK (VALUE IN ('wallet', 'issuance', 'house', 'fees', 'charity', 'stake'));
CREATE DOMAIN ledger_phase AS varchar(10) COLLATE "C"
    CHECK (VALUE IN ('posted', 'pending', 'post', 'void', 'expire'));
CREATE DOMAIN ledger_reason AS varchar(20) COLLATE "C"
    CHECK (VALUE IN ('purchase', 'usage', 'bonus', 'refund', 'award', 'stake', 'forfeit',
                     'adjustment'));
CREATE DOMAIN ledger_amount AS bigint CHECK (VALUE BETWEEN 1 AND 1000000000000000);
CREATE DOMAIN ledger_counter AS bigint CHECK (VALUE >= 0);

CREATE TABLE account (
    id              uuid PRIMARY KEY,
    owner_id        uuid,
    asset           ledger_asset NOT NULL,
    purpose         ledger_purpose NOT NULL,
    floor_minor     bigint,
    debits_pending  ledger_counter NOT NULL DEFAULT 0,
    debits_posted   ledger_counter NOT NULL DEFAULT 0,
    credits_pending ledger_counter NOT NULL DEFAULT 0,
    credits_posted  ledger_counter NOT NULL DEFAULT 0,
    version         bigint NOT NULL DEFAULT 0,
    opened_at       timestamptz NOT NULL,
    CONSTRAINT account_floor CHECK (credits_posted - debits_posted - debits_pending >= floor_minor)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
CREATE UNIQUE INDEX account_owner ON account (owner_id, asset) WHERE owner_id IS NOT NULL;

CREATE TABLE transfer (
    number            bigint GENERATED ALWAYS AS IDENTITY,
    id                uuid PRIMARY KEY,
    debit_account_id  uuid NOT NULL,
    credit_account_id uuid NOT NULL,
    amount_minor      ledger_amount NOT NULL,
    released_minor    ledger_amount,
    asset             ledger_asset NOT NULL,
    phase             ledger_phase NOT NULL,
    pending_id        uuid,
    expires_at        timestamptz,
    reason            ledger_reason NOT NULL,
    reference         varchar(200) NOT NULL,
    created_at        timestamptz NOT NULL,
    CONSTRAINT transfer_sides CHECK (debit_account_id <> credit_account_id),
    CONSTRAINT transfer_phase CHECK ((phase IN ('posted', 'pending')) = (pending_id IS NULL)),
    CONSTRAINT transfer_release CHECK ((pending_id IS NULL) = (released_minor IS NULL)),
    CONSTRAINT transfer_within_hold CHECK (released_minor >= amount_minor)
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
    RAISE EXCEPTION '% of % is not allowed: %', TG_OP, TG_TABLE_NAME, TG_ARGV[0]
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER transfer_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('a correction is a new, opposite transfer');
CREATE TRIGGER account_stays BEFORE DELETE OR TRUNCATE ON account
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('its transfers stay for ever');
CREATE TRIGGER account_is_fixed
    BEFORE UPDATE OF id, owner_id, asset, purpose, floor_minor ON account
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('only its counters change');
CREATE TRIGGER account_is_of_a_kind BEFORE INSERT ON account FOR EACH ROW
    WHEN ((NEW.floor_minor IS NULL) <> (NEW.id <= '00000000-0000-0000-ffff-ffffffffffff')
          OR (NEW.owner_id IS NULL) <> (NEW.floor_minor IS NULL)
          OR (NEW.owner_id IS NULL) = (NEW.purpose = 'wallet'))
    EXECUTE FUNCTION refuse_change('it is either a wallet with a floor or one of the house');
ALTER TABLE transfer ENABLE ALWAYS TRIGGER transfer_is_append_only;

-- The holds that are open now; what became of the others, their transfers tell.
CREATE TABLE hold (
    id         uuid PRIMARY KEY,
    expires_at timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX hold_expires_at ON hold (expires_at) WHERE expires_at IS NOT NULL;

-- How often something capped has been granted, and how often of that by the last who asked.
CREATE TABLE allowance (
    key          varchar(200) COLLATE "C" PRIMARY KEY,
    taken        integer NOT NULL,
    taken_max    integer NOT NULL,
    granted_last integer NOT NULL,
    CONSTRAINT allowance_cap CHECK (taken <= taken_max)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

-- Both sides have the same types to the letter, so that a page of an account is read by its index.
CREATE VIEW ledger_entry WITH (security_invoker = true) AS
SELECT number, id AS transfer_id, debit_account_id AS account_id, 'debit' AS direction,
       -amount_minor::bigint AS amount_minor,
       CASE WHEN phase IN ('posted', 'post') THEN -amount_minor::bigint ELSE 0 END AS posted_minor,
       asset, phase, pending_id, expires_at, reason, reference, created_at
FROM transfer
UNION ALL
SELECT number, id, credit_account_id, 'credit', amount_minor::bigint,
       CASE WHEN phase IN ('posted', 'post') THEN amount_minor::bigint ELSE 0 END,
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
REVOKE EXECUTE ON FUNCTION refuse_change FROM PUBLIC;
GRANT SELECT ON account, transfer, hold, allowance, ledger_entry, wallet TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the tables."""
    manager = MigrationManager(migration_id=ID, app_name="ledger", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager

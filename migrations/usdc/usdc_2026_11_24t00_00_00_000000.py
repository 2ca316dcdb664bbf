"""Addresses, what came in at ours, and what goes out to people's own."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-24T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "USDC"

SQL = """
CREATE DOMAIN usdc_address AS varchar(42) COLLATE "C" CHECK (VALUE ~ '^0x[0-9a-fA-F]{40}$');
CREATE DOMAIN usdc_hash AS varchar(66) COLLATE "C" CHECK (VALUE ~ '^0x[0-9a-f]{64}$');
CREATE DOMAIN usdc_micros AS bigint CHECK (VALUE >= 0);

-- What operators hand in; whoever first wants to pay in is given the oldest that is free, for good.
CREATE TABLE deposit_address (
    chain_id     bigint NOT NULL CHECK (chain_id > 0),
    address      usdc_address NOT NULL,
    provider_ref varchar(100),
    loaded_by    varchar(100) NOT NULL,
    loaded_at    timestamptz NOT NULL,
    assigned_at  timestamptz,
    PRIMARY KEY (chain_id, address)
);
CREATE UNIQUE INDEX deposit_address_lower ON deposit_address (chain_id, lower(address));
CREATE INDEX deposit_address_free ON deposit_address (chain_id, loaded_at, address)
    WHERE assigned_at IS NULL;

CREATE TABLE crypto_wallet (
    id                         uuid PRIMARY KEY,
    user_id                    uuid NOT NULL REFERENCES "user" (id),
    wallet_type                varchar(10) NOT NULL CHECK (wallet_type IN ('deposit', 'external')),
    chain_id                   bigint NOT NULL CHECK (chain_id > 0),
    address                    usdc_address NOT NULL,
    provider_ref               varchar(100),
    accounted_principal_micros usdc_micros NOT NULL,
    swept_micros               usdc_micros NOT NULL,
    last_observed_micros       usdc_micros NOT NULL,
    last_observed_block_number bigint,
    last_observed_block_hash   usdc_hash,
    last_refreshed_at          timestamptz,
    created_at                 timestamptz NOT NULL,
    usable_from                timestamptz NOT NULL,
    removed_at                 timestamptz,
    CHECK ((last_observed_block_number IS NULL) = (last_observed_block_hash IS NULL)),
    CHECK (wallet_type = 'deposit' OR (accounted_principal_micros = 0 AND swept_micros = 0
                                       AND last_observed_micros = 0)),
    CHECK (wallet_type = 'external' OR removed_at IS NULL)
);
COMMENT ON COLUMN crypto_wallet.accounted_principal_micros IS 'The sum of its deposits.';
COMMENT ON COLUMN crypto_wallet.swept_micros IS
    'What operators moved out; with it, what is accounted is what the address should have.';
CREATE UNIQUE INDEX crypto_wallet_deposit ON crypto_wallet (user_id, chain_id)
    WHERE wallet_type = 'deposit';
-- Nobody is given an address that another has.
CREATE UNIQUE INDEX crypto_wallet_address ON crypto_wallet (chain_id, lower(address))
    WHERE wallet_type = 'deposit';
CREATE UNIQUE INDEX crypto_wallet_external ON crypto_wallet (user_id, chain_id, lower(address))
    WHERE wallet_type = 'external' AND removed_at IS NULL;
CREATE INDEX crypto_wallet_refreshed ON crypto_wallet (chain_id, last_refreshed_at NULLS FIRST, id)
    WHERE wallet_type = 'deposit';

CREATE TABLE funding_session (
    id              uuid PRIMARY KEY,
    user_id         uuid NOT NULL REFERENCES "user" (id),
    wallet_id       uuid NOT NULL REFERENCES crypto_wallet (id),
    provider        varchar(40) NOT NULL,
    context         jsonb NOT NULL,
    address         usdc_address NOT NULL,
    chain_id        bigint NOT NULL,
    state           varchar(10) NOT NULL CHECK (state IN ('open', 'over')),
    limits_snapshot jsonb NOT NULL,
    ip_hash         bytea,
    expires_at      timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    CHECK (expires_at > created_at)
);
CREATE UNIQUE INDEX funding_session_open ON funding_session (user_id, chain_id)
    WHERE state = 'open';
CREATE INDEX funding_session_wallet ON funding_session (wallet_id, created_at);
CREATE INDEX funding_session_expires_at ON funding_session (expires_at);

-- Each begins where the one before ended, so whoever posts the same growth twice is refused here.
CREATE TABLE usdc_deposit (
    id            uuid PRIMARY KEY,
    wallet_id     uuid NOT NULL REFERENCES crypto_wallet (id),
    user_id       uuid NOT NULL REFERENCES "user" (id),
    from_micros   usdc_micros NOT NULL,
    to_micros     usdc_micros NOT NULL,
    amount_micros usdc_micros NOT NULL CHECK (amount_micros > 0),
    block_number  bigint NOT NULL,
    block_hash    usdc_hash NOT NULL,
    transfer_id   uuid NOT NULL UNIQUE,
    over_limit    varchar(10) CHECK (over_limit IN ('each', 'day')),
    created_at    timestamptz NOT NULL,
    CHECK (to_micros = from_micros + amount_micros),
    UNIQUE (wallet_id, from_micros)
);
CREATE INDEX usdc_deposit_user ON usdc_deposit (user_id, created_at);

CREATE TABLE usdc_sweep (
    id            uuid PRIMARY KEY,
    wallet_id     uuid NOT NULL REFERENCES crypto_wallet (id),
    amount_micros usdc_micros NOT NULL CHECK (amount_micros > 0),
    tx_hash       usdc_hash NOT NULL,
    block_number  bigint NOT NULL,
    block_hash    usdc_hash NOT NULL,
    operator      varchar(100) NOT NULL,
    created_at    timestamptz NOT NULL,
    taken_back_at timestamptz,
    UNIQUE (wallet_id, tx_hash)
);

COMMENT ON COLUMN usdc_sweep.taken_back_at IS
    'When an operator said that the chain has it no more, having taken another way.';

CREATE TABLE usdc_withdrawal (
    id            uuid PRIMARY KEY,
    user_id       uuid NOT NULL REFERENCES "user" (id),
    wallet_id     uuid REFERENCES crypto_wallet (id) ON DELETE SET NULL,
    chain_id      bigint NOT NULL,
    address       usdc_address NOT NULL,
    amount_micros usdc_micros NOT NULL CHECK (amount_micros > 0),
    status        varchar(10) NOT NULL CHECK (status IN ('asked', 'confirmed', 'approved',
                      'executing', 'done', 'refused', 'expired', 'cancelled')),
    hold_id       uuid NOT NULL UNIQUE,
    token_hash    bytea UNIQUE,
    confirm_until timestamptz NOT NULL,
    tx_hash       usdc_hash,
    reason        varchar(200),
    operator      varchar(100),
    asked_at      timestamptz NOT NULL,
    confirmed_at  timestamptz,
    approved_at   timestamptz,
    executed_at   timestamptz,
    checked_at    timestamptz,
    ended_at      timestamptz,
    changed_at    timestamptz NOT NULL,
    CHECK ((ended_at IS NULL) = (status IN ('asked', 'confirmed', 'approved', 'executing'))),
    CHECK ((tx_hash IS NOT NULL) = (status IN ('executing', 'done'))),
    CHECK (status NOT IN ('confirmed', 'approved', 'executing', 'done')
           OR confirmed_at IS NOT NULL)
);
COMMENT ON COLUMN usdc_withdrawal.token_hash IS 'Of the one-use link that confirms it.';
-- One payment on the chain is for one withdrawal.
CREATE UNIQUE INDEX usdc_withdrawal_tx ON usdc_withdrawal (chain_id, tx_hash)
    WHERE tx_hash IS NOT NULL;
CREATE INDEX usdc_withdrawal_user ON usdc_withdrawal (user_id, asked_at);
CREATE INDEX usdc_withdrawal_wallet ON usdc_withdrawal (wallet_id) WHERE wallet_id IS NOT NULL;
CREATE INDEX usdc_withdrawal_open ON usdc_withdrawal (status, confirm_until)
    WHERE ended_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON deposit_address TO tandem_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON crypto_wallet TO tandem_app;
GRANT SELECT, INSERT, UPDATE ON funding_session TO tandem_app;
GRANT SELECT, INSERT ON usdc_deposit TO tandem_app;
GRANT SELECT, INSERT ON usdc_sweep TO tandem_app;
GRANT UPDATE (block_number, block_hash, operator, taken_back_at) ON usdc_sweep TO tandem_app;
GRANT SELECT, INSERT, UPDATE ON usdc_withdrawal TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the tables."""
    manager = MigrationManager(migration_id=ID, app_name="usdc", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager

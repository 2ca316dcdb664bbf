"""Payments by card, what went back, what was disputed, and what Stripe told us of them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-24T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Payments"

PAYMENTS = """
CREATE TABLE payment_customer (
    user_id            uuid PRIMARY KEY REFERENCES "user" (id),
    stripe_customer_id varchar(255) COLLATE "C" UNIQUE,
    card_id            varchar(255) COLLATE "C",
    card_brand         varchar(40),
    card_last4         varchar(4),
    card_expires_on    date,
    version            bigint NOT NULL DEFAULT 0,
    seen_event_at      timestamptz,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    CHECK (card_id IS NULL OR stripe_customer_id IS NOT NULL)
);
COMMENT ON COLUMN payment_customer.card_expires_on IS 'The last day of the month on the card.';
COMMENT ON COLUMN payment_customer.seen_event_at IS
    'Whatever Stripe told until before then is in this row.';

CREATE TABLE payment_intent (
    id                  uuid PRIMARY KEY,
    user_id             uuid NOT NULL REFERENCES "user" (id),
    payment_type        varchar(10) NOT NULL CHECK (payment_type IN ('fund', 'forfeit')),
    status              varchar(20) NOT NULL CHECK (status IN (
        'planned', 'open', 'action_needed', 'processing', 'declined', 'unpaid', 'succeeded',
        'canceled')),
    amount_minor        bigint NOT NULL CHECK (amount_minor > 0),
    currency            varchar(3) NOT NULL CHECK (currency = 'usd'),
    received_minor      bigint NOT NULL DEFAULT 0 CHECK (received_minor >= 0),
    fee_minor           bigint NOT NULL DEFAULT 0,
    refunded_minor      bigint NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
    disputed_minor      bigint NOT NULL DEFAULT 0 CHECK (disputed_minor >= 0),
    stripe_id           varchar(255) COLLATE "C" UNIQUE,
    checkout_session_id varchar(255) COLLATE "C" UNIQUE,
    saves_card          boolean NOT NULL DEFAULT false,
    by_page             boolean NOT NULL DEFAULT false,
    goes_to             uuid,
    challenge_id        uuid,
    challenge_event_id  uuid UNIQUE,
    problem             varchar(100),
    tries               integer NOT NULL DEFAULT 0,
    next_try_at         timestamptz,
    version             bigint NOT NULL DEFAULT 0,
    seen_event_at       timestamptz,
    metadata            jsonb NOT NULL DEFAULT '{}',
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    paid_at             timestamptz,
    CONSTRAINT payment_intent_forfeit CHECK (
        (payment_type = 'forfeit') = (challenge_event_id IS NOT NULL)
        AND (challenge_event_id IS NULL) = (goes_to IS NULL)
        AND (challenge_event_id IS NULL) = (challenge_id IS NULL)),
    CONSTRAINT payment_intent_paid CHECK ((status = 'succeeded') = (paid_at IS NOT NULL)),
    CONSTRAINT payment_intent_received CHECK (received_minor = 0 OR status = 'succeeded')
);
COMMENT ON COLUMN payment_intent.refunded_minor IS 'What went back, or is on its way back.';
COMMENT ON COLUMN payment_intent.disputed_minor IS 'What was taken back by a bank.';
COMMENT ON COLUMN payment_intent.by_page IS
    'Whether it is made on a page of Stripe''s; only so or by PaymentSheet, never both.';
COMMENT ON COLUMN payment_intent.goes_to IS 'The account that gets what was forfeited.';
CREATE INDEX payment_intent_user ON payment_intent (user_id, created_at DESC, id DESC);
CREATE INDEX payment_intent_next_try ON payment_intent (next_try_at)
    WHERE next_try_at IS NOT NULL;
CREATE INDEX payment_intent_undecided ON payment_intent (updated_at)
    WHERE status IN ('planned', 'open', 'action_needed', 'processing', 'declined');

-- What somebody had paid back to their cards at once; each piece of it is a refund.
CREATE TABLE payout (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES "user" (id),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    created_at   timestamptz NOT NULL
);
CREATE INDEX payout_user ON payout (user_id, created_at DESC, id DESC);

-- A refund of a payout is a hold of the same id until it is decided. One that was made in Stripe's
-- dashboard belongs to no payout.
CREATE TABLE payment_refund (
    id                uuid PRIMARY KEY,
    payment_intent_id uuid NOT NULL REFERENCES payment_intent (id),
    payout_id         uuid REFERENCES payout (id),
    user_id           uuid NOT NULL REFERENCES "user" (id),
    amount_minor      bigint NOT NULL CHECK (amount_minor > 0),
    from_wallet_minor bigint NOT NULL CHECK (from_wallet_minor BETWEEN 0 AND amount_minor),
    status            varchar(20) NOT NULL
        CHECK (status IN ('planned', 'pending', 'succeeded', 'failed')),
    stripe_id         varchar(255) COLLATE "C" UNIQUE,
    problem           varchar(100),
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL
);
COMMENT ON COLUMN payment_refund.from_wallet_minor IS 'What of it the wallet bore; the house the rest.';
CREATE INDEX payment_refund_payment ON payment_refund (payment_intent_id);
CREATE INDEX payment_refund_payout ON payment_refund (payout_id);
CREATE INDEX payment_refund_user ON payment_refund (user_id);
CREATE INDEX payment_refund_undecided ON payment_refund (updated_at)
    WHERE status IN ('planned', 'pending');

CREATE TABLE payment_dispute (
    id                uuid PRIMARY KEY,
    payment_intent_id uuid NOT NULL REFERENCES payment_intent (id),
    user_id           uuid NOT NULL REFERENCES "user" (id),
    stripe_id         varchar(255) COLLATE "C" NOT NULL UNIQUE,
    status            varchar(30) NOT NULL,
    reason            varchar(100) NOT NULL,
    amount_minor      bigint NOT NULL CHECK (amount_minor > 0),
    withdrawn_minor   bigint NOT NULL CHECK (withdrawn_minor >= 0),
    reinstated_minor  bigint NOT NULL CHECK (reinstated_minor >= 0),
    fee_minor         bigint NOT NULL,
    recovered_minor   bigint NOT NULL CHECK (recovered_minor >= 0),
    recoveries        integer NOT NULL DEFAULT 0,
    opened_at         timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    CHECK (reinstated_minor <= withdrawn_minor),
    CHECK (recovered_minor <= withdrawn_minor - reinstated_minor)
);
COMMENT ON COLUMN payment_dispute.recovered_minor IS 'What of it came from the wallet since.';
CREATE INDEX payment_dispute_payment ON payment_dispute (payment_intent_id);
CREATE INDEX payment_dispute_user ON payment_dispute (user_id);
CREATE INDEX payment_dispute_owed ON payment_dispute (user_id)
    WHERE withdrawn_minor - reinstated_minor > recovered_minor;

GRANT SELECT, INSERT, UPDATE, DELETE ON payment_customer TO tandem_app;
GRANT SELECT, INSERT, UPDATE ON payment_intent, payment_refund, payment_dispute TO tandem_app;
GRANT SELECT, INSERT ON payout TO tandem_app;
"""

WEBHOOKS = """
-- What Stripe told us, as it was said; kept before anything is made of it.
CREATE TABLE stripe_webhook (
    event_id          varchar(255) COLLATE "C" PRIMARY KEY,
    event_type        varchar(100) NOT NULL,
    about_kind        varchar(20),
    about_id          varchar(255) COLLATE "C",
    payload           text NOT NULL,
    was_missed        boolean NOT NULL,
    stripe_created_at timestamptz NOT NULL,
    received_at       timestamptz NOT NULL,
    status            varchar(10) NOT NULL
        CHECK (status IN ('waiting', 'applied', 'ignored', 'failed')),
    tries             integer NOT NULL DEFAULT 0,
    problem           varchar(300),
    applied_at        timestamptz,
    CHECK ((about_kind IS NULL) = (about_id IS NULL)),
    CHECK ((status IN ('applied', 'ignored')) = (applied_at IS NOT NULL))
);
COMMENT ON COLUMN stripe_webhook.was_missed IS
    'Whether it did not come by itself, and was found when Stripe''s list was read.';
CREATE INDEX stripe_webhook_open ON stripe_webhook (received_at)
    WHERE status IN ('waiting', 'failed');
CREATE INDEX stripe_webhook_about ON stripe_webhook (about_id);
CREATE INDEX stripe_webhook_received ON stripe_webhook (received_at DESC, event_id DESC);

-- What was found when a day's books were held against Stripe's.
CREATE TABLE stripe_reconciliation (
    id               uuid PRIMARY KEY,
    ran_at           timestamptz NOT NULL,
    listed_from      timestamptz NOT NULL,
    listed_to        timestamptz NOT NULL,
    events_listed    integer NOT NULL,
    events_missed    integer NOT NULL,
    stripe_minor     bigint NOT NULL,
    ledger_minor     bigint NOT NULL,
    difference_minor bigint NOT NULL GENERATED ALWAYS AS (stripe_minor - ledger_minor) STORED
);
COMMENT ON COLUMN stripe_reconciliation.stripe_minor IS
    'What every payment, refund and dispute has done to our balance at Stripe, up to listed_to.';
CREATE INDEX stripe_reconciliation_ran ON stripe_reconciliation (ran_at DESC);

GRANT SELECT, INSERT, UPDATE, DELETE ON stripe_webhook TO tandem_app;
GRANT SELECT, INSERT, DELETE ON stripe_reconciliation TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the tables."""
    manager = MigrationManager(migration_id=ID, app_name="payments", description=DESCRIPTION)
    manager.add_raw(run_sql(PAYMENTS))
    manager.add_raw(run_sql(WEBHOOKS))
    return manager

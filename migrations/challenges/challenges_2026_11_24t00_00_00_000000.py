"""The catalogue, people's runs, each occurrence, who follows, and what was disputed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-24T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Challenges"

SQL = """
CREATE TABLE challenge (
    id              uuid PRIMARY KEY,
    slug            varchar(60) NOT NULL,
    version         integer NOT NULL,
    name            varchar(120) NOT NULL,
    challenge_type  varchar(30) NOT NULL,
    difficulty      varchar(10) NOT NULL CHECK (difficulty IN ('easy', 'medium', 'hard')),
    category        varchar(40) NOT NULL,
    instructions    text NOT NULL,
    is_template     boolean NOT NULL,
    is_open         boolean NOT NULL,
    settings_schema jsonb NOT NULL,
    allows          jsonb NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL
);
CREATE UNIQUE INDEX challenge_slug ON challenge (slug);
CREATE INDEX challenge_category ON challenge (category, slug) WHERE is_open;

CREATE TABLE user_challenge (
    id               uuid PRIMARY KEY,
    user_id          uuid NOT NULL REFERENCES "user" (id),
    template_slug    varchar(60) NOT NULL REFERENCES challenge (slug),
    template_version integer NOT NULL,
    title            varchar(120) NOT NULL,
    status           varchar(10) NOT NULL CHECK (status IN ('running', 'ended')),
    settings         jsonb NOT NULL,
    state            jsonb NOT NULL,
    proof            varchar(10) NOT NULL CHECK (proof IN ('note', 'number', 'photo', 'partner')),
    target           bigint,
    start_date       date NOT NULL,
    terms            jsonb NOT NULL,
    terms_from       date NOT NULL,
    next_terms       jsonb,
    next_from        date,
    relationship_id  uuid REFERENCES relationship (id),
    stake_mode       varchar(10) CHECK (stake_mode IN ('prepaid', 'charge')),
    asset            varchar(20) CHECK (asset IN ('usd', 'usdc')),
    forfeits_to      varchar(10) CHECK (forfeits_to IN ('partner', 'charity', 'house')),
    beneficiary_id   uuid REFERENCES "user" (id),
    hold_id          uuid,
    held_minor       bigint NOT NULL CHECK (held_minor >= 0),
    dispute_hours    integer NOT NULL,
    wake_at          timestamptz,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    ended_at         timestamptz,
    CHECK ((status = 'ended') = (ended_at IS NOT NULL)),
    CHECK ((next_terms IS NULL) = (next_from IS NULL)),
    CHECK ((stake_mode IS NULL) = (asset IS NULL) AND (asset IS NULL) = (forfeits_to IS NULL)),
    CHECK ((forfeits_to = 'partner') IS NOT DISTINCT FROM (beneficiary_id IS NOT NULL)
           OR forfeits_to IS NULL),
    CHECK ((hold_id IS NULL) = (held_minor = 0))
);
CREATE INDEX user_challenge_user ON user_challenge (user_id, id);
CREATE INDEX user_challenge_running ON user_challenge (user_id, id) WHERE status = 'running';
CREATE INDEX user_challenge_wake_at ON user_challenge (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX user_challenge_beneficiary ON user_challenge (beneficiary_id)
    WHERE status = 'running' AND beneficiary_id IS NOT NULL;
CREATE INDEX user_challenge_relationship ON user_challenge (relationship_id)
    WHERE relationship_id IS NOT NULL;

CREATE TABLE challenge_event (
    id                uuid PRIMARY KEY,
    user_challenge_id uuid NOT NULL REFERENCES user_challenge (id),
    key               varchar(20) NOT NULL,
    first_day         date NOT NULL,
    last_day          date NOT NULL,
    opens_at          timestamptz NOT NULL,
    scheduled_for     timestamptz NOT NULL,
    amount_minor      bigint NOT NULL CHECK (amount_minor >= 0),
    status            varchar(10) NOT NULL CHECK (status IN
                          ('scheduled', 'due', 'done', 'missed', 'excused', 'disputed', 'settled')),
    outcome           varchar(10) CHECK (outcome IN ('done', 'missed', 'excused')),
    done_at           timestamptz,
    done_day          date,
    settle_at         timestamptz,
    excuse            varchar(20),
    outage_id         uuid REFERENCES outage (id),
    dispute           jsonb,
    payment_intent_id uuid,
    metadata          jsonb NOT NULL,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    CHECK (status IN ('scheduled', 'due') OR outcome IS NOT NULL),
    CHECK ((done_at IS NULL) = (done_day IS NULL)),
    CHECK ((excuse IS NOT DISTINCT FROM 'outage') = (outage_id IS NOT NULL))
);
COMMENT ON COLUMN challenge_event.scheduled_for IS 'Until when it may be done.';
CREATE UNIQUE INDEX challenge_event_key ON challenge_event (user_challenge_id, key);
CREATE INDEX challenge_event_open ON challenge_event (user_challenge_id)
    WHERE status <> 'settled';
CREATE INDEX challenge_event_outage ON challenge_event (outage_id) WHERE outage_id IS NOT NULL;
CREATE INDEX challenge_event_disputed ON challenge_event (updated_at, id)
    WHERE status = 'disputed';

CREATE TABLE challenge_follower (
    user_challenge_id uuid NOT NULL REFERENCES user_challenge (id),
    user_id           uuid NOT NULL REFERENCES "user" (id),
    relationship_id   uuid NOT NULL REFERENCES relationship (id),
    is_referee        boolean NOT NULL,
    joined_at         timestamptz NOT NULL,
    PRIMARY KEY (user_challenge_id, user_id)
);
CREATE INDEX challenge_follower_user ON challenge_follower (user_id, user_challenge_id);
CREATE INDEX challenge_follower_relationship
    ON challenge_follower (relationship_id, user_challenge_id);

-- What was said and ruled, in order; nothing of it changes, but that words of who is erased go.
CREATE TABLE challenge_ruling (
    id                 uuid PRIMARY KEY,
    challenge_event_id uuid NOT NULL REFERENCES challenge_event (id),
    user_id            uuid NOT NULL REFERENCES "user" (id),
    act                varchar(10) NOT NULL CHECK (act IN ('dispute', 'rule', 'excuse')),
    outcome            varchar(10) CHECK (outcome IN ('done', 'missed', 'excused')),
    note               text,
    acted_at           timestamptz NOT NULL,
    CHECK ((act = 'dispute') = (outcome IS NULL))
);
CREATE INDEX challenge_ruling_event ON challenge_ruling (challenge_event_id, id);

GRANT SELECT, INSERT, UPDATE ON challenge, user_challenge TO tandem_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON challenge_event, challenge_follower TO tandem_app;
GRANT SELECT, INSERT, UPDATE (note) ON challenge_ruling TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the tables."""
    manager = MigrationManager(migration_id=ID, app_name="challenges", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager

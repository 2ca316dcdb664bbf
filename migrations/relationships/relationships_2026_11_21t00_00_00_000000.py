"""Relationships, the invitations they begin with, and who wants no more of them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-21T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Relationships"

SQL = """
CREATE TABLE relationship (
    id                uuid PRIMARY KEY,
    user_1_id         uuid NOT NULL REFERENCES "user" (id),
    user_2_id         uuid REFERENCES "user" (id),
    relationship_type varchar(40) NOT NULL,
    start_date        date,
    anniversary_date  date,
    status            varchar(20) NOT NULL CHECK (status IN ('invited', 'active', 'paused', 'ended')),
    privacy_level     varchar(20) NOT NULL
                      CHECK (privacy_level IN ('open', 'scores_only', 'private')),
    -- What it was before it was last opened, and when: what was written before stays hidden.
    privacy_before    varchar(20) CHECK (privacy_before IN ('open', 'scores_only', 'private')),
    opened_at         timestamptz,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    started_at        timestamptz,
    ended_at          timestamptz,
    ended_by_id       uuid REFERENCES "user" (id),
    CHECK (user_1_id <> user_2_id),
    CHECK (status IN ('invited', 'ended') OR user_2_id IS NOT NULL)
);
CREATE INDEX relationship_user_1 ON relationship (user_1_id);
CREATE INDEX relationship_user_2 ON relationship (user_2_id);
CREATE INDEX relationship_status ON relationship (status);
-- Two people have at most one relationship with each other at a time.
CREATE UNIQUE INDEX relationship_pair
    ON relationship (least(user_1_id, user_2_id), greatest(user_1_id, user_2_id))
    WHERE status IN ('active', 'paused');

CREATE TABLE invitation (
    relationship_id uuid PRIMARY KEY REFERENCES relationship (id),
    inviter_id      uuid NOT NULL REFERENCES "user" (id),
    email           varchar(254),
    code_hash       bytea,
    status          varchar(20) NOT NULL
                    CHECK (status IN ('pending', 'accepted', 'declined', 'revoked', 'expired')),
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    answered_at     timestamptz,
    answered_by_id  uuid REFERENCES "user" (id),
    CHECK ((email IS NULL) <> (code_hash IS NULL)),
    CHECK ((status = 'pending') = (answered_at IS NULL))
);
CREATE UNIQUE INDEX invitation_code ON invitation (code_hash) WHERE code_hash IS NOT NULL;
CREATE UNIQUE INDEX invitation_pending ON invitation (inviter_id, lower(email))
    WHERE status = 'pending' AND email IS NOT NULL;
CREATE INDEX invitation_received ON invitation (lower(email)) WHERE status = 'pending';
CREATE INDEX invitation_sent ON invitation (inviter_id, created_at);

CREATE TABLE block (
    user_id    uuid NOT NULL REFERENCES "user" (id),
    blocked_id uuid NOT NULL REFERENCES "user" (id),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, blocked_id),
    CHECK (user_id <> blocked_id)
);
CREATE INDEX block_blocked ON block (blocked_id);

GRANT SELECT, INSERT, UPDATE ON relationship, invitation TO tandem_app;
GRANT SELECT, INSERT, DELETE ON block TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the tables."""
    manager = MigrationManager(migration_id=ID, app_name="relationships", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager

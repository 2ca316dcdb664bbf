"""People, credentials, sessions, refresh tokens and socket tickets."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-21T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Identity"

SQL = """
CREATE TABLE "user" (
    id                       uuid PRIMARY KEY,
    email                    varchar(254) NOT NULL,
    name                     varchar(80) NOT NULL,
    nickname                 varchar(40),
    phone                    varchar(16),
    photo_url                varchar(500),
    time_zone                varchar(64) NOT NULL,
    time_zone_before         varchar(64),
    time_zone_from           date,
    locale                   varchar(35) NOT NULL,
    role                     varchar(20) NOT NULL CHECK (role IN ('user', 'admin')),
    tier                     varchar(20) NOT NULL,
    flags                    jsonb NOT NULL,
    love_language_primary    varchar(30),
    love_language_secondary  varchar(30),
    relationship_preferences jsonb NOT NULL,
    is_active                boolean NOT NULL,
    created_at               timestamptz NOT NULL,
    updated_at               timestamptz NOT NULL,
    last_active_at           timestamptz NOT NULL,
    last_signed_in_at        timestamptz,
    CHECK ((time_zone_before IS NULL) = (time_zone_from IS NULL))
);
CREATE UNIQUE INDEX user_email ON "user" (lower(email));

CREATE TABLE credential (
    id          uuid PRIMARY KEY,
    user_id     uuid NOT NULL REFERENCES "user" (id),
    kind        varchar(20) NOT NULL,
    secret_hash text,
    issuer      varchar(200),
    subject     varchar(255),
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    CHECK (CASE kind
        WHEN 'password' THEN secret_hash IS NOT NULL AND issuer IS NULL AND subject IS NULL
        WHEN 'oidc' THEN secret_hash IS NULL AND issuer IS NOT NULL AND subject IS NOT NULL
        ELSE false END)
);
CREATE INDEX credential_user ON credential (user_id);
CREATE UNIQUE INDEX credential_password ON credential (user_id) WHERE kind = 'password';
CREATE UNIQUE INDEX credential_issuer_subject ON credential (issuer, subject);

CREATE TABLE session (
    id                uuid PRIMARY KEY,
    user_id           uuid NOT NULL REFERENCES "user" (id),
    access_hash       bytea NOT NULL,
    access_expires_at timestamptz NOT NULL,
    access_used_at    timestamptz,
    expires_at        timestamptz NOT NULL,
    revoked_at        timestamptz,
    revoke_reason     varchar(40),
    device_name       varchar(100),
    user_agent        varchar(300),
    address_hash      bytea NOT NULL,
    created_at        timestamptz NOT NULL,
    last_used_at      timestamptz NOT NULL,
    CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL))
);
CREATE UNIQUE INDEX session_access_hash ON session (access_hash);
CREATE INDEX session_of_user ON session (user_id) WHERE revoked_at IS NULL;
CREATE INDEX session_expires_at ON session (expires_at);
CREATE INDEX session_revoked_at ON session (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE refresh_token (
    id             uuid PRIMARY KEY,
    session_id     uuid NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    hash           bytea NOT NULL,
    issued_at      timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    rotated_at     timestamptz,
    -- Checked at the end: a token is exchanged before its successor is there.
    replaced_by    uuid REFERENCES refresh_token (id) ON DELETE SET NULL
                   DEFERRABLE INITIALLY DEFERRED,
    successor_salt bytea,
    CHECK (rotated_at IS NOT NULL OR (replaced_by IS NULL AND successor_salt IS NULL))
);
CREATE UNIQUE INDEX refresh_token_hash ON refresh_token (hash);
-- A family has one token that was not exchanged, never two.
CREATE UNIQUE INDEX refresh_token_current ON refresh_token (session_id) WHERE rotated_at IS NULL;
CREATE INDEX refresh_token_session ON refresh_token (session_id);
CREATE INDEX refresh_token_replaced_by ON refresh_token (replaced_by);
CREATE INDEX refresh_token_expires_at ON refresh_token (expires_at);

-- Unlogged: a ticket lives for seconds, and whom a crash robbed of one asks for another.
CREATE UNLOGGED TABLE socket_ticket (
    hash       bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);
CREATE INDEX socket_ticket_session ON socket_ticket (session_id, expires_at);
CREATE INDEX socket_ticket_expires_at ON socket_ticket (expires_at);

GRANT SELECT, INSERT, UPDATE ON "user" TO tandem_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON credential, session, refresh_token TO tandem_app;
GRANT SELECT, INSERT, DELETE ON socket_ticket TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the tables."""
    manager = MigrationManager(migration_id=ID, app_name="identity", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager

"""Links by mail, addresses that were proved, consents, and accounts that rest."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-24T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Links, consents, accounts that rest"

SQL = """
ALTER TABLE "user"
    ADD COLUMN email_verified_at timestamptz,
    ADD COLUMN deactivated_at    timestamptz,
    ADD COLUMN deactivated_by    varchar(10) CHECK (deactivated_by IN ('user', 'admin'));
UPDATE "user" SET deactivated_at = updated_at, deactivated_by = 'admin' WHERE NOT is_active;
ALTER TABLE "user" ADD CHECK (is_active = (deactivated_at IS NULL)
                              AND is_active = (deactivated_by IS NULL));

ALTER TABLE credential ADD COLUMN last_used_at timestamptz;

CREATE TABLE auth_token (
    id             uuid PRIMARY KEY,
    purpose        varchar(20) NOT NULL CHECK (purpose IN
                       ('sign_in', 'verify_email', 'change_email', 'reset_password', 'oidc')),
    email          varchar(254),
    user_id        uuid REFERENCES "user" (id),
    token_hash     bytea NOT NULL,
    challenge      bytea,
    return_to      varchar(500) NOT NULL,
    issuer         varchar(200),
    subject        varchar(255),
    name           varchar(80),
    is_email_known boolean NOT NULL,
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    consumed_at    timestamptz,
    CHECK ((purpose = 'oidc') = (issuer IS NOT NULL AND subject IS NOT NULL)),
    CHECK (purpose = 'oidc' OR email IS NOT NULL),
    CHECK (purpose NOT IN ('verify_email', 'change_email', 'reset_password')
           OR user_id IS NOT NULL)
);
COMMENT ON COLUMN auth_token.is_email_known IS
    'Whether whoever has the token has thereby proved that the address is theirs.';
CREATE UNIQUE INDEX auth_token_token_hash ON auth_token (token_hash);
CREATE INDEX auth_token_email ON auth_token (lower(email)) WHERE consumed_at IS NULL;
CREATE INDEX auth_token_user ON auth_token (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX auth_token_expires_at ON auth_token (expires_at);

CREATE TABLE consent (
    user_id  uuid NOT NULL REFERENCES "user" (id),
    document varchar(20) NOT NULL CHECK (document IN ('terms', 'privacy')),
    version  varchar(40) NOT NULL,
    given_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, document, version)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON auth_token TO tandem_app;
GRANT SELECT, INSERT ON consent TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the tables."""
    manager = MigrationManager(migration_id=ID, app_name="identity", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager

"""Exports that were asked for, and erasures."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.persistence.migrating import run_sql

ID = "2026-11-24T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Exports and erasures"

SQL = """
CREATE TABLE data_export (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES "user" (id),
    state        varchar(10) NOT NULL CHECK (state IN ('waiting', 'making', 'ready', 'failed')),
    requested_at timestamptz NOT NULL,
    files_done   integer NOT NULL CHECK (files_done BETWEEN 0 AND files),
    files        integer NOT NULL,
    size_bytes   bigint,
    chunks       integer,
    failure      varchar(40),
    -- What links to it are signed with; it goes with the row, and with it every link.
    link_key     bytea NOT NULL,
    ended_at     timestamptz,
    expires_at   timestamptz NOT NULL,
    CHECK ((state = 'ready') = (size_bytes IS NOT NULL AND chunks IS NOT NULL)),
    CHECK ((state = 'failed') = (failure IS NOT NULL)),
    CHECK ((state IN ('ready', 'failed')) = (ended_at IS NOT NULL))
);
CREATE INDEX data_export_user ON data_export (user_id, requested_at);
CREATE INDEX data_export_expires_at ON data_export (expires_at);
-- One at a time.
CREATE UNIQUE INDEX data_export_under_way ON data_export (user_id)
    WHERE state IN ('waiting', 'making');

CREATE TABLE data_export_chunk (
    export_id uuid NOT NULL REFERENCES data_export (id),
    number    integer NOT NULL CHECK (number >= 0),
    content   bytea NOT NULL CHECK (length(content) <= 262144),
    PRIMARY KEY (export_id, number)
);
-- It is compressed already.
ALTER TABLE data_export_chunk ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TABLE erasure (
    id               uuid PRIMARY KEY,
    user_id          uuid NOT NULL REFERENCES "user" (id),
    state            varchar(10) NOT NULL
                     CHECK (state IN ('waiting', 'called_off', 'parting', 'erasing', 'done')),
    give_up_balances boolean NOT NULL,
    requested_at     timestamptz NOT NULL,
    due_at           timestamptz NOT NULL,
    held_up_by       varchar(60),
    circle           jsonb NOT NULL,
    parted_at        timestamptz,
    -- How often its job has run; one that was planned for another run does nothing.
    runs             integer NOT NULL,
    step             varchar(80),
    place            varchar(80) NOT NULL,
    touched_at       timestamptz NOT NULL,
    ended_at         timestamptz,
    CHECK ((state IN ('called_off', 'done')) = (ended_at IS NOT NULL)),
    CHECK (state NOT IN ('erasing', 'done') OR parted_at IS NOT NULL)
);
CREATE UNIQUE INDEX erasure_under_way ON erasure (user_id)
    WHERE state IN ('waiting', 'parting', 'erasing');
CREATE INDEX erasure_due_at ON erasure (due_at) WHERE state IN ('waiting', 'parting', 'erasing');

GRANT SELECT, INSERT, UPDATE, DELETE ON data_export, data_export_chunk TO tandem_app;
GRANT SELECT, INSERT, UPDATE ON erasure TO tandem_app;
"""


async def forwards() -> MigrationManager:
    """Make the tables."""
    manager = MigrationManager(migration_id=ID, app_name="privacy", description=DESCRIPTION)
    manager.add_raw(run_sql(SQL))
    return manager

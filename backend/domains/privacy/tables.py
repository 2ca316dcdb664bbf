"""The tables of privacy: exports that were asked for, and erasures."""

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    Timestamptz,
    Varchar,
)
from piccolo.conf.apps import AppConfig
from piccolo.table import Table

from backend.persistence.tables import MIGRATIONS


class DataExport(Table, tablename="data_export"):
    """An export somebody asked for, until it expires."""

    id = UUID(primary_key=True)
    user_id = UUID()
    state = Varchar(length=10)
    requested_at = Timestamptz(default=None)
    files_done = Integer()
    files = Integer()
    size_bytes = BigInt(null=True, default=None)
    chunks = Integer(null=True, default=None)
    failure = Varchar(length=40, null=True, default=None)
    link_key = Bytea(secret=True)
    ended_at = Timestamptz(null=True, default=None)
    expires_at = Timestamptz(default=None)


class DataExportChunk(Table, tablename="data_export_chunk"):
    """A piece of an archive."""

    export_id = ForeignKey(DataExport, null=False, primary_key=True)
    number = Integer()
    content = Bytea()


class Erasure(Table, tablename="erasure"):
    """That somebody wants to be erased, and how far that is."""

    id = UUID(primary_key=True)
    user_id = UUID()
    state = Varchar(length=10)
    give_up_balances = Boolean()
    requested_at = Timestamptz(default=None)
    due_at = Timestamptz(default=None)
    held_up_by = Varchar(length=60, null=True, default=None)
    circle = JSONB()
    parted_at = Timestamptz(null=True, default=None)
    runs = Integer()
    step = Varchar(length=80, null=True, default=None)
    place = Varchar(length=80)
    touched_at = Timestamptz(default=None)
    ended_at = Timestamptz(null=True, default=None)


APP_CONFIG = AppConfig(
    app_name="privacy",
    migrations_folder_path=str(MIGRATIONS / "privacy"),
    table_classes=[DataExport, DataExportChunk, Erasure],
    migration_dependencies=["backend.persistence.tables", "backend.domains.identity.tables"],
)

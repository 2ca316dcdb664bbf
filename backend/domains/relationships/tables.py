"""The tables of relationships."""

from piccolo.columns import UUID, Bytea, Date, Timestamptz, Varchar
from piccolo.conf.apps import AppConfig
from piccolo.table import Table

from backend.persistence.tables import MIGRATIONS


class RelationshipRow(Table, tablename="relationship"):
    """Two people; the second is missing until the invitation is accepted."""

    id = UUID(primary_key=True)
    user_1_id = UUID()
    user_2_id = UUID(null=True)
    relationship_type = Varchar(length=40)
    start_date = Date(null=True, default=None)
    anniversary_date = Date(null=True, default=None)
    status = Varchar(length=20)
    privacy_level = Varchar(length=20)
    privacy_before = Varchar(length=20, null=True, default=None)
    opened_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)
    started_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    ended_by_id = UUID(null=True, default=None)


class InvitationRow(Table, tablename="invitation"):
    """How a relationship was proposed: to an e-mail address, or by a code whose hash is kept."""

    relationship_id = UUID(primary_key=True)
    inviter_id = UUID()
    email = Varchar(length=254, null=True, default=None)
    code_hash = Bytea(null=True, default=None, secret=True)
    status = Varchar(length=20)
    created_at = Timestamptz(default=None)
    expires_at = Timestamptz(default=None)
    answered_at = Timestamptz(null=True, default=None)
    answered_by_id = UUID(null=True, default=None)


class BlockRow(Table, tablename="block"):
    """Whom somebody never wants to be invited by."""

    user_id = UUID(primary_key=True)
    blocked_id = UUID()
    created_at = Timestamptz(default=None)


APP_CONFIG = AppConfig(
    app_name="relationships",
    migrations_folder_path=str(MIGRATIONS / "relationships"),
    table_classes=[RelationshipRow, InvitationRow, BlockRow],
    migration_dependencies=["backend.persistence.tables", "backend.domains.identity.tables"],
)

"""The tables of notifications."""

from piccolo.columns import UUID, BigInt, Integer, Text, Timestamptz, Varchar
from piccolo.conf.apps import AppConfig
from piccolo.table import Table

from backend.persistence.tables import MIGRATIONS


class NotificationRow(Table, tablename="notification"):
    """Something a person was told of."""

    id = UUID(primary_key=True)
    user_id = UUID()
    relationship_id = UUID(null=True)
    notification_type = Varchar(length=60)
    title = Varchar(length=200)
    message = Text()
    priority = Varchar(length=10)
    created_at = Timestamptz(default=None)
    read_at = Timestamptz(null=True, default=None)


class Inbox(Table, tablename="inbox"):
    """How many notifications of a person are unread; the version grows with every change."""

    user_id = UUID(primary_key=True)
    unread = Integer()
    version = BigInt()


APP_CONFIG = AppConfig(
    app_name="notifications",
    migrations_folder_path=str(MIGRATIONS / "notifications"),
    table_classes=[NotificationRow, Inbox],
    migration_dependencies=["backend.persistence.tables"],
)

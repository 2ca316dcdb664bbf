"""The tables of announcements."""

from piccolo.columns import UUID, Text, Timestamptz
from piccolo.conf.apps import AppConfig
from piccolo.table import Table

from backend.persistence.tables import MIGRATIONS


class Announcement(Table, tablename="announcement"):
    """What was said to everybody, by whom."""

    id = UUID(primary_key=True)
    author_id = UUID()
    message = Text()
    created_at = Timestamptz(default=None)


APP_CONFIG = AppConfig(
    app_name="announcements",
    migrations_folder_path=str(MIGRATIONS / "announcements"),
    table_classes=[Announcement],
    migration_dependencies=["backend.persistence.tables"],
)

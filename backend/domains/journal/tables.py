"""The tables of the journal."""

from piccolo.columns import UUID, Boolean, Date, SmallInt, Text, Timestamptz, Varchar
from piccolo.conf.apps import AppConfig
from piccolo.table import Table

from backend.persistence.tables import MIGRATIONS


class MoodLog(Table, tablename="mood_log"):
    """How somebody was at a moment; shared with a partner when it names a relationship."""

    id = UUID(primary_key=True)
    user_id = UUID()
    relationship_id = UUID(null=True)
    mood = Varchar(length=64, null=True)
    mood_score = SmallInt(null=True)
    notes = Text(null=True)
    is_shared = Boolean()
    local_day = Date(default=None)
    time_zone = Varchar(length=64)
    made_at = Timestamptz(default=None)
    received_at = Timestamptz(default=None)
    updated_at = Timestamptz(null=True, default=None)
    deleted_at = Timestamptz(null=True, default=None)


APP_CONFIG = AppConfig(
    app_name="journal",
    migrations_folder_path=str(MIGRATIONS / "journal"),
    table_classes=[MoodLog],
    migration_dependencies=["backend.persistence.tables"],
)

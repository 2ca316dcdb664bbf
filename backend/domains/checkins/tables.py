"""The tables of check-ins."""

from piccolo.columns import UUID, Date, Integer, SmallInt, Text, Timestamptz, Varchar
from piccolo.conf.apps import AppConfig
from piccolo.table import Table

from backend.persistence.tables import MIGRATIONS


class DailyCheckin(Table, tablename="daily_checkin"):
    """How somebody was on a day: one for each person, relationship and local day."""

    id = UUID(primary_key=True)
    relationship_id = UUID()
    user_id = UUID()
    local_day = Date(default=None)
    time_zone = Varchar(length=64)
    connection_score = SmallInt()
    mood_score = SmallInt()
    relationship_satisfaction = SmallInt()
    gratitude_note = Text(null=True, default=None)
    privacy_level = Varchar(length=20)
    made_at = Timestamptz(default=None)
    received_at = Timestamptz(default=None)
    amended_at = Timestamptz(null=True, default=None)


class PairStreak(Table, tablename="pair_streak"):
    """A pair's streak, and what of the days before `open_from` it follows from."""

    relationship_id = UUID(primary_key=True)
    current_days = Integer()
    best_days = Integer()
    last_day = Date(null=True, default=None)
    open_from = Date(default=None)
    settled_best_days = Integer()
    settled_run_days = Integer()
    settled_last_day = Date(null=True, default=None)
    updated_at = Timestamptz(default=None)


APP_CONFIG = AppConfig(
    app_name="checkins",
    migrations_folder_path=str(MIGRATIONS / "checkins"),
    table_classes=[DailyCheckin, PairStreak],
    migration_dependencies=["backend.persistence.tables", "backend.domains.relationships.tables"],
)

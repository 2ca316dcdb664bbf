"""The tables of relationships."""

from piccolo.columns import UUID, Date, Timestamptz, Varchar
from piccolo.conf.apps import AppConfig
from piccolo.table import Table

from backend.persistence.tables import MIGRATIONS


class Relationship(Table, tablename="relationship"):
    """Two people; the second is missing until the invitation is accepted."""

    id = UUID(primary_key=True)
    user_1_id = UUID()
    user_2_id = UUID(null=True)
    relationship_type = Varchar(length=40)
    start_date = Date(null=True, default=None)
    anniversary_date = Date(null=True, default=None)
    status = Varchar(length=20)
    privacy_level = Varchar(length=20)
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)


APP_CONFIG = AppConfig(
    app_name="relationships",
    migrations_folder_path=str(MIGRATIONS / "relationships"),
    table_classes=[Relationship],
    migration_dependencies=["backend.persistence.tables", "backend.domains.identity.tables"],
)

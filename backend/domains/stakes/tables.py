"""The tables of stakes."""

from piccolo.columns import JSONB, UUID, BigInt, Timestamptz, Varchar
from piccolo.conf.apps import AppConfig
from piccolo.table import Table

from backend.persistence.tables import MIGRATIONS


class StakeProtection(Table, tablename="stake_protection"):
    """What somebody said of themselves, and the limits they set themselves."""

    user_id = UUID(primary_key=True)
    adult_at = Timestamptz(null=True, default=None)
    excluded_until = Timestamptz(null=True, default=None)
    limits = JSONB()
    next_limits = JSONB(null=True, default=None)
    next_from = Timestamptz(null=True, default=None)
    updated_at = Timestamptz(default=None)


class StakeExposure(Table, tablename="stake_exposure"):
    """What can be lost of a challenge that goes on."""

    challenge_id = UUID(primary_key=True)
    user_id = UUID()
    asset = Varchar(length=20)
    amount_minor = BigInt()
    created_at = Timestamptz(default=None)


APP_CONFIG = AppConfig(
    app_name="stakes",
    migrations_folder_path=str(MIGRATIONS / "stakes"),
    table_classes=[StakeProtection, StakeExposure],
    migration_dependencies=["backend.domains.identity.tables"],
)

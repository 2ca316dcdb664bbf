"""The tables of notifications."""

from piccolo.columns import JSONB, UUID, BigInt, Boolean, Bytea, Integer, Text, Timestamptz, Varchar
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
    pushed_at = Timestamptz(null=True, default=None)
    """When it was handed to the jobs that push it, which happens once."""
    collapse_key = Varchar(length=100, null=True, default=None)
    """Whose place it takes on a phone; none: its kind says so."""
    rings = Boolean(null=True, default=None)
    """False: it is for the inbox alone, and no phone ever rings for it; else none."""


class Inbox(Table, tablename="inbox"):
    """How many notifications of a person are unread; the version grows with every change."""

    user_id = UUID(primary_key=True)
    unread = Integer()
    version = BigInt()


class PreferenceRow(Table, tablename="notification_preference"):
    """What a person wants of pushes; who has no row has not chosen yet."""

    user_id = UUID(primary_key=True)
    lock_screen = Varchar(length=10)
    quiet_from = Varchar(length=5, null=True)
    quiet_until = Varchar(length=5, null=True)
    muted = JSONB()
    time_zone = Varchar(length=64)
    updated_at = Timestamptz(default=None)


class PushSubscription(Table, tablename="push_subscription"):
    """Where a browser of a person is reached; the endpoint and the browser's keys are secret."""

    id = UUID(primary_key=True)
    user_id = UUID()
    session_id = UUID(null=True)
    kind = Varchar(length=10)
    endpoint = Text(secret=True)
    endpoint_hash = Bytea(secret=True)
    p256dh = Varchar(length=100, secret=True)
    auth = Varchar(length=40, secret=True)
    public_key = Varchar(length=87, null=True, default=None)
    """The key of ours it was made with; none: the eldest, and it is from when there was but one."""
    created_at = Timestamptz(default=None)
    pushed_at = Timestamptz(null=True, default=None)
    refusals = Integer()
    """How often in a row its push service refused for good."""
    revoked_at = Timestamptz(null=True, default=None)
    revoke_reason = Varchar(length=20, null=True, default=None)


APP_CONFIG = AppConfig(
    app_name="notifications",
    migrations_folder_path=str(MIGRATIONS / "notifications"),
    table_classes=[NotificationRow, Inbox, PreferenceRow, PushSubscription],
    migration_dependencies=["backend.persistence.tables", "backend.domains.identity.tables"],
)

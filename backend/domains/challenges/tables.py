"""The tables of challenges."""

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    Boolean,
    Date,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.conf.apps import AppConfig
from piccolo.table import Table

from backend.persistence.tables import MIGRATIONS


class Challenge(Table, tablename="challenge"):
    """A template of the catalogue: what can be promised, and within which bounds."""

    id = UUID(primary_key=True)
    slug = Varchar(length=60)
    version = Integer()
    name = Varchar(length=120)
    challenge_type = Varchar(length=30)
    difficulty = Varchar(length=10)
    category = Varchar(length=40)
    instructions = Text()
    is_template = Boolean(default=True)
    is_open = Boolean(default=True)
    settings_schema = JSONB()
    allows = JSONB()
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)


class UserChallenge(Table, tablename="user_challenge"):
    """Somebody's run of a template; `wake_at` is when time will make something of it."""

    id = UUID(primary_key=True)
    user_id = UUID()
    template_slug = Varchar(length=60)
    template_version = Integer()
    title = Varchar(length=120)
    status = Varchar(length=10)
    settings = JSONB()
    state = JSONB()
    proof = Varchar(length=10)
    target = BigInt(null=True, default=None)
    start_date = Date(default=None)
    terms = JSONB()
    terms_from = Date(default=None)
    next_terms = JSONB(null=True, default=None)
    next_from = Date(null=True, default=None)
    relationship_id = UUID(null=True, default=None)
    stake_mode = Varchar(length=10, null=True, default=None)
    asset = Varchar(length=20, null=True, default=None)
    forfeits_to = Varchar(length=10, null=True, default=None)
    beneficiary_id = UUID(null=True, default=None)
    hold_id = UUID(null=True, default=None)
    held_minor = BigInt()
    dispute_hours = Integer()
    wake_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)
    ended_at = Timestamptz(null=True, default=None)


class ChallengeEvent(Table, tablename="challenge_event"):
    """An occurrence: one time something is promised, and what became of it."""

    id = UUID(primary_key=True)
    user_challenge_id = UUID()
    key = Varchar(length=20)
    first_day = Date(default=None)
    last_day = Date(default=None)
    opens_at = Timestamptz(default=None)
    scheduled_for = Timestamptz(default=None)
    amount_minor = BigInt()
    status = Varchar(length=10)
    outcome = Varchar(length=10, null=True, default=None)
    done_at = Timestamptz(null=True, default=None)
    done_day = Date(null=True, default=None)
    settle_at = Timestamptz(null=True, default=None)
    excuse = Varchar(length=20, null=True, default=None)
    outage_id = UUID(null=True, default=None)
    dispute = JSONB(null=True, default=None)
    payment_intent_id = UUID(null=True, default=None)
    metadata = JSONB()
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)


class ChallengeFollower(Table, tablename="challenge_follower"):
    """Somebody who sees how a challenge goes, and perhaps rules when it is disputed."""

    user_challenge_id = UUID(primary_key=True)
    user_id = UUID()
    relationship_id = UUID()
    is_referee = Boolean(default=False)
    joined_at = Timestamptz(default=None)


class ChallengeRuling(Table, tablename="challenge_ruling"):
    """What somebody said when an occurrence was disputed, ruled on or excused."""

    id = UUID(primary_key=True)
    challenge_event_id = UUID()
    user_id = UUID()
    act = Varchar(length=10)
    outcome = Varchar(length=10, null=True, default=None)
    note = Text(null=True, default=None)
    acted_at = Timestamptz(default=None)


APP_CONFIG = AppConfig(
    app_name="challenges",
    migrations_folder_path=str(MIGRATIONS / "challenges"),
    table_classes=[Challenge, UserChallenge, ChallengeEvent, ChallengeFollower, ChallengeRuling],
    migration_dependencies=[
        "backend.domains.identity.tables",
        "backend.domains.relationships.tables",
        "backend.persistence.tables",
    ],
)

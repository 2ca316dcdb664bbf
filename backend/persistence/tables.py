"""The engine's own tables, as far as Piccolo describes tables.

`event` and `outcome` are partitioned, which Piccolo cannot say; they stand in the migration alone.
"""

from pathlib import Path

from piccolo.columns import JSON, UUID, BigInt, Boolean, Integer, Text, Timestamptz, Varchar
from piccolo.conf.apps import AppConfig
from piccolo.table import Table

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations"


class Head(Table, tablename="head"):
    """The durable head of an actor: its fence and the numbers of its topic. Never dropped."""

    address = Varchar(length=100, primary_key=True)
    version = BigInt()
    seq = BigInt()
    generation = Integer()


class Deployment(Table, tablename="deployment"):
    """Which life of the database this is; the only row."""

    is_only = Boolean(primary_key=True)
    generation = Integer()


class Node(Table, tablename="node"):
    """A process that may own shards, and when it was last alive by the database's clock."""

    id = UUID(primary_key=True)
    heartbeat_at = Timestamptz(default=None)
    is_leaving = Boolean()
    lease_ms = Integer()
    """For so long after a heartbeat nobody else takes its shards."""
    lease_begun_at = Timestamptz(default=None, null=True)
    """Since when it has had a lease without a gap."""
    has_redis = Boolean()
    """Whether other nodes can reach it."""
    redis_changed_at = Timestamptz(default=None)


class Shard(Table, tablename="shard"):
    """A share of all actors; its epoch grows with every owner."""

    id = Integer(primary_key=True)
    owner = UUID(null=True)
    epoch = BigInt()


class TellRow(Table, tablename="tell"):
    """What one actor lets another know: written in the sender's turn, deleted in the receiver's."""

    id = UUID(primary_key=True)
    receiver = Varchar(length=100)
    tells = JSON()
    tries = Integer()
    sent_at = Timestamptz(default=None)
    retry_at = Timestamptz(default=None, null=True)


class DeadLetter(Table, tablename="dead_letter"):
    """A tell or a job that was given up; kept for people to look at."""

    id = UUID(primary_key=True)
    receiver = Varchar(length=100)
    """Of a tell the actor it was for, of a job its name."""
    content = JSON()
    reason = Text()
    sent_at = Timestamptz(default=None)
    died_at = Timestamptz(default=None)
    kind = Varchar(length=10, default="tell")
    tries = Integer()
    correlation_id = Varchar(length=100, null=True)


class Pulse(Table, tablename="pulse"):
    """When people could last be served; the only row."""

    is_only = Boolean(primary_key=True)
    beat_at = Timestamptz(default=None)


class OutageRow(Table, tablename="outage"):
    """A time in which people could not be served; what that excused names it."""

    id = UUID(primary_key=True)
    began_at = Timestamptz(default=None)
    ended_at = Timestamptz(default=None)
    noted_at = Timestamptz(default=None)
    noted_by = Varchar(length=100, null=True, default=None)
    """Which operator says so; NULL where the nodes saw it themselves."""
    why = Varchar(length=300, null=True, default=None)


class DemoClock(Table, tablename="demo_clock"):
    """How far the clock of a demo is ahead of the machine's; the only row, and none elsewhere."""

    is_only = Boolean(primary_key=True)
    ahead_s = BigInt()


class Job(Table, tablename="job"):
    """The outbox: work for the workers, written in the turn that caused it."""

    id = UUID(primary_key=True)
    name = Varchar(length=100)
    arguments = JSON()
    correlation_id = Varchar(length=100, null=True)
    due_at = Timestamptz(default=None)
    relayed_at = Timestamptz(default=None, null=True)
    tries = Integer()


APP_CONFIG = AppConfig(
    app_name="persistence",
    migrations_folder_path=str(MIGRATIONS / "persistence"),
    table_classes=[
        Deployment,
        Head,
        Node,
        Shard,
        TellRow,
        DeadLetter,
        Pulse,
        OutageRow,
        DemoClock,
        Job,
    ],
)

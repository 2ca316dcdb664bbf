"""The audit: the database writes down who commits for whom, and who owns what, since when.

Triggers of the suite's own, in its own database. One owner at a time means: the versions of an
actor are committed by the nodes that owned its shard then.
"""

import asyncpg
from asyncpg import Record

from actors.placement import shard_of
from protocol.address import Address

OVERLAP_S = 0.5
"""A statement sees owners as they were when it began, and may have waited for a lock since."""

_INSTALL = """
CREATE TABLE audit_commit (
    address text, version bigint, node text, at timestamptz DEFAULT clock_timestamp()
);
CREATE TABLE audit_owner (
    shard integer, epoch bigint, owner uuid, at timestamptz DEFAULT clock_timestamp()
);
CREATE FUNCTION audit_commit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO audit_commit (address, version, node)
    VALUES (NEW.address, NEW.version, right(current_setting('application_name'), 36));
    RETURN NULL;
END $$;
CREATE FUNCTION audit_owner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO audit_owner (shard, epoch, owner) VALUES (NEW.id, NEW.epoch, NEW.owner);
    RETURN NULL;
END $$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON head
    FOR EACH ROW EXECUTE FUNCTION audit_commit();
CREATE TRIGGER audit AFTER UPDATE ON shard FOR EACH ROW EXECUTE FUNCTION audit_owner();
INSERT INTO audit_owner (shard, epoch, owner) SELECT id, epoch, owner FROM shard;
"""
_COMMITS = "SELECT address, version, node, at FROM audit_commit ORDER BY address, version"
_OWNERS = "SELECT shard, epoch, owner::text AS owner, at FROM audit_owner ORDER BY shard, epoch"


async def install(owner_dsn: str) -> None:
    """Begin to write down."""
    connection = await asyncpg.connect(owner_dsn)
    try:
        await connection.execute(_INSTALL)
    finally:
        await connection.close()


async def verify(owner_dsn: str) -> int:
    """Make sure that every actor had one owner at a time; returns how many commits were seen."""
    connection = await asyncpg.connect(owner_dsn)
    try:
        commits = await connection.fetch(_COMMITS)
        owners: dict[int, list[Record]] = {}
        for row in await connection.fetch(_OWNERS):
            owners.setdefault(row["shard"], []).append(row)
    finally:
        await connection.close()
    versions: dict[str, int] = {}
    for commit in commits:
        address = commit["address"]
        expected = versions.get(address, commit["version"] - 1) + 1
        assert commit["version"] == expected, f"{address} was committed twice, or not at all"
        versions[address] = expected
        tenures = owners[shard_of(Address(address))]
        assert _has_owned(tenures, commit), f"{address} was committed by who did not own it"
    for shard, tenures in owners.items():
        epochs = [tenure["epoch"] for tenure in tenures]
        assert epochs == list(range(epochs[0], epochs[0] + len(epochs))), f"epochs of {shard}"
    return len(commits)


def _has_owned(tenures: list[Record], commit: Record) -> bool:
    ends = [*(tenure["at"] for tenure in tenures[1:]), None]
    return any(
        tenure["owner"] == commit["node"]
        and tenure["at"] <= commit["at"]
        and (end is None or (commit["at"] - end).total_seconds() <= OVERLAP_S)
        for tenure, end in zip(tenures, ends, strict=True)
    )

"""A town: thousands of couples with open sessions, and a past that fills the hot tables.

Written set-based, as the role that owns the tables, with triggers and checks at work, and so that
it adds up as if it had been lived: heads count events, balances are the sums of transfers.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from backend.domains import ledger
from backend.domains.identity.tokens import TokenKind, new_token
from backend.persistence.guards import Connection
from protocol.address import address_of
from protocol.ids import uuid7

COUPLES = 5_000
ROWS = 1_000_000
QUICK_COUPLES = 500
QUICK_ROWS = 60_000
SIGNED_IN = timedelta(days=1)
HOT = ("mood_log", "event", "outcome", "transfer", "notification")

_PEOPLE = """
INSERT INTO "user" (id, email, name, time_zone, locale, role, tier, flags, relationship_preferences,
                    is_active, created_at, updated_at, last_active_at)
SELECT u.id, u.id || '@example.org', u.name, 'Europe/Berlin', 'en', u.role, 'free', '{}', '{}',
       true, $4, $4, $4
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS u(id, name, role)
"""
_SESSIONS = """
INSERT INTO session (id, user_id, access_hash, access_expires_at, access_used_at, expires_at,
                     address_hash, created_at, last_used_at)
SELECT u.id, u.user_id, u.hash, $4, $5, $4, '', $5, $5
FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS u(id, user_id, hash)
"""
_RELATIONSHIPS = """
INSERT INTO relationship (id, user_1_id, user_2_id, relationship_type, status, privacy_level,
                          created_at, updated_at, started_at)
SELECT u.id, u.anna, u.ben, 'couple', 'active', 'open', $4, $4, $4
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS u(id, anna, ben)
"""
# Each person of the town with a number from 0, and each of their rows with another; the rows lie
# in today, which is where the measured ones go too.
_LIVES = """
CREATE TEMP TABLE life AS
SELECT uuidv7(-spent.ago) AS id, person.user_id, person.relationship_id,
       'relationship/' || person.relationship_id AS address, $5::timestamptz - spent.ago AS at,
       row_number() OVER (PARTITION BY person.relationship_id ORDER BY spent.ago DESC) AS number
FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS person(user_id, relationship_id, place)
CROSS JOIN generate_series(1, $3::integer) AS turn
CROSS JOIN LATERAL (SELECT $4::interval * random() AS ago) AS spent
ORDER BY spent.ago DESC
"""
_MOODS = """
INSERT INTO mood_log (id, user_id, relationship_id, mood, mood_score, notes, is_shared, local_day,
                      time_zone, made_at, received_at)
SELECT id, user_id, relationship_id, 'happy', 1 + number % 10, 'A walk in the sun with a friend',
       true, (at AT TIME ZONE 'Europe/Berlin')::date - (number % 30)::integer, 'Europe/Berlin',
       at, at
FROM life
"""
_EVENTS = """
INSERT INTO event (topic, generation, number, at, body)
SELECT address, 1, number, at, json_build_object(
    'type', 'moods.logged', 'mood_log_id', id, 'user_id', user_id, 'mood', 'happy',
    'mood_score', 7, 'notes', 'A walk in the sun with a friend',
    'local_day', at::date, 'made_at', at)
FROM life
"""
_HEADS = """
INSERT INTO head (address, version, seq, generation)
SELECT address, max(number), max(number), 1 FROM life GROUP BY address ORDER BY address
"""
_OUTCOMES = """
INSERT INTO outcome (id, actor, principal, fingerprint, granted, body)
SELECT id, address, user_id, decode(md5(id::text), 'hex'), true, json_build_object(
    'type', 'moods.logged', 'mood_log_id', id, 'user_id', user_id, 'mood', 'happy',
    'mood_score', 7, 'notes', 'A walk in the sun with a friend',
    'local_day', at::date, 'made_at', at)
FROM life
"""
_TRANSFERS = """
INSERT INTO transfer (id, debit_account_id, credit_account_id, amount_minor, asset, phase, reason,
                      reference, created_at)
SELECT life.id, $1, wallet.id, 1, 'coin', 'posted', 'award', 'moods.log/' || life.id, life.at
FROM life JOIN account AS wallet ON wallet.owner_id = life.user_id AND wallet.asset = 'coin'
ORDER BY life.id
"""
_BALANCES = """
UPDATE account SET credits_posted = sums.posted, version = sums.count
FROM (SELECT credit_account_id AS id, sum(amount_minor) AS posted, count(*) AS count
      FROM transfer WHERE asset = 'coin' GROUP BY 1) AS sums
WHERE account.id = sums.id
"""
_NOTIFICATIONS = """
INSERT INTO notification (id, user_id, relationship_id, notification_type, title, message, priority,
                          created_at, read_at)
SELECT id, user_id, relationship_id, 'mood_shared', 'Ben shared a mood', '', 'normal', at, at
FROM life
"""
_INBOXES = """
INSERT INTO inbox (user_id, unread, version) SELECT DISTINCT user_id, 0, 1 FROM life
"""


@dataclass(frozen=True)
class Resident:
    """Somebody who is signed in."""

    user_id: UUID
    relationship_id: UUID
    token: str

    @property
    def plan(self) -> dict[str, str]:
        """The person as a load generator is told of them."""
        return {
            "user_id": str(self.user_id),
            "relationship": address_of("relationship", self.relationship_id),
            "token": self.token,
        }


@dataclass(frozen=True)
class Town:
    """Who lives in the database: partners stand beside each other."""

    people: Sequence[Resident]
    admin: Resident
    rows: int
    """How many rows each hot table holds."""

    def crowd(self, number: int, size: int) -> Sequence[Resident]:
        """Choose people, partners together; others for every number as long as there are any."""
        begin = number % (len(self.people) // size) * size
        return self.people[begin : begin + size]


async def settle(dsn: str, *, couples: int, rows: int, say: Callable[[str], None]) -> Town:
    """Write a town into an empty database, as its owner."""
    now = datetime.now(UTC)
    town = _imagine(couples, rows)
    connection = await asyncpg.connect(dsn, command_timeout=600)
    try:
        say(f"settling {couples:,} couples")
        await _move_in(connection, town, now)
        await _live(connection, town, now, say)
        for _ in range(2):
            # The first call notes how far it may go, the second goes there.
            await connection.execute("SELECT ledger_roll_up(1000000000)")
        say("vacuuming")
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return town


def _imagine(couples: int, rows: int) -> Town:
    people = [
        Resident(uuid7(), relationship_id, new_token(TokenKind.ACCESS))
        for relationship_id in [uuid7() for _ in range(couples)]
        for _ in range(2)
    ]
    admin = Resident(uuid7(), uuid7(), new_token(TokenKind.ACCESS))
    return Town(people, admin, max(1, rows // len(people)) * len(people))


async def _move_in(connection: Connection, town: Town, now: datetime) -> None:
    everybody = [*town.people, town.admin]
    ids = [person.user_id for person in everybody]
    roles = ["user"] * len(town.people) + ["admin"]
    names = ["Anna", "Ben"] * (len(town.people) // 2) + ["Ada"]
    await connection.execute(_PEOPLE, ids, names, roles, now)
    hashes = [hashlib.sha256(person.token.encode()).digest() for person in everybody]
    await connection.execute(_SESSIONS, [uuid7() for _ in ids], ids, hashes, now + SIGNED_IN, now)
    annas, bens = town.people[::2], town.people[1::2]
    await connection.execute(
        _RELATIONSHIPS,
        [anna.relationship_id for anna in annas],
        [anna.user_id for anna in annas],
        [ben.user_id for ben in bens],
        now,
    )
    await ledger.open_wallets(connection, ids, now)


async def _live(
    connection: Connection, town: Town, now: datetime, say: Callable[[str], None]
) -> None:
    """Fill the hot tables."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    await connection.execute(
        _LIVES,
        [person.user_id for person in town.people],
        [person.relationship_id for person in town.people],
        town.rows // len(town.people),
        max(now - midnight, timedelta(minutes=1)),
        now,
    )
    issuance = ledger.house_account("coin", "issuance")
    steps: list[tuple[str, str, list[Any]]] = [
        ("mood_log", _MOODS, []),
        ("event", _EVENTS, []),
        ("head", _HEADS, []),
        ("outcome", _OUTCOMES, []),
        ("transfer", _TRANSFERS, [issuance]),
        ("account", _BALANCES, []),
        ("notification", _NOTIFICATIONS, []),
        ("inbox", _INBOXES, []),
    ]
    for table, statement, values in steps:
        say(f"filling {table}")
        await connection.execute(statement, *values)
    for table in HOT:
        found = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - our names
        if found < town.rows:
            raise RuntimeError(f"{table} has {found:,} rows instead of {town.rows:,}")

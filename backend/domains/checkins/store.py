"""Every query of check-ins."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec

from actors.principal import Principal
from actors.turn import Turn
from backend.domains import relationships
from backend.domains.checkins import rules
from backend.domains.checkins.messages import CheckIn, Streak
from backend.domains.checkins.rules import CheckIns, Written
from backend.domains.checkins.streak import Settled
from backend.domains.checkins.tables import DailyCheckin, PairStreak
from backend.domains.relationships import PrivacyLevel
from backend.persistence.database import Record, fetch
from backend.persistence.pages import Cursor

_CHECK_INS = """
SELECT s.relationship_id, s.open_from, s.settled_best_days, s.settled_run_days,
       s.settled_last_day, c.id, c.user_id, c.local_day, c.made_at, c.privacy_level
FROM pair_streak AS s
LEFT JOIN daily_checkin AS c
       ON c.relationship_id = s.relationship_id AND c.local_day >= s.open_from
WHERE s.relationship_id = ANY($1)
"""
_COLUMNS = """
c.id AS check_in_id, c.user_id, c.local_day, c.made_at, c.amended_at, c.privacy_level,
c.connection_score, c.mood_score, c.relationship_satisfaction, c.gratitude_note
"""
_RECENT = f"""
SELECT {_COLUMNS} FROM relationship AS r
CROSS JOIN LATERAL (VALUES (r.user_1_id), (r.user_2_id)) AS member(id)
CROSS JOIN LATERAL (
    SELECT * FROM daily_checkin
    WHERE relationship_id = r.id AND user_id = member.id
    ORDER BY local_day DESC LIMIT 2
) AS c
WHERE r.id = $1 ORDER BY c.local_day, c.made_at
"""  # noqa: S608 - the columns are ours
_PAGE = f"""
SELECT {_COLUMNS} FROM daily_checkin AS c
WHERE c.relationship_id = $1 AND (c.local_day, c.id) < ($2, $3)
ORDER BY c.local_day DESC, c.id DESC LIMIT $4
"""  # noqa: S608
_STREAK = "SELECT current_days, best_days, last_day FROM pair_streak WHERE relationship_id = $1"
_AFTER_ALL = Cursor(date.max, UUID(int=2**128 - 1))


class CheckInsShown(msgspec.Struct, frozen=True, kw_only=True):
    """The last two check-ins of each, as the reader may see them, and the streak."""

    recent: Sequence[CheckIn]
    streak: Streak


async def load_check_ins(keys: Sequence[UUID]) -> Mapping[UUID, CheckIns]:
    """Read the open days of many relationships, and what is settled."""
    found: dict[UUID, CheckIns] = {}
    for row in await fetch(_CHECK_INS, list(keys)):
        check_ins = found.setdefault(row["relationship_id"], _settled(row))
        if row["id"] is not None:
            written = Written(row["id"], row["made_at"], PrivacyLevel(row["privacy_level"]))
            check_ins.days.setdefault(row["local_day"], {})[row["user_id"]] = written
    return found


def _settled(row: Record) -> CheckIns:
    settled = Settled(row["settled_best_days"], row["settled_run_days"], row["settled_last_day"])
    return CheckIns(row["open_from"], {}, settled)


def add(turn: Turn, relationship_id: UUID, check_in: CheckIn, time_zone: str) -> None:
    """Write a check-in down."""
    turn.work.insert(
        DailyCheckin,
        id=check_in.check_in_id,
        relationship_id=relationship_id,
        user_id=check_in.user_id,
        local_day=check_in.local_day,
        time_zone=time_zone,
        connection_score=check_in.connection_score,
        mood_score=check_in.mood_score,
        relationship_satisfaction=check_in.relationship_satisfaction,
        gratitude_note=check_in.gratitude_note,
        privacy_level=check_in.privacy_level.value,
        made_at=check_in.made_at,
        received_at=turn.now,
        amended_at=None,
    )


def amend(turn: Turn, check_in: CheckIn) -> None:
    """Write down what a check-in is now."""
    turn.work.update(
        DailyCheckin,
        {"id": check_in.check_in_id},
        connection_score=check_in.connection_score,
        mood_score=check_in.mood_score,
        relationship_satisfaction=check_in.relationship_satisfaction,
        gratitude_note=check_in.gratitude_note,
        privacy_level=check_in.privacy_level.value,
        amended_at=check_in.amended_at,
    )


def remove(turn: Turn, check_in_id: UUID) -> None:
    """Take a check-in back."""
    turn.work.delete(DailyCheckin, {"id": check_in_id})


def write_streak(turn: Turn, relationship_id: UUID, check_ins: CheckIns, *, is_first: bool) -> None:
    """Write down the streak, and what it follows from."""
    streak, settled = check_ins.streak, check_ins.settled
    columns = {
        "current_days": streak.current_days,
        "best_days": streak.best_days,
        "last_day": streak.last_day,
        "open_from": check_ins.open_from,
        "settled_best_days": settled.best_days,
        "settled_run_days": settled.run_days,
        "settled_last_day": settled.last_day,
        "updated_at": turn.now,
    }
    if is_first:
        turn.work.insert(PairStreak, relationship_id=relationship_id, **columns)
    else:
        turn.work.update(PairStreak, {"relationship_id": relationship_id}, **columns)


async def show_check_ins(key: UUID, reader: Principal) -> CheckInsShown | None:
    """Show a reader how the two are, as far as they may see it."""
    membership = (await relationships.memberships_of([key])).get(key)
    if membership is None:
        return None
    rows = await fetch(_RECENT, key)
    level = membership.privacy_level
    return CheckInsShown(
        recent=[rules.for_reader(_check_in(row), reader.user_id, level) for row in rows],
        streak=await read_streak(key),
    )


async def read_streak(relationship_id: UUID) -> Streak:
    """Read the streak of a pair."""
    rows = await fetch(_STREAK, relationship_id)
    return Streak(**rows[0]) if rows else Streak()


async def read_page(relationship_id: UUID, after: Cursor | None, count_max: int) -> list[CheckIn]:
    """Read check-ins, whole, the latest first."""
    day, last = after or _AFTER_ALL
    return [_check_in(row) for row in await fetch(_PAGE, relationship_id, day, last, count_max)]


def _check_in(row: Record) -> CheckIn:
    columns = {name: row[name] for name in CheckIn.__struct_fields__ if name != "privacy_level"}
    return CheckIn(**columns, privacy_level=PrivacyLevel(row["privacy_level"]))

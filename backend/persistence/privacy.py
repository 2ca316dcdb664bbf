"""What the engine has of people: what is on its way, and what was said lately."""

import msgspec

from backend.persistence.database import fetch
from backend.persistence.personal_data import Kept, Person, PersonalData, Walk, Withheld
from protocol.address import Address, key_of
from protocol.common import AnswerErased

EVENTS_AT_ONCE_MAX = 5_000
OUTCOMES_AT_ONCE_MAX = 50_000
"""Looked at, not changed: most are of others."""
_FIRST = "00000000-0000-0000-0000-000000000000"

_FORGET_EVENTS = "SELECT forget_events($1, $2, $3) AS taken"
_FORGET_OUTCOMES = """
SELECT forget_outcomes($1::text::uuid, $2, $3, $4, $5::text::json)::text AS stopped_at
"""
# What is told others is left to be heard, for counts hang on it; it names nobody but by an id.
_FORGET_TELLS = """
DELETE FROM tell WHERE receiver = ANY($1)
    OR EXISTS (SELECT FROM unnest($2::text[]) AS t(trace)
               WHERE strpos(lower(tells::text), trace) > 0)
"""
_FORGET_DEAD_LETTERS = """
DELETE FROM dead_letter WHERE receiver = ANY($1)
    OR EXISTS (SELECT FROM unnest($2::text[]) AS t(trace)
               WHERE strpos(lower(content::text), trace) > 0)
"""
_FORGET_JOBS = """
DELETE FROM job
WHERE EXISTS (SELECT FROM unnest($1::text[]) AS t(trace)
              WHERE strpos(lower(arguments::text), trace) > 0)
"""
_MOVE_HEADS = "UPDATE head SET version = version + 1 WHERE address = ANY($1)"


async def forget_events(person: Person, _place: str) -> str | None:
    """Take what was said of somebody out of the log: of each topic all that was said until then.

    Whoever was away and comes back to such a topic is given a snapshot, as after thirty days.
    """
    for topic in (*person.own, *person.others):
        rows = await fetch(_FORGET_EVENTS, topic, person.parted_at, EVENTS_AT_ONCE_MAX)
        if rows[0]["taken"]:
            return topic
    return None


async def forget_outcomes(person: Person, place: str) -> str | None:
    """Forget what somebody's commands were answered, and what in others' answers names them."""
    rows = await fetch(
        _FORGET_OUTCOMES,
        place or _FIRST,
        OUTCOMES_AT_ONCE_MAX,
        person.user_id,
        _as_written(person.traces),
        msgspec.json.encode(AnswerErased().refused()).decode(),
    )
    stopped_at: str | None = rows[0]["stopped_at"]
    return stopped_at


async def forget_tells(person: Person, _place: str) -> None:
    """Forget what waits to be heard by somebody, or of them."""
    await fetch(_FORGET_TELLS, list(person.own), _as_written(person.traces))


async def forget_dead_letters(person: Person, _place: str) -> None:
    """Forget what was given up and was for somebody, of them, or of what they shared."""
    shared = tuple(str(key_of(address)) for address in person.own)
    await fetch(_FORGET_DEAD_LETTERS, list(person.own), _as_written(person.traces + shared))


async def forget_jobs(person: Person, _place: str) -> None:
    """Forget what was to be done for somebody."""
    await fetch(_FORGET_JOBS, _as_written(person.traces))


async def forget_memory(actors: tuple[Address, ...]) -> None:
    """Have these actors forget what they remember, whichever node they live at.

    Their heads move on as if another node had committed for them: what they would commit on what
    they remember is refused by the fence, and they are loaded anew.
    """
    await fetch(_MOVE_HEADS, list(actors))


def _as_written(traces: tuple[str, ...]) -> list[str]:
    """Write words as they stand in JSON, in lower case."""
    return [msgspec.json.encode(trace).decode()[1:-1].lower() for trace in traces]


_DEMO_CLOCK = ("is_only", "ahead_s")
_DEPLOYMENT = ("is_only", "generation")
_HEAD = ("address", "version", "seq", "generation")
_NODE = (
    "id",
    "heartbeat_at",
    "is_leaving",
    "lease_ms",
    "lease_begun_at",
    "has_redis",
    "redis_changed_at",
)
_OUTAGE = ("id", "began_at", "ended_at", "noted_at", "noted_by", "why")
_PULSE = ("is_only", "beat_at")
_SHARD = ("id", "owner", "epoch")
_OF_THE_HOUSE = "It is about processes, not about people."
_OF_OUTAGES = "It says when we were away, and which of us says so; it is about nobody else."
_ON_THE_WAY = "It is on its way for a moment, and says nothing that other files do not say."
_LATELY = "It repeats for some weeks what other files say, for phones that were away."

PERSONAL_DATA = PersonalData(
    withheld=(
        Withheld(table="demo_clock", columns=_DEMO_CLOCK, why=_OF_THE_HOUSE),
        Withheld(table="deployment", columns=_DEPLOYMENT, why=_OF_THE_HOUSE),
        Withheld(table="node", columns=_NODE, why=_OF_THE_HOUSE),
        Withheld(table="outage", columns=_OUTAGE, why=_OF_OUTAGES),
        Withheld(table="pulse", columns=_PULSE, why=_OF_THE_HOUSE),
        Withheld(table="shard", columns=_SHARD, why=_OF_THE_HOUSE),
        Withheld(
            table="head",
            columns=_HEAD,
            why="It counts how often something happened, and says nothing of what.",
        ),
        Withheld(
            table="tell",
            columns=("id", "receiver", "tells", "tries", "sent_at", "retry_at"),
            why=_ON_THE_WAY,
        ),
        Withheld(
            table="job",
            columns=(
                "id",
                "name",
                "arguments",
                "correlation_id",
                "due_at",
                "relayed_at",
                "tries",
            ),
            why=_ON_THE_WAY,
        ),
        Withheld(
            table="dead_letter",
            columns=(
                "id",
                "kind",
                "receiver",
                "content",
                "tries",
                "reason",
                "correlation_id",
                "sent_at",
                "died_at",
            ),
            why="It went astray, and says nothing that other files do not say.",
        ),
        Withheld(
            table="event", columns=("topic", "generation", "number", "at", "body"), why=_LATELY
        ),
        Withheld(
            table="outcome",
            columns=("id", "actor", "principal", "fingerprint", "granted", "body"),
            why=_LATELY,
        ),
    ),
    erasures=(
        Walk(table="tell", piece=forget_tells),
        Walk(table="job", piece=forget_jobs),
        Walk(table="dead_letter", piece=forget_dead_letters),
        Walk(table="event", piece=forget_events),
        Walk(table="outcome", piece=forget_outcomes),
    ),
    kept=(
        Kept(table="demo_clock", columns=_DEMO_CLOCK, why=_OF_THE_HOUSE),
        Kept(table="deployment", columns=_DEPLOYMENT, why=_OF_THE_HOUSE),
        Kept(table="node", columns=_NODE, why=_OF_THE_HOUSE),
        Kept(table="outage", columns=_OUTAGE, why=_OF_OUTAGES),
        Kept(table="pulse", columns=_PULSE, why=_OF_THE_HOUSE),
        Kept(table="shard", columns=_SHARD, why=_OF_THE_HOUSE),
        Kept(
            table="head",
            columns=_HEAD,
            why="A head is never dropped; its id is that of an account which names nobody.",
        ),
    ),
)

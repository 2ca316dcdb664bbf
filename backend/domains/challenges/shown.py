"""What people are shown of challenges: snapshots, and pages of what has been."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from actors.principal import Principal
from backend.domains.challenges.rules import Challenge
from backend.domains.challenges.store import load_challenges
from backend.domains.challenges.values import (
    Follower,
    Occurrence,
    ProofKind,
    Slug,
    Stake,
    Tally,
    Terms,
    Title,
)
from backend.persistence.database import Record, fetch
from protocol.marks import PRIVATE
from protocol.messages import Value

SHOWN_MAX = 20
"""How many challenges a snapshot names; the others are read by the page."""

_TITLE = "SELECT title, template_slug FROM user_challenge WHERE id = $1"
_LAST = "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid"
_LISTED = """
SELECT c.id AS challenge_id, c.user_id AS owner_id, c.title, c.template_slug, c.status,
       c.start_date AS first_day, c.created_at
FROM user_challenge AS c
"""
_FOLLOWED = """
SELECT f.user_challenge_id FROM challenge_follower AS f
JOIN relationship AS r ON r.id = f.relationship_id AND r.status IN ('active', 'paused')
"""
_SHOWN = f"""
{_LISTED} WHERE c.id IN (
    SELECT id FROM user_challenge WHERE user_id = $1 AND status = 'running'
    UNION ALL ({_FOLLOWED} JOIN user_challenge AS c ON c.id = f.user_challenge_id
               WHERE f.user_id = $1 AND c.status = 'running'
               ORDER BY f.user_challenge_id DESC LIMIT $2)
) ORDER BY c.id DESC LIMIT $2
"""  # noqa: S608 - all of it is ours
# A page of either at most, each by its own index: of the rest nothing is read.
_PAGE = f"""
{_LISTED} WHERE c.id IN (
    (SELECT id FROM user_challenge WHERE user_id = $1 AND id < coalesce($2, {_LAST})
     ORDER BY id DESC LIMIT $3)
    UNION ALL ({_FOLLOWED} WHERE f.user_id = $1 AND f.user_challenge_id < coalesce($2, {_LAST})
               ORDER BY f.user_challenge_id DESC LIMIT $3)
) ORDER BY c.id DESC LIMIT $3
"""  # noqa: S608 - all of it is ours
_TEMPLATES = """
SELECT slug, version, name, challenge_type, difficulty, category, instructions, settings_schema,
       allows
FROM challenge WHERE is_open AND is_template AND ($1::text IS NULL OR category = $1)
  AND ($2::text IS NULL OR slug > $2)
ORDER BY slug LIMIT $3
"""
_EVENTS = """
SELECT e.id AS event_id, key, first_day, last_day, opens_at, scheduled_for AS due_at, amount_minor,
       status, outcome, done_at, excuse, o.began_at AS outage_began_at,
       o.ended_at AS outage_ended_at, payment_intent_id, metadata -> 'proof' AS proof
FROM challenge_event AS e LEFT JOIN outage AS o ON o.id = e.outage_id
WHERE user_challenge_id = $1 AND ($2::uuid IS NULL OR (scheduled_for, e.id) < (
    SELECT scheduled_for, id FROM challenge_event WHERE id = $2))
ORDER BY scheduled_for DESC, e.id DESC LIMIT $3
"""


class ChallengeShown(Value, frozen=True):
    """A challenge as its owner and who follows it see it."""

    challenge_id: UUID
    owner_id: UUID
    title: Title
    template_slug: Slug
    status: str
    proof: ProofKind
    target: int | None
    first_day: date
    terms: Terms
    next_terms: Terms | None
    next_from: date | None
    """From when other terms hold, where that was asked for."""
    stake: Stake | None
    followers: tuple[Follower, ...]
    occurrences: tuple[Occurrence, ...]
    """Those that are not settled."""
    tally: Tally


class ChallengeListed(Value, frozen=True):
    """A challenge one has or follows; more of it is on its topic."""

    challenge_id: UUID
    owner_id: UUID
    title: Title
    template_slug: str
    status: str
    first_day: date
    created_at: datetime


class MyChallenges(msgspec.Struct, frozen=True, kw_only=True):
    """The challenges one has or follows that go on, the newest first."""

    running: Sequence[ChallengeListed]


class Template(Value, frozen=True):
    """What can be begun; `settings_schema` is a JSON Schema, `allows` the bounds of the rest."""

    slug: str
    version: int
    name: str
    challenge_type: str
    difficulty: str
    category: str
    instructions: str
    settings_schema: dict[str, Any]
    allows: dict[str, Any]


class OccurrenceListed(Value, frozen=True):
    """An occurrence, and what was shown for it."""

    event_id: UUID
    key: str
    first_day: date
    last_day: date
    opens_at: datetime
    due_at: datetime
    amount_minor: int
    status: str
    outcome: str | None
    done_at: datetime | None
    excuse: str | None
    outage_began_at: datetime | None
    """From when we were away,"""
    outage_ended_at: datetime | None
    """and until when, where that is the excuse."""
    payment_intent_id: UUID | None
    """The payment by which what was missed is charged, where a card pays."""
    proof: Annotated[dict[str, Any] | None, PRIVATE]


async def show_challenge(key: UUID, _reader: Principal) -> ChallengeShown | None:
    """Show a challenge to whoever may read its topic."""
    run = (await load_challenges([key])).get(key, Challenge()).run
    rows = await fetch(_TITLE, key)
    if run is None or not rows:
        return None
    return ChallengeShown(
        challenge_id=run.challenge_id,
        owner_id=run.owner_id,
        title=rows[0]["title"],
        template_slug=rows[0]["template_slug"],
        status=run.status.value,
        proof=run.proof,
        target=run.target,
        first_day=run.first_day,
        terms=run.terms,
        next_terms=run.next_terms,
        next_from=run.next_from,
        stake=run.stake,
        followers=tuple(one.shown for one in run.followers),
        occurrences=run.occurrences,
        tally=run.tally,
    )


async def show_mine(key: UUID, _reader: Principal) -> MyChallenges:
    """Show a person which challenges to join."""
    rows = await fetch(_SHOWN, key, SHOWN_MAX)
    return MyChallenges(running=[ChallengeListed(**row) for row in rows])


async def read_page(user_id: UUID, after: UUID | None, count_max: int) -> list[ChallengeListed]:
    """Read the challenges a person has or follows, also those that have ended."""
    return [ChallengeListed(**row) for row in await fetch(_PAGE, user_id, after, count_max)]


async def read_templates(category: str | None, after: str | None, count_max: int) -> list[Template]:
    """Read what can be begun, by slug."""
    return [_template(row) for row in await fetch(_TEMPLATES, category, after, count_max)]


async def read_occurrences(
    challenge_id: UUID, after: UUID | None, count_max: int
) -> list[OccurrenceListed]:
    """Read the occurrences of a challenge, the latest due first."""
    rows = await fetch(_EVENTS, challenge_id, after, count_max)
    return [OccurrenceListed(**{**row, "proof": _decoded(row["proof"])}) for row in rows]


def _template(row: Record) -> Template:
    decoded = {name: _decoded(row[name]) for name in ("settings_schema", "allows")}
    return Template(**{**row, **decoded})


def _decoded(text: str | None) -> Any:
    return msgspec.json.decode(text) if text else None

"""What is read into actors and written by them, of challenges."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from actors.turn import Turn
from backend.domains.challenges.advancing import wakes_at
from backend.domains.challenges.messages import StartChallenge
from backend.domains.challenges.rules import Challenge, Mine, pledge_of
from backend.domains.challenges.run import Run, RunStatus
from backend.domains.challenges.schedule import OwnClock
from backend.domains.challenges.tables import (
    ChallengeEvent,
    ChallengeFollower,
    ChallengeRuling,
    UserChallenge,
)
from backend.domains.challenges.values import (
    Dispute,
    Excuse,
    Following,
    ForfeitsTo,
    Occurrence,
    Outcome,
    Proof,
    ProofKind,
    Stake,
    StakeMode,
    Status,
    Tally,
    Terms,
)
from backend.domains.ledger import Asset, Transfer
from backend.persistence.database import Record, fetch

# How far each run has come, and whose it is.
_RUNS = """
SELECT c.id, c.user_id, c.status, c.state, c.proof, c.target, c.start_date, c.terms, c.terms_from,
       c.next_terms, c.next_from, c.stake_mode, c.asset, c.forfeits_to, c.beneficiary_id,
       c.hold_id, c.held_minor, c.dispute_hours, c.relationship_id,
       u.name, u.time_zone, u.time_zone_before, u.time_zone_from
FROM user_challenge AS c JOIN "user" AS u ON u.id = c.user_id
WHERE c.id = ANY($1)
"""
_OPEN = """
SELECT id, user_challenge_id, key, first_day, last_day, opens_at, scheduled_for, amount_minor,
       status, outcome, done_at, done_day, settle_at, excuse, outage_id, dispute
FROM challenge_event WHERE user_challenge_id = ANY($1) AND status <> 'settled'
ORDER BY scheduled_for, key
"""
# Who follows somebody they have parted from does so no longer, from that moment on.
_FOLLOWERS = """
SELECT f.user_challenge_id, f.user_id, f.relationship_id, f.is_referee
FROM challenge_follower AS f
JOIN relationship AS r ON r.id = f.relationship_id AND r.status IN ('active', 'paused')
WHERE f.user_challenge_id = ANY($1) ORDER BY f.user_id
"""
_MINE = """
SELECT id, user_id FROM user_challenge WHERE user_id = ANY($1) AND status = 'running'
"""
_EXCUSED = """
SELECT outage_id, count(*) AS count FROM challenge_event WHERE outage_id = ANY($1) GROUP BY 1
"""


class Kept(msgspec.Struct, frozen=True):
    """What stands in the column `state`: how far a run has come."""

    made_to: date | None = None
    tally: Tally = Tally()


async def load_challenges(keys: Sequence[UUID]) -> Mapping[UUID, Challenge]:
    """Read what many challenges' actors know."""
    occurrences: dict[UUID, list[Occurrence]] = {}
    for row in await fetch(_OPEN, list(keys)):
        occurrences.setdefault(row["user_challenge_id"], []).append(_occurrence(row))
    followers: dict[UUID, list[Following]] = {}
    for row in await fetch(_FOLLOWERS, list(keys)):
        followers.setdefault(row["user_challenge_id"], []).append(_follower(row))
    found: dict[UUID, Challenge] = {}
    for row in await fetch(_RUNS, list(keys)):
        key = row["id"]
        run = _run(row, occurrences.get(key, []), followers.get(key, []))
        found[key] = Challenge(run, pledge_of(run, row["hold_id"], row["held_minor"]))
    return found


async def load_mine(keys: Sequence[UUID]) -> Mapping[UUID, Mine]:
    """Read which challenges of many people go on."""
    running: dict[UUID, set[UUID]] = {}
    for row in await fetch(_MINE, list(keys)):
        running.setdefault(row["user_id"], set()).add(row["id"])
    return {key: Mine(frozenset(found)) for key, found in running.items()}


async def excused_by(outage_ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """Count what was excused by each of some outages."""
    rows = await fetch(_EXCUSED, list(outage_ids))
    return {row["outage_id"]: row["count"] for row in rows}


def _run(row: Record, occurrences: Sequence[Occurrence], followers: Sequence[Following]) -> Run:
    kept = msgspec.json.decode(row["state"], type=Kept)
    next_terms = row["next_terms"]
    return Run(
        challenge_id=row["id"],
        owner_id=row["user_id"],
        owner_name=row["name"],
        clock=OwnClock(row["time_zone"], row["time_zone_before"], row["time_zone_from"]),
        status=RunStatus(row["status"]),
        proof=ProofKind(row["proof"]),
        target=row["target"],
        first_day=row["start_date"],
        terms=msgspec.json.decode(row["terms"], type=Terms),
        terms_from=row["terms_from"],
        next_terms=msgspec.json.decode(next_terms, type=Terms) if next_terms else None,
        next_from=row["next_from"],
        stake=_stake(row),
        dispute_hours=row["dispute_hours"],
        made_to=kept.made_to,
        relationship_id=row["relationship_id"],
        followers=tuple(followers),
        occurrences=tuple(occurrences),
        tally=kept.tally,
    )


def _stake(row: Record) -> Stake | None:
    if row["stake_mode"] is None:
        return None
    return Stake(
        mode=StakeMode(row["stake_mode"]),
        asset=Asset(row["asset"]),
        forfeits_to=ForfeitsTo(row["forfeits_to"]),
        beneficiary_id=row["beneficiary_id"],
    )


def _occurrence(row: Record) -> Occurrence:
    dispute = row["dispute"]
    return Occurrence(
        event_id=row["id"],
        key=row["key"],
        first_day=row["first_day"],
        last_day=row["last_day"],
        opens_at=row["opens_at"],
        due_at=row["scheduled_for"],
        amount_minor=row["amount_minor"],
        status=Status(row["status"]),
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        done_at=row["done_at"],
        done_day=row["done_day"],
        settle_at=row["settle_at"],
        excuse=Excuse(row["excuse"]) if row["excuse"] else None,
        outage_id=row["outage_id"],
        dispute=msgspec.json.decode(dispute, type=Dispute) if dispute else None,
    )


def _follower(row: Record) -> Following:
    return Following(
        user_id=row["user_id"],
        relationship_id=row["relationship_id"],
        is_referee=row["is_referee"],
    )


def add_run(turn: Turn, command: StartChallenge, run: Run, held: Transfer | None) -> None:
    """Write down a challenge that begins, and what is held for it."""
    stake = run.stake
    turn.work.insert(
        UserChallenge,
        id=run.challenge_id,
        user_id=run.owner_id,
        template_slug=command.template_slug,
        template_version=command.template_version,
        title=command.title,
        status=run.status.value,
        settings=command.settings,
        state=Kept(),
        proof=run.proof.value,
        target=run.target,
        start_date=run.first_day,
        terms=run.terms,
        terms_from=run.terms_from,
        next_terms=None,
        next_from=None,
        relationship_id=command.relationship_id,
        stake_mode=stake and stake.mode.value,
        asset=stake and stake.asset.value,
        forfeits_to=stake and stake.forfeits_to.value,
        beneficiary_id=stake and stake.beneficiary_id,
        hold_id=held and held.id,
        held_minor=(held and held.amount_minor) or 0,
        dispute_hours=run.dispute_hours,
        wake_at=turn.now,
        created_at=turn.now,
        updated_at=turn.now,
        ended_at=None,
    )


def write_run(turn: Turn, challenge: Challenge, today: date) -> None:
    """Write down how far a run has come."""
    run, pledged = challenge.run, challenge.pledge
    if run is None:
        return
    is_over = run.status is RunStatus.ENDED
    turn.work.update(
        UserChallenge,
        {"id": run.challenge_id},
        status=run.status.value,
        state=Kept(run.made_to, run.tally),
        terms=run.terms,
        terms_from=run.terms_from,
        next_terms=run.next_terms,
        next_from=run.next_from,
        hold_id=pledged.hold_id if pledged else None,
        held_minor=pledged.held_minor if pledged else 0,
        wake_at=wakes_at(run, today),
        updated_at=turn.now,
        ended_at=turn.now if is_over else None,
    )


def add_occurrences(turn: Turn, run: Run, occurrences: Iterable[Occurrence]) -> None:
    """Write down what is scheduled."""
    for one in occurrences:
        turn.work.insert(
            ChallengeEvent,
            id=one.event_id,
            user_challenge_id=run.challenge_id,
            key=one.key,
            first_day=one.first_day,
            last_day=one.last_day,
            amount_minor=one.amount_minor,
            metadata={},
            created_at=turn.now,
            **_became(turn, one),
        )


def remove_occurrences(turn: Turn, occurrences: Iterable[Occurrence]) -> None:
    """Remove what will not be promised after all."""
    for one in occurrences:
        turn.work.delete(ChallengeEvent, {"id": one.event_id})


def write_occurrence(
    turn: Turn, one: Occurrence, proof: Proof | None = None, payment_id: UUID | None = None
) -> None:
    """Write down what has become of an occurrence."""
    shown: dict[str, Any] = {} if proof is None else {"metadata": {"proof": proof}}
    if payment_id is not None:
        shown["payment_intent_id"] = payment_id
    turn.work.update(ChallengeEvent, {"id": one.event_id}, **_became(turn, one), **shown)


def _became(turn: Turn, one: Occurrence) -> dict[str, Any]:
    return {
        "opens_at": one.opens_at,
        "scheduled_for": one.due_at,
        "status": one.status.value,
        "outcome": one.outcome and one.outcome.value,
        "done_at": one.done_at,
        "done_day": one.done_day,
        "settle_at": one.settle_at,
        "excuse": one.excuse and one.excuse.value,
        "outage_id": one.outage_id,
        "dispute": one.dispute,
        "updated_at": turn.now,
    }


def add_follower(turn: Turn, challenge_id: UUID, follower: Following) -> None:
    """Write down that somebody follows."""
    turn.work.insert(
        ChallengeFollower,
        user_challenge_id=challenge_id,
        user_id=follower.user_id,
        relationship_id=follower.relationship_id,
        is_referee=follower.is_referee,
        joined_at=turn.now,
    )


def remove_follower(turn: Turn, challenge_id: UUID, user_id: UUID) -> None:
    """Write down that somebody follows no longer."""
    key = {"user_challenge_id": challenge_id, "user_id": user_id}
    turn.work.delete(ChallengeFollower, key)


def remove_followers(turn: Turn, challenge_id: UUID, relationship_id: UUID) -> None:
    """Write down that nobody follows through a relationship."""
    key = {"user_challenge_id": challenge_id, "relationship_id": relationship_id}
    turn.work.delete(ChallengeFollower, key)


def add_ruling(
    turn: Turn, event_id: UUID, act: str, *, outcome: Outcome | None = None, note: str | None
) -> None:
    """Write down what somebody said of a dispute."""
    turn.work.insert(
        ChallengeRuling,
        id=turn.new_id(),
        challenge_event_id=event_id,
        user_id=turn.principal.user_id,
        act=act,
        outcome=outcome and outcome.value,
        note=note,
        acted_at=turn.now,
    )

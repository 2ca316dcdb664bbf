"""Happening: what follows when something happens to a challenge: its rows, its money, its news."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from actors.turn import Turn
from backend.domains import ledger, payments, stakes
from backend.domains.challenges import rules, store
from backend.domains.challenges import run as running
from backend.domains.challenges.messages import (
    ChallengeEnded,
    ChangeAsked,
    OccurrenceDisputed,
    OccurrenceDone,
    OccurrenceExcused,
    OccurrenceMissed,
    OccurrenceOpened,
    OccurrenceRuled,
    OccurrenceSettled,
    OccurrencesScheduled,
    TermsChanged,
)
from backend.domains.challenges.news import tell_people
from backend.domains.challenges.rules import Challenge
from backend.domains.challenges.run import Run
from backend.domains.challenges.schedule import OwnClock
from backend.domains.challenges.tells import ChallengeClosed
from backend.domains.challenges.values import Following, Occurrence, Outcome, StakeMode, Status
from backend.domains.ledger import Transfer
from backend.domains.stakes import Pledge
from protocol.address import users_address
from protocol.messages import Event

AboutOne = (
    OccurrenceOpened
    | OccurrenceDone
    | OccurrenceMissed
    | OccurrenceExcused
    | OccurrenceDisputed
    | OccurrenceRuled
)


class OwnerKnown(Event, frozen=True, tag="challenges.owner_known"):
    """Whose it is has another name or clock; only the actor's memory follows this."""

    name: str
    clock: OwnClock


class FollowersKnown(Event, frozen=True, tag="challenges.followers_known"):
    """Others follow now; only the actor's memory follows this."""

    followers: tuple[Following, ...]


class PledgeMoved(Event, frozen=True, tag="challenges.pledge_moved"):
    """What is held is another now; only the actor's memory follows this."""

    pledge: Pledge


def happen(challenge: Challenge, events: Iterable[Event], turn: Turn) -> Challenge:
    """Have events happen to a challenge that was begun, with all that follows from them."""
    for event in events:
        challenge = _happen(challenge, event, turn)
    run = challenge.run
    if run is not None:
        store.write_run(turn, challenge, run.clock.day_of(turn.now))
    return challenge


def _happen(challenge: Challenge, event: Event, turn: Turn) -> Challenge:
    run = challenge.run
    assert run is not None  # noqa: S101 - it was begun
    turn.publish(event)
    match event:
        case OccurrencesScheduled():
            gone = [
                one for one in run.occurrences if _is_replaced(one.status, one.first_day, event)
            ]
            store.remove_occurrences(turn, gone)
            store.add_occurrences(turn, run, event.occurrences)
        case OccurrenceDone():
            store.write_occurrence(turn, event.occurrence, event.proof)
        case OccurrenceSettled():
            payment_id = _charge(run, event.occurrence, turn)
            store.write_occurrence(turn, event.occurrence, payment_id=payment_id)
            challenge = _pay(challenge, event, turn)
        case ChallengeEnded():
            challenge = _give_back(challenge, turn)
            turn.work.tell(users_address(run.owner_id), ChallengeClosed(ended=event))
        case _ if isinstance(event, AboutOne):
            store.write_occurrence(turn, event.occurrence)
    tell_people(run, event, turn)
    return evolve(challenge, event)


def evolve(challenge: Challenge, event: Event) -> Challenge:
    """Know of an event."""
    if isinstance(event, PledgeMoved):
        return Challenge(challenge.run, event.pledge)
    follow = _FOLLOWED.get(type(event))
    if challenge.run is None or follow is None:
        return challenge
    return Challenge(follow(challenge.run, event), challenge.pledge)


_FOLLOWED: dict[type[Event], Callable[[Run, Any], Run]] = {
    OwnerKnown: lambda run, event: msgspec.structs.replace(
        run, owner_name=event.name, clock=event.clock
    ),
    OccurrencesScheduled: running.scheduled,
    OccurrenceOpened: running.changed,
    OccurrenceDone: running.changed,
    OccurrenceMissed: running.changed,
    OccurrenceExcused: running.changed,
    OccurrenceDisputed: running.changed,
    OccurrenceRuled: running.changed,
    OccurrenceSettled: running.settled,
    TermsChanged: running.in_force,
    ChangeAsked: running.asked,
    FollowersKnown: lambda run, event: msgspec.structs.replace(run, followers=event.followers),
    ChallengeEnded: running.ended,
}
"""What a run is after each kind of event."""


def _is_replaced(status: Status, first_day: date, event: OccurrencesScheduled) -> bool:
    return status is Status.SCHEDULED and first_day >= event.from_day


def _charge(run: Run, one: Occurrence, turn: Turn) -> UUID | None:
    """Have a saved card charged with what was missed, where that was promised."""
    stake = run.stake
    is_missed = one.outcome is Outcome.MISSED and one.amount_minor > 0
    if stake is None or stake.mode is not StakeMode.CHARGE or not is_missed:
        return None
    return payments.charge(
        turn,
        user_id=run.owner_id,
        amount_minor=one.amount_minor,
        goes_to=rules.goes_to(stake),
        challenge_id=run.challenge_id,
        challenge_event_id=one.event_id,
        metadata={"occurrence": one.key},
    )


def _pay(challenge: Challenge, event: OccurrenceSettled, turn: Turn) -> Challenge:
    """Have what was missed go where it was promised to."""
    one, pledged = event.occurrence, challenge.pledge
    if one.outcome is not Outcome.MISSED or pledged is None or not one.amount_minor:
        return challenge
    left, transfers = stakes.forfeit(
        pledged, one.amount_minor, reference=f"challenge_event/{one.event_id}", at=turn.now
    )
    return _moved(challenge, left, transfers, turn)


def _give_back(challenge: Challenge, turn: Turn) -> Challenge:
    """Have what was not forfeited be free again."""
    pledged, run = challenge.pledge, challenge.run
    if pledged is None or run is None:
        return challenge
    reference = f"challenge/{run.challenge_id}"
    freed, transfers = stakes.release(pledged, reference=reference, at=turn.now)
    return _moved(challenge, freed, transfers, turn)


def _moved(
    challenge: Challenge, pledged: Pledge, transfers: Sequence[Transfer], turn: Turn
) -> Challenge:
    ledger.post(turn.work, *transfers)
    return evolve(challenge, turn.note(PledgeMoved(pledge=pledged)))

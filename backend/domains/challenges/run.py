"""A run: one person's challenge as its actor knows it, and how events change it; pure."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from uuid import UUID

import msgspec

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
from backend.domains.challenges.refusals import NotOpen
from backend.domains.challenges.schedule import OwnClock
from backend.domains.challenges.values import (
    Following,
    Occurrence,
    Outcome,
    ProofKind,
    Stake,
    Status,
    Tally,
    Terms,
)
from protocol.common import NotFound

AboutOne = (
    OccurrenceOpened
    | OccurrenceDone
    | OccurrenceMissed
    | OccurrenceExcused
    | OccurrenceDisputed
    | OccurrenceRuled
)


class RunStatus(StrEnum):
    """Where a run is on its way."""

    RUNNING = "running"
    ENDED = "ended"


class Run(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is promised, by whom, and what is not settled yet of it."""

    challenge_id: UUID
    owner_id: UUID
    owner_name: str
    clock: OwnClock
    """By which the owner lives."""
    status: RunStatus
    proof: ProofKind
    target: int | None
    """What a number must reach, where one is the proof."""
    first_day: date
    terms: Terms
    terms_from: date
    """Since when they hold; weeks are counted from here."""
    next_terms: Terms | None
    next_from: date | None
    """What will hold, and from when, where that was asked for."""
    stake: Stake | None
    dispute_hours: int
    made_to: date | None
    """The last day whose occurrences are there."""
    relationship_id: UUID | None
    """In which relationship it was promised, if in one; others may follow through others."""
    followers: tuple[Following, ...]
    """By their ids."""
    occurrences: tuple[Occurrence, ...]
    """Those that are not settled, in the order in which they fall due."""
    tally: Tally

    def occurrence(self, key: str) -> Occurrence:
        """Find one that is not settled. Raises NotFound."""
        for found in self.occurrences:
            if found.key == key:
                return found
        raise NotFound(what="occurrence")

    def awaited(self, key: str) -> Occurrence:
        """Find one that can still be done in time. Raises NotFound, NotOpen."""
        found = self.occurrence(key)
        if found.status not in {Status.SCHEDULED, Status.DUE}:
            raise NotOpen
        return found


def scheduled(run: Run, event: OccurrencesScheduled) -> Run:
    """Have what was scheduled from a day on replaced."""
    kept = [
        one
        for one in run.occurrences
        if one.status is not Status.SCHEDULED or one.first_day < event.from_day
    ]
    return msgspec.structs.replace(
        run, occurrences=_in_order([*kept, *event.occurrences]), made_to=event.made_to
    )


def changed(run: Run, event: AboutOne) -> Run:
    """Know what has become of one."""
    return _with(run, event.occurrence)


def settled(run: Run, event: OccurrenceSettled) -> Run:
    """Count one, and hold it no longer."""
    one, tally = event.occurrence, run.tally
    is_missed = one.outcome is Outcome.MISSED
    counted = Tally(
        done=tally.done + (one.outcome is Outcome.DONE),
        missed=tally.missed + is_missed,
        excused=tally.excused + (one.outcome is Outcome.EXCUSED),
        forfeited_minor=tally.forfeited_minor + (one.amount_minor if is_missed else 0),
    )
    left = tuple(found for found in run.occurrences if found.key != one.key)
    return msgspec.structs.replace(run, occurrences=left, tally=counted)


def in_force(run: Run, event: TermsChanged) -> Run:
    """Follow other terms from a day on."""
    return msgspec.structs.replace(
        run, terms=event.terms, terms_from=event.from_day, next_terms=None, next_from=None
    )


def asked(run: Run, event: ChangeAsked) -> Run:
    """Know which other terms will hold, and from when."""
    return msgspec.structs.replace(run, next_terms=event.terms, next_from=event.from_day)


def ended(run: Run, _event: ChallengeEnded) -> Run:
    """Be over; what had not begun is not promised any more."""
    return msgspec.structs.replace(run, status=RunStatus.ENDED, occurrences=())


def _with(run: Run, one: Occurrence) -> Run:
    others = [found for found in run.occurrences if found.key != one.key]
    return msgspec.structs.replace(run, occurrences=_in_order([*others, one]))


def _in_order(occurrences: Iterable[Occurrence]) -> tuple[Occurrence, ...]:
    return tuple(sorted(occurrences, key=lambda one: (one.due_at, one.key)))

"""Advancing: what time alone makes of a run; pure.

Nothing here is owed because a clock was looked at late: each step says what had become of things by
their own moments, in the order of these.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

import msgspec

from backend.domains.challenges import run as running
from backend.domains.challenges.messages import (
    ChallengeEnded,
    OccurrenceExcused,
    OccurrenceMissed,
    OccurrenceOpened,
    OccurrenceSettled,
    OccurrencesScheduled,
    TermsChanged,
)
from backend.domains.challenges.run import Run, RunStatus
from backend.domains.challenges.schedule import OwnClock, Slot, Window, due_at, opens_at, slots
from backend.domains.challenges.values import Excuse, Occurrence, Outcome, Status, Terms
from backend.persistence.outages import Outage
from protocol.messages import Event

DAY = timedelta(days=1)
SCHEDULED_AHEAD = timedelta(days=6)
"""What is scheduled is fixed; what would be made easier is so from the seventh day on."""
SETTLED_AT_ONCE_MAX = 16
"""What is forfeited with one turn is so many transfers; of more the rest is for the next look."""
RULED_WITHIN = timedelta(days=14)
"""A dispute that nobody rules on for so long is ruled for who made the promise."""
OUTAGE_MIN = timedelta(minutes=3)
"""From so long on our being away has spoilt a day; what is shorter, a few minutes of it."""
OUTAGE_COUNTS_WITHIN = timedelta(hours=24)
"""What falls due while we are away, or so long after it, is excused;"""
BRIEF_OUTAGE_COUNTS_WITHIN = timedelta(minutes=10)
"""after a brief outage so long: in time for whoever tried in vain to hear of it and try again."""
DISPUTE_SPOILT_MIN = timedelta(hours=24)
"""Where we were away for so long while something could be disputed, it can be for as long again."""


def advance(run: Run, now: datetime, today: date, outages: Sequence[Outage] = ()) -> list[Event]:
    """Say what has happened to a run by this moment, in order; nothing, when it was said before.

    Of very much only the first part; `wakes_at` is over then already.

    `today` is its owner's day. `outages` are those that may matter to what falls due now.
    """
    if run.status is RunStatus.ENDED:
        return []
    happened: list[Event] = []
    # What other terms do not hold for yet is as it was promised before, however late this is asked.
    for step in (_schedule, _change_terms, _schedule):
        for event in step(run, today):
            run = follow(run, event)
            happened.append(event)
    settled = 0
    for one in run.occurrences:
        if settled == SETTLED_AT_ONCE_MAX:
            break
        for event in _pass(one, now, run.dispute_hours, outages):
            run = follow(run, event)
            happened.append(event)
            settled += isinstance(event, OccurrenceSettled)
    if _is_over(run):
        happened.append(
            ChallengeEnded(challenge_id=run.challenge_id, tally=run.tally, ended_at=now)
        )
    return happened


def wakes_at(run: Run, today: date) -> datetime | None:
    """Say when time will make something of a run again; None when it never will."""
    if run.status is RunStatus.ENDED:
        return None
    if _is_over(run):
        return _begin_of(today, run.clock)  # At once: it ended before any of it was scheduled.
    moments = [_next(one) for one in run.occurrences]
    if run.made_to is None or run.made_to < _promised_to(run):
        moments.append(_begin_of(max(today, run.first_day - SCHEDULED_AHEAD) + DAY, run.clock))
    if run.next_from is not None:
        moments.append(_begin_of(run.next_from, run.clock))
    return min(moments, default=None)


def _begin_of(day: date, clock: OwnClock) -> datetime:
    return opens_at(Slot("", day, day), Window(), clock)


def follow(run: Run, event: Event) -> Run:
    """Be what an event of time makes of a run."""
    match event:
        case OccurrencesScheduled():
            return running.scheduled(run, event)
        case TermsChanged():
            return running.in_force(run, event)
        case OccurrenceSettled():
            return running.settled(run, event)
        case OccurrenceOpened() | OccurrenceMissed() | OccurrenceExcused():
            return running.changed(run, event)
        case _:
            return run


def _change_terms(run: Run, today: date) -> Iterator[Event]:
    if run.next_terms is not None and run.next_from is not None and run.next_from <= today:
        yield TermsChanged(terms=run.next_terms, from_day=run.next_from)


def _schedule(run: Run, today: date) -> Iterator[Event]:
    """Make what is promised up to some days ahead; what has been made stays as it is."""
    to_day = min(today + SCHEDULED_AHEAD, _promised_to(run))
    if run.next_from is not None:
        to_day = min(to_day, run.next_from - DAY)
    from_day = run.terms_from if run.made_to is None else run.made_to + DAY
    if to_day < from_day:
        return
    made = [
        occurrence_of(run.challenge_id, slot, run.terms, run.clock)
        for slot in slots(run.terms.schedule, run.terms_from, run.terms.last_day)
        if from_day <= slot.first_day <= to_day
    ]
    yield OccurrencesScheduled(from_day=from_day, made_to=to_day, occurrences=tuple(made))


def occurrence_of(challenge_id: UUID, slot: Slot, terms: Terms, clock: OwnClock) -> Occurrence:
    """Say what is promised for a slot, by the terms and the clock of now."""
    return Occurrence(
        event_id=uuid5(challenge_id, slot.key),
        key=slot.key,
        first_day=slot.first_day,
        last_day=slot.last_day,
        opens_at=opens_at(slot, terms.window, clock),
        due_at=due_at(slot, terms.window, clock),
        amount_minor=terms.amount_minor,
        status=Status.SCHEDULED,
    )


def _pass(
    one: Occurrence, now: datetime, dispute_hours: int, outages: Sequence[Outage]
) -> Iterator[Event]:
    """Say what has become of one by this moment."""
    if one.status is Status.SCHEDULED and one.opens_at <= now:
        one = msgspec.structs.replace(one, status=Status.DUE)
        yield OccurrenceOpened(occurrence=one)
    if one.status is Status.DUE and one.due_at <= now:
        if _was_no_time(one):
            one = excused(one, Excuse.NO_SUCH_TIME, now)
            yield OccurrenceExcused(occurrence=one)
        elif (outage := _outage_of(one, outages)) is not None:
            one = excused(one, Excuse.OUTAGE, now, outage)
            yield OccurrenceExcused(occurrence=one)
        else:
            one = missed(one, dispute_hours)
            yield OccurrenceMissed(occurrence=one)
    if one.status is Status.DISPUTED and _next(one) <= now:
        one = excused(one, Excuse.UNRULED, now)
        yield OccurrenceExcused(occurrence=one)
    if one.settle_at is not None and one.settle_at <= now and one.status is not Status.DISPUTED:
        if one.outcome is Outcome.MISSED:
            outage = _outage_of(one, outages)
            if outage is not None:  # That we were away may be known only now.
                one = excused(one, Excuse.OUTAGE, now, outage)
                yield OccurrenceExcused(occurrence=one)
            elif (settle_at := _disputable_until(one, dispute_hours, outages)) > now:
                yield OccurrenceMissed(occurrence=msgspec.structs.replace(one, settle_at=settle_at))
                return
        yield OccurrenceSettled(occurrence=msgspec.structs.replace(one, status=Status.SETTLED))


def missed(one: Occurrence, dispute_hours: int) -> Occurrence:
    """Have one be missed, until somebody disputes it or it is settled."""
    return msgspec.structs.replace(
        one,
        status=Status.MISSED,
        outcome=Outcome.MISSED,
        settle_at=one.due_at + timedelta(hours=dispute_hours),
    )


def excused(
    one: Occurrence, excuse: Excuse, now: datetime, outage: Outage | None = None
) -> Occurrence:
    """Have nothing be owed for one; that is final at once."""
    return msgspec.structs.replace(
        one,
        status=Status.EXCUSED,
        outcome=Outcome.EXCUSED,
        excuse=excuse,
        outage_id=outage and outage.outage_id,
        settle_at=now,
        dispute=None,
    )


def _was_no_time(one: Occurrence) -> bool:
    return one.due_at <= one.opens_at


def _outage_of(one: Occurrence, outages: Sequence[Outage]) -> Outage | None:
    """Find a time we were away that took a part of the window, and the fair chance to be in time.

    One of OUTAGE_MIN or more does so for what falls due until OUTAGE_COUNTS_WITHIN after it, a
    brief one until BRIEF_OUTAGE_COUNTS_WITHIN after it.
    """
    for outage in outages:
        is_brief = outage.lasted < OUTAGE_MIN
        within = BRIEF_OUTAGE_COUNTS_WITHIN if is_brief else OUTAGE_COUNTS_WITHIN
        counts_from = max(one.opens_at, one.due_at - within)
        if outage.began_at < one.due_at and counts_from < outage.ended_at:
            return outage
    return None


def _disputable_until(one: Occurrence, dispute_hours: int, outages: Sequence[Outage]) -> datetime:
    """Say until when a miss may be disputed: anew, where we were away for long meanwhile."""
    assert one.settle_at is not None  # noqa: S101 - it was missed
    until = one.settle_at
    for outage in outages if one.dispute is None else ():
        is_meanwhile = outage.began_at < one.settle_at and one.due_at < outage.ended_at
        if is_meanwhile and outage.lasted >= DISPUTE_SPOILT_MIN:
            until = max(until, outage.ended_at + timedelta(hours=dispute_hours))
    return until


def _next(one: Occurrence) -> datetime:
    """Say when time makes something of one again."""
    match one.status:
        case Status.SCHEDULED:
            return one.opens_at
        case Status.DUE:
            return one.due_at
        case Status.DISPUTED if one.dispute is not None:
            return one.dispute.opened_at + RULED_WITHIN
        case _:
            assert one.settle_at is not None  # noqa: S101 - it is decided
            return one.settle_at


def _promised_to(run: Run) -> date:
    """Say on which day the last of it is promised, as far as is known."""
    return run.next_terms.last_day if run.next_terms is not None else run.terms.last_day


def _is_over(run: Run) -> bool:
    made_to = run.made_to or run.first_day - DAY
    return made_to >= run.terms.last_day and run.next_terms is None and not run.occurrences

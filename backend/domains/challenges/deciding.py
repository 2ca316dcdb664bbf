"""Deciding: what people do to the occurrences of a run, and who may; pure."""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from backend.domains.challenges.advancing import excused, missed
from backend.domains.challenges.messages import (
    OccurrenceDisputed,
    OccurrenceDone,
    OccurrenceExcused,
    OccurrenceRuled,
)
from backend.domains.challenges.refusals import AlreadyDone, NotDisputable, NotOpen, NotReferee
from backend.domains.challenges.run import Run
from backend.domains.challenges.values import (
    Dispute,
    Excuse,
    ForfeitsTo,
    Occurrence,
    Outcome,
    Proof,
    Status,
)

APPEALED_WITHIN = timedelta(hours=24)
"""How long after a follower's ruling an admin may still be asked."""
_DECIDABLE = {Status.SCHEDULED, Status.DUE, Status.MISSED}


def find_open(run: Run, acted_at: datetime, key: str | None, today: date) -> Occurrence:
    """Find what was done at a moment: the one named, else the first that was open then.

    What was done in time counts also when it is told late, until it is settled or ruled on. Of
    several within one week a person does one a day: `today` is theirs at that moment.
    Raises NotFound, NotOpen, AlreadyDone.
    """
    if key is not None:
        named = run.occurrence(key)
        if named.status is Status.DONE:
            raise AlreadyDone(key=key)
        if not _is_open(named, acted_at):
            raise NotOpen
        _check_another_day(run, named, today)
        return named
    for one in run.occurrences:
        if _is_open(one, acted_at):
            _check_another_day(run, one, today)
            return one
    raise NotOpen


def _is_open(one: Occurrence, at: datetime) -> bool:
    # What was ruled on is only changed by another ruling.
    is_ruled_on = one.dispute is not None
    return one.status in _DECIDABLE and not is_ruled_on and one.opens_at <= at < one.due_at


def _check_another_day(run: Run, one: Occurrence, today: date) -> None:
    for other in run.occurrences:
        if other.done_day == today and other.first_day == one.first_day != one.last_day:
            raise AlreadyDone(key=other.key)


def done(
    run: Run, one: Occurrence, acted_at: datetime, day: date, proof: Proof | None = None
) -> OccurrenceDone:
    """Have one be done, until somebody contests it or it is settled."""
    is_done = msgspec.structs.replace(
        one,
        status=Status.DONE,
        outcome=Outcome.DONE,
        done_at=acted_at,
        done_day=day,
        settle_at=one.due_at + timedelta(hours=run.dispute_hours),
    )
    return OccurrenceDone(occurrence=is_done, proof=proof)


def dispute(
    run: Run, one: Occurrence, by: UUID, now: datetime, note: str | None = None
) -> OccurrenceDisputed:
    """Say that it was otherwise: the owner of what is missed, a follower of what is done.

    Raises NotDisputable, NotReferee.
    """
    is_owner = by == run.owner_id
    disputable = Status.MISSED if is_owner else Status.DONE
    if one.outcome is None or one.status is not disputable or (one.settle_at or now) <= now:
        raise NotDisputable(status=one.status.value)
    if not is_owner and not _follows(run, by):
        raise NotReferee
    told = Dispute(opened_by=by, opened_at=now, over=one.outcome, is_appeal=one.dispute is not None)
    disputed = msgspec.structs.replace(one, status=Status.DISPUTED, dispute=told)
    return OccurrenceDisputed(occurrence=disputed, note=note)


def may_rule(run: Run, one: Occurrence, by: UUID, *, is_admin: bool) -> bool:
    """Tell whether somebody may rule: nobody on their own, nor on what they gain by.

    A follower may who neither gains by it nor opened the dispute. Of a ruling that is appealed
    against an admin is asked.
    """
    told = one.dispute
    if told is None or by in {run.owner_id, told.opened_by, _beneficiary(run)}:
        return False
    if is_admin:
        return True
    return not told.is_appeal and _is_referee(run, by)


def rule(  # noqa: PLR0913 - who rules on what, and how, by name
    run: Run,
    one: Occurrence,
    outcome: Outcome,
    *,
    by: UUID,
    is_admin: bool,
    now: datetime,
    note: str | None = None,
) -> OccurrenceRuled:
    """Rule on what is disputed; against a follower's ruling an admin may be asked for a day.

    An admin stands for the house, so never rules that something goes to it. What was not done is
    not missed before its window has closed: it is open again.
    Raises NotDisputable, NotReferee.
    """
    if one.status is not Status.DISPUTED:
        raise NotDisputable(status=one.status.value)
    if not may_rule(run, one, by, is_admin=is_admin):
        raise NotReferee
    if is_admin and outcome is Outcome.MISSED and _is_for_house(run):
        raise NotReferee
    if outcome is Outcome.MISSED and now < one.due_at:
        return OccurrenceRuled(occurrence=_open_again(one), ruled_by=by, note=note)
    settle_at = now if is_admin else now + APPEALED_WITHIN
    match outcome:
        case Outcome.DONE:
            ruled = msgspec.structs.replace(one, status=Status.DONE, outcome=outcome)
        case Outcome.MISSED:
            ruled = missed(one, run.dispute_hours)
        case Outcome.EXCUSED:
            ruled = msgspec.structs.replace(excused(one, Excuse.RULING, now), dispute=one.dispute)
    ruled = msgspec.structs.replace(ruled, settle_at=settle_at)
    return OccurrenceRuled(occurrence=ruled, ruled_by=by, note=note)


def _open_again(one: Occurrence) -> Occurrence:
    return msgspec.structs.replace(
        one,
        status=Status.DUE,
        outcome=None,
        done_at=None,
        done_day=None,
        settle_at=None,
        dispute=None,
    )


def excuse(run: Run, one: Occurrence, by: UUID, now: datetime) -> OccurrenceExcused:
    """Have nothing be owed for one, as a referee wishes; who would gain by a miss may as well.

    What was ruled on is only changed by another ruling, and on an appeal by an admin's.
    Raises NotReferee, NotDisputable.
    """
    if by == run.owner_id or not _is_referee(run, by):
        raise NotReferee
    if one.status is not Status.DISPUTED and (one.status not in _DECIDABLE or one.dispute):
        raise NotDisputable(status=one.status.value)
    if one.dispute is not None and one.dispute.is_appeal:
        raise NotReferee
    return OccurrenceExcused(occurrence=excused(one, Excuse.FOLLOWER, now))


def may_confirm(run: Run, by: UUID) -> bool:
    """Tell whether somebody may say that they saw it: a referee who does not gain by a miss."""
    return by != _beneficiary(run) and _is_referee(run, by)


def _is_referee(run: Run, user_id: UUID) -> bool:
    return any(found.user_id == user_id and found.is_referee for found in run.followers)


def _follows(run: Run, user_id: UUID) -> bool:
    return any(follower.user_id == user_id for follower in run.followers)


def _is_for_house(run: Run) -> bool:
    return run.stake is not None and run.stake.forfeits_to is ForfeitsTo.HOUSE


def _beneficiary(run: Run) -> UUID | None:
    return run.stake.beneficiary_id if run.stake is not None else None

"""Following: what becomes of a challenge when people move, go, or part."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from actors.turn import Turn
from backend.domains.challenges import rules, store
from backend.domains.challenges.advancing import excused, occurrence_of
from backend.domains.challenges.happening import OwnerKnown, happen
from backend.domains.challenges.messages import (
    FollowersChanged,
    OccurrenceExcused,
    OccurrencesScheduled,
    OwnerMoved,
    TermsChanged,
)
from backend.domains.challenges.rules import Challenge
from backend.domains.challenges.run import Run, RunStatus
from backend.domains.challenges.schedule import Slot
from backend.domains.challenges.values import Excuse, Status
from protocol.common import NotFound
from protocol.messages import Event


def moved(challenge: Challenge, tell: OwnerMoved, turn: Turn) -> None:
    """Follow an owner to their new name and clock: windows that have not opened move with them."""
    if challenge.run is None:
        return
    known = turn.note(OwnerKnown(name=tell.name, clock=tell.clock))
    run = msgspec.structs.replace(challenge.run, owner_name=known.name, clock=known.clock)
    challenge = Challenge(run, challenge.pledge)
    happen(challenge, _moved_windows(run), turn)


def _moved_windows(run: Run) -> list[Event]:
    scheduled = [one for one in run.occurrences if one.status is Status.SCHEDULED]
    if not scheduled or run.made_to is None:
        return []
    again = tuple(
        occurrence_of(
            run.challenge_id, Slot(one.key, one.first_day, one.last_day), run.terms, run.clock
        )
        for one in scheduled
    )
    if list(again) == scheduled:
        return []
    from_day = min(one.first_day for one in scheduled)
    return [OccurrencesScheduled(from_day=from_day, made_to=run.made_to, occurrences=again)]


def without_follower(challenge: Challenge, user_id: UUID, turn: Turn) -> FollowersChanged:
    """Have somebody follow no longer, as they wish; what was promised with them stays promised.

    Raises NotFound.
    """
    run = challenge.running()
    left = tuple(follower for follower in run.followers if follower.user_id != user_id)
    if left == run.followers:
        raise NotFound(what="challenge")
    store.remove_follower(turn, run.challenge_id, user_id)
    turn.expel(user_id)
    changed = FollowersChanged(followers=left)
    happen(challenge, [changed], turn)
    return changed


def parted(challenge: Challenge, relationship_id: UUID, turn: Turn) -> None:
    """Go on without those who were followed through a relationship that has ended.

    What was missed before is settled as it was promised. Where it cannot go on without them,
    because they would get what is forfeited, or nobody else could confirm or rule, nothing that is
    still open is owed, and it ends.
    """
    run = challenge.run
    if run is None:
        return
    gone = [one for one in run.followers if one.relationship_id == relationship_id]
    events: list[Event] = []
    if gone:
        left = tuple(one for one in run.followers if one not in gone)
        events.append(FollowersChanged(followers=left))
        for follower in gone:
            store.remove_follower(turn, run.challenge_id, follower.user_id)
            turn.expel(follower.user_id)
    if rules.needs_partner(run):
        events += _ending(run, turn.now)
    happen(challenge, events, turn)


def left(challenge: Challenge, turn: Turn) -> Challenge:
    """End what somebody promised who goes for good; there is no money on it."""
    run = challenge.run
    if run is None or run.status is RunStatus.ENDED:
        return challenge
    return happen(challenge, _ending(run, turn.now), turn)


def _ending(run: Run, now: datetime) -> list[Event]:
    open_still = [one for one in run.occurrences if one.status in {Status.SCHEDULED, Status.DUE}]
    made_to = run.made_to or run.first_day - timedelta(days=1)
    terms = msgspec.structs.replace(run.terms, last_day=min(run.terms.last_day, made_to))
    return [
        *(OccurrenceExcused(occurrence=excused(one, Excuse.PARTED, now)) for one in open_still),
        TermsChanged(terms=terms, from_day=run.terms_from),
    ]

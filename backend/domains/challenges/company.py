"""Company: who follows a run, who of them may rule, and without whom it cannot go on; pure.

Who could rule on what others lose is chosen before there is anything to rule on, and together with
them. So with money on it only who was named when it was begun is a referee: a friend who is let in
afterwards could else excuse whatever was missed, and nothing would ever be owed. They may say that
something was not done: by that the owner gains nothing. Without money there is nothing to gain.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from backend.domains.challenges.advancing import excused
from backend.domains.challenges.messages import OccurrenceExcused, TermsChanged
from backend.domains.challenges.refusals import FollowerNeeded, FollowersTooMany, PartnerNeeded
from backend.domains.challenges.run import Run, RunStatus
from backend.domains.challenges.values import (
    FOLLOWERS_MAX,
    Excuse,
    FollowerWanted,
    Following,
    ForfeitsTo,
    ProofKind,
    Status,
)
from protocol.common import NotFound
from protocol.messages import Event


def joining(run: Run, wanted: Sequence[FollowerWanted]) -> list[Following]:
    """Say who follows from now on; who does already is left as they are.

    Raises PartnerNeeded, FollowersTooMany.
    """
    known = {one.user_id for one in run.followers}
    new = {one.partner_id: one for one in wanted if one.partner_id not in known}
    if run.owner_id in new:
        raise PartnerNeeded(why="who follows is somebody else")
    if len(known) + len(new) > FOLLOWERS_MAX:
        raise FollowersTooMany(count_max=FOLLOWERS_MAX)
    return [
        Following(
            user_id=one.partner_id,
            relationship_id=one.relationship_id,
            is_referee=run.stake is None,
        )
        for one in new.values()
    ]


def check_dispensable(run: Run, user_id: UUID) -> None:
    """Refuse to send away who must be there. Raises NotFound, FollowerNeeded."""
    found = next((one for one in run.followers if one.user_id == user_id), None)
    if found is None:
        raise NotFound(what="follower")
    if run.status is RunStatus.ENDED:
        return
    if run.stake is not None:
        is_needed = found.is_referee or user_id == run.stake.beneficiary_id
    else:
        is_needed = run.proof is ProofKind.PARTNER and _referees(run.followers) == {user_id}
    if is_needed:
        raise FollowerNeeded


def in_order(followers: Sequence[Following]) -> tuple[Following, ...]:
    """Put those who follow in the order in which they are kept."""
    return tuple(sorted(followers, key=lambda one: one.user_id))


def parted(run: Run, relationship_id: UUID, now: datetime) -> list[Event]:
    """Say what follows when a relationship ends through which a run is followed.

    What was missed before is settled as it was promised. Where it cannot go on, because who parted
    would get what is forfeited, or nobody else could confirm or rule, nothing that is still open
    is owed, and it ends.
    """
    if run.status is RunStatus.ENDED:
        return []
    return ending(run, now) if _cannot_go_on(run, relationship_id) else []


def unfollowed(run: Run, user_id: UUID, now: datetime) -> list[Event]:
    """Say what follows when somebody stops following of their own accord.

    What was promised with them stays promised; but where nobody else could confirm or rule, all of
    it could only be missed, so nothing that is still open is owed, and it ends.
    """
    if run.status is RunStatus.ENDED or not _needs_referee(run):
        return []
    left = [one for one in run.followers if one.user_id != user_id]
    is_alone = bool(_referees(run.followers)) and not _referees(left)
    return ending(run, now) if is_alone else []


def _cannot_go_on(run: Run, relationship_id: UUID) -> bool:
    is_the_one = relationship_id == run.relationship_id
    if run.stake is not None and run.stake.forfeits_to is ForfeitsTo.PARTNER:
        return is_the_one
    if not _needs_referee(run):
        return False
    gone = [one for one in run.followers if one.relationship_id == relationship_id]
    left = [one for one in run.followers if one not in gone]
    return (is_the_one or bool(_referees(gone))) and not _referees(left)


def _needs_referee(run: Run) -> bool:
    """Tell whether a run goes on only while somebody else is there to confirm or to rule."""
    goes_to = run.stake.forfeits_to if run.stake is not None else None
    return run.proof is ProofKind.PARTNER or goes_to is ForfeitsTo.HOUSE


def ending(run: Run, now: datetime) -> list[Event]:
    """End a run: nothing that is still open is owed, and nothing is promised any more."""
    open_still = [one for one in run.occurrences if one.status in {Status.SCHEDULED, Status.DUE}]
    made_to = run.made_to or run.first_day - timedelta(days=1)
    terms = msgspec.structs.replace(run.terms, last_day=min(run.terms.last_day, made_to))
    return [
        *(OccurrenceExcused(occurrence=excused(one, Excuse.PARTED, now)) for one in open_still),
        TermsChanged(terms=terms, from_day=run.terms_from),
    ]


def _referees(followers: Sequence[Following]) -> set[UUID]:
    return {one.user_id for one in followers if one.is_referee}

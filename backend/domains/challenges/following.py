"""Following an owner: what becomes of a challenge when they move, or go for good."""

import msgspec

from actors.turn import Turn
from backend.domains.challenges import company
from backend.domains.challenges.advancing import occurrence_of
from backend.domains.challenges.happening import OwnerKnown, happen
from backend.domains.challenges.messages import OccurrencesScheduled
from backend.domains.challenges.rules import Challenge
from backend.domains.challenges.run import Run, RunStatus
from backend.domains.challenges.schedule import Slot
from backend.domains.challenges.tells import OwnerMoved
from backend.domains.challenges.values import Status
from protocol.messages import Event


def moved(challenge: Challenge, tell: OwnerMoved, turn: Turn) -> None:
    """Follow an owner to their new name and clock: windows that have not opened move with them."""
    if challenge.run is None:
        return
    known = turn.note(OwnerKnown(name=tell.name, clock=tell.clock))
    run = msgspec.structs.replace(challenge.run, owner_name=known.name, clock=known.clock)
    challenge = Challenge(run, challenge.pledge)
    happen(challenge, moved_windows(run), turn)


def moved_windows(run: Run) -> list[Event]:
    """Say when by the owner's clock of now those open and close that have not opened."""
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


def left(challenge: Challenge, turn: Turn) -> Challenge:
    """End what somebody promised who goes for good; there is no money on it."""
    run = challenge.run
    if run is None or run.status is RunStatus.ENDED:
        return challenge
    return happen(challenge, company.ending(run, turn.now), turn)

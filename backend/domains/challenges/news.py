"""News: what of a challenge is told to whom, on their screens and phones."""

from uuid import UUID

from actors.turn import Turn
from backend.domains import notifications
from backend.domains.challenges.messages import (
    ChallengeEnded,
    OccurrenceDisputed,
    OccurrenceMissed,
    OccurrenceRuled,
    OccurrenceSettled,
)
from backend.domains.challenges.run import Run
from backend.domains.challenges.values import Outcome
from protocol.messages import Event


def tell_people(run: Run, event: Event, turn: Turn) -> None:
    """Let people know what they would want to know at once."""
    match event:
        case OccurrenceMissed(occurrence=one):
            _tell_owner(run, turn, "challenge_missed", f"You missed {one.key}; you may dispute it")
        case OccurrenceDisputed():
            for follower in run.followers:
                if follower.is_referee and follower.user_id != turn.principal.user_id:
                    title = f"{run.owner_name}'s challenge is disputed"
                    _tell(run, turn, follower.user_id, "challenge_disputed", title)
        case OccurrenceRuled(occurrence=one):
            _tell_owner(
                run, turn, "challenge_ruled", f"The referee says of {one.key}: {one.outcome}"
            )
        case OccurrenceSettled(occurrence=one) if one.outcome is Outcome.MISSED:
            _tell_of_forfeit(run, turn, one.key)
        case ChallengeEnded():
            _tell_owner(run, turn, "challenge_ended", "Your challenge has ended")


def _tell_of_forfeit(run: Run, turn: Turn, key: str) -> None:
    if run.stake is None:
        return
    _tell_owner(run, turn, "challenge_forfeited", f"What you put on {key} is forfeited")
    if run.stake.beneficiary_id is not None:
        title = f"{run.owner_name} missed {key}: what was put on it is yours"
        _tell(run, turn, run.stake.beneficiary_id, "challenge_forfeited", title)


def _tell_owner(run: Run, turn: Turn, kind: str, title: str) -> None:
    notifications.tell(turn, run.owner_id, kind=kind, title=title)


def _tell(run: Run, turn: Turn, user_id: UUID, kind: str, title: str) -> None:
    """Tell somebody who follows; it leaves their inbox with the relationship it is of."""
    relationship_id = next(
        (one.relationship_id for one in run.followers if one.user_id == user_id), None
    )
    notifications.tell(turn, user_id, kind=kind, title=title, relationship_id=relationship_id)

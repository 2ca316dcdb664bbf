"""News: what of a challenge is told to whom, on their screens and phones.

On a phone what is told of the same time of a challenge takes the place of the one of its kind
before: of two rulings the last one counts.
"""

from uuid import UUID

from actors.turn import Turn
from backend.domains import notifications, stakes
from backend.domains.challenges.messages import (
    ChallengeEnded,
    OccurrenceDisputed,
    OccurrenceMissed,
    OccurrenceRuled,
    OccurrenceSettled,
)
from backend.domains.challenges.run import Run
from backend.domains.challenges.values import ForfeitsTo, Occurrence, Outcome, Stake, StakeMode
from protocol.messages import Event

_GOES_TO = {
    ForfeitsTo.PARTNER: "your partner",
    ForfeitsTo.CHARITY: "charity",
    ForfeitsTo.HOUSE: "us",
}


def tell_people(run: Run, event: Event, turn: Turn) -> None:
    """Let people know what they would want to know at once."""
    match event:
        case OccurrenceMissed(occurrence=one):
            title = f"You missed {one.key}; you may dispute it"
            _tell_owner(run, turn, "challenge_missed", title, about=one.key)
        case OccurrenceDisputed(occurrence=one):
            for follower in run.followers:
                if follower.is_referee and follower.user_id != turn.principal.user_id:
                    title = f"{run.owner_name}'s challenge is disputed"
                    _tell(run, turn, follower.user_id, "challenge_disputed", title, about=one.key)
        case OccurrenceRuled(occurrence=one):
            title = f"The referee says of {one.key}: {one.outcome or 'not done yet'}"
            _tell_owner(run, turn, "challenge_ruled", title, about=one.key)
        case OccurrenceSettled(occurrence=one) if one.outcome is Outcome.MISSED:
            if run.stake is not None and one.amount_minor:
                _tell_of_forfeit(run, run.stake, one, turn)
        case ChallengeEnded():
            _tell_owner(run, turn, "challenge_ended", "Your challenge has ended")


def _tell_of_forfeit(run: Run, stake: Stake, one: Occurrence, turn: Turn) -> None:
    amount = stakes.in_words(stake.asset, one.amount_minor)
    is_charged = stake.mode is StakeMode.CHARGE
    goes = "is charged to your card, and goes" if is_charged else "goes"
    title = f"You missed {one.key}: {amount} {goes} to {_GOES_TO[stake.forfeits_to]}"
    _tell_owner(run, turn, "challenge_forfeited", title, about=one.key)
    if not is_charged:
        _tell_beneficiary(run, stake, f"missed {one.key}: {amount} comes to you", one.key, turn)


def tell_of_payment(run: Run, event_id: UUID, amount_minor: int, turn: Turn) -> None:
    """Let whoever gets what was missed know that it was paid by card."""
    stake = run.stake
    assert stake is not None  # noqa: S101 - it was charged
    amount = stakes.in_words(stake.asset, amount_minor)
    said = f"paid for what they missed: {amount} comes to you"
    _tell_beneficiary(run, stake, said, str(event_id), turn)


def _tell_beneficiary(run: Run, stake: Stake, said: str, about: str, turn: Turn) -> None:
    beneficiary_id = stake.beneficiary_id
    if beneficiary_id is None:
        return
    # Who follows no longer may have parted from them: then their name is told no more.
    follows = any(follower.user_id == beneficiary_id for follower in run.followers)
    who = run.owner_name if follows else "Somebody"
    _tell(run, turn, beneficiary_id, "challenge_forfeited", f"{who} {said}", about=about)


def _tell_owner(run: Run, turn: Turn, kind: str, title: str, about: str | None = None) -> None:
    notifications.tell(
        turn, run.owner_id, kind=kind, title=title, collapse_key=_key(run, about) if about else None
    )


def _tell(  # noqa: PLR0913 - who is told what, of what
    run: Run, turn: Turn, user_id: UUID, kind: str, title: str, *, about: str
) -> None:
    """Tell somebody who follows; it leaves their inbox with the relationship it is of."""
    relationship_id = next(
        (one.relationship_id for one in run.followers if one.user_id == user_id), None
    )
    notifications.tell(
        turn,
        user_id,
        kind=kind,
        title=title,
        relationship_id=relationship_id,
        collapse_key=_key(run, about),
    )


def _key(run: Run, about: str) -> str:
    return f"{run.challenge_id}/{about}"

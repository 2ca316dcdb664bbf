"""What a challenge's actor does; a person's own and the catalogue's stand beside."""

from collections.abc import Sequence

from actors.challenge import CHALLENGE
from actors.part import Part
from actors.principal import Principal
from actors.turn import Turn
from backend.domains.challenges import company, deciding, rules, sharing, shown, store
from backend.domains.challenges.advancing import advance
from backend.domains.challenges.catalogue import catalogue
from backend.domains.challenges.following import left, moved
from backend.domains.challenges.happening import (
    FollowersKnown,
    OwnerKnown,
    PledgeMoved,
    evolve,
    happen,
)
from backend.domains.challenges.messages import (
    CallOff,
    ChallengeEnded,
    ChangeAsked,
    ChangeTerms,
    Confirm,
    DisputeOccurrence,
    ExcuseOccurrence,
    FollowersChanged,
    ForfeitCharged,
    OccurrenceDisputed,
    OccurrenceDone,
    OccurrenceExcused,
    OccurrenceMissed,
    OccurrenceOpened,
    OccurrenceRuled,
    OccurrenceSettled,
    OccurrencesScheduled,
    Prove,
    Quit,
    RuleOnOccurrence,
    ShareChallenge,
    TermsChanged,
    Unfollow,
    UnshareChallenge,
)
from backend.domains.challenges.mine import mine
from backend.domains.challenges.news import tell_of_payment
from backend.domains.challenges.refusals import HasBegun, NotReferee, NotYours, ProofMissing
from backend.domains.challenges.rules import Challenge
from backend.domains.challenges.tells import (
    ChallengeBegun,
    OwnerLeaving,
    OwnerMoved,
    RelationshipParted,
    TimePassed,
)
from backend.domains.challenges.values import ProofKind, Status, Tally
from backend.domains.payments import ForfeitMoved
from backend.persistence.outages import Outage
from protocol.common import NotFound
from protocol.messages import Role


def _admits(challenge: Challenge, principal: Principal) -> bool:
    """Let in whose it is, who follows, and an admin while something is disputed."""
    run = challenge.run
    if run is None:
        return False
    user_id = principal.user_id
    if user_id == run.owner_id or any(one.user_id == user_id for one in run.followers):
        return True
    is_disputed = any(one.status is Status.DISPUTED for one in run.occurrences)
    return principal.role is Role.ADMIN and is_disputed


challenge = Part(
    "challenge",
    of=CHALLENGE,
    empty=Challenge(),
    load=store.load_challenges,
    admits=_admits,
    snapshot=shown.show_challenge,
)
challenge.evolves(
    OccurrencesScheduled,
    OccurrenceOpened,
    OccurrenceDone,
    OccurrenceMissed,
    OccurrenceExcused,
    OccurrenceDisputed,
    OccurrenceRuled,
    OccurrenceSettled,
    ChangeAsked,
    TermsChanged,
    ChallengeEnded,
    FollowersKnown,
    PledgeMoved,
    OwnerKnown,
)(evolve)


@challenge.hears(ChallengeBegun)
def begun(tell: ChallengeBegun, challenge: Challenge, turn: Turn) -> None:
    """Come to life: say what is promised first."""
    del tell
    _look(challenge, turn, ())


@challenge.hears(TimePassed)
def passed(tell: TimePassed, challenge: Challenge, turn: Turn) -> None:
    """Say what time has made of it."""
    _look(challenge, turn, tell.outages)


def _look(challenge: Challenge, turn: Turn, outages: Sequence[Outage]) -> None:
    run = challenge.run
    if run is not None:
        events = advance(run, turn.now, run.clock.day_of(turn.now), outages)
        happen(challenge, events, turn)


@challenge.handles(Prove)
def prove(command: Prove, challenge: Challenge, turn: Turn) -> OccurrenceDone:
    """Show that it was done."""
    run = challenge.own(turn.principal.user_id)
    rules.check_proof(run, command.proof)
    day = run.clock.day_of(turn.acted_at)
    one = deciding.find_open(run, turn.acted_at, command.key, day)
    done = deciding.done(run, one, turn.acted_at, day, command.proof)
    happen(challenge, [done], turn)
    return done


@challenge.handles(Confirm)
def confirm(command: Confirm, challenge: Challenge, turn: Turn) -> OccurrenceDone:
    """Have somebody say that they saw it."""
    run = challenge.running()
    if run.proof is not ProofKind.PARTNER:
        raise ProofMissing(proof=run.proof)
    if not deciding.may_confirm(run, turn.principal.user_id):
        raise NotReferee
    day = run.clock.day_of(turn.acted_at)
    one = deciding.find_open(run, turn.acted_at, command.key, day)
    done = deciding.done(run, one, turn.acted_at, day, None)
    happen(challenge, [done], turn)
    return done


@challenge.handles(DisputeOccurrence)
def dispute(command: DisputeOccurrence, challenge: Challenge, turn: Turn) -> OccurrenceDisputed:
    """Say that it was otherwise."""
    run = challenge.running()
    one = run.occurrence(command.key)
    disputed = deciding.dispute(run, one, turn.principal.user_id, turn.now, command.note)
    store.add_ruling(turn, one.event_id, "dispute", note=command.note)
    happen(challenge, [disputed], turn)
    return disputed


@challenge.handles(RuleOnOccurrence)
def rule(command: RuleOnOccurrence, challenge: Challenge, turn: Turn) -> OccurrenceRuled:
    """Rule on what is disputed."""
    run = challenge.running()
    one = run.occurrence(command.key)
    ruled = deciding.rule(
        run,
        one,
        command.outcome,
        by=turn.principal.user_id,
        is_admin=turn.principal.role is Role.ADMIN,
        now=turn.now,
        note=command.note,
    )
    store.add_ruling(turn, one.event_id, "rule", outcome=command.outcome, note=command.note)
    happen(challenge, [ruled], turn)
    return ruled


@challenge.handles(ExcuseOccurrence)
def excuse(command: ExcuseOccurrence, challenge: Challenge, turn: Turn) -> OccurrenceExcused:
    """Have nothing be owed for one."""
    run = challenge.running()
    one = run.occurrence(command.key)
    excused = deciding.excuse(run, one, turn.principal.user_id, turn.now)
    store.add_ruling(
        turn, one.event_id, "excuse", outcome=excused.occurrence.outcome, note=command.note
    )
    happen(challenge, [excused], turn)
    return excused


@challenge.handles(ChangeTerms)
def change(command: ChangeTerms, challenge: Challenge, turn: Turn) -> ChangeAsked:
    """Change what is promised, from the seventh day on."""
    run = challenge.own(turn.principal.user_id)
    asked = rules.change(run, command.terms, run.clock.day_of(turn.now))
    happen(challenge, [asked], turn)
    return asked


@challenge.handles(Quit)
def quit_challenge(command: Quit, challenge: Challenge, turn: Turn) -> ChangeAsked:
    """End it from the seventh day on."""
    del command
    run = challenge.own(turn.principal.user_id)
    asked = rules.leave(run, run.clock.day_of(turn.now))
    happen(challenge, [asked], turn)
    return asked


@challenge.handles(CallOff)
def call_off(command: CallOff, challenge: Challenge, turn: Turn) -> ChallengeEnded:
    """Call it off before anything of it was due."""
    del command
    run = challenge.own(turn.principal.user_id)
    if any(one.opens_at <= turn.now for one in run.occurrences) or run.tally != Tally():
        raise HasBegun
    ended = ChallengeEnded(challenge_id=run.challenge_id, tally=run.tally, ended_at=turn.now)
    store.remove_occurrences(turn, run.occurrences)
    happen(challenge, [ended], turn)
    return ended


@challenge.handles(Unfollow)
def unfollow(command: Unfollow, challenge: Challenge, turn: Turn) -> FollowersChanged:
    """Follow it no longer."""
    del command
    run, user_id = challenge.begun(), turn.principal.user_id
    if all(follower.user_id != user_id for follower in run.followers):
        raise NotFound(what="challenge")
    return sharing.gone(challenge, user_id, turn)


@challenge.handles(ShareChallenge)
def share(command: ShareChallenge, challenge: Challenge, turn: Turn) -> FollowersChanged:
    """Let others follow it."""
    return sharing.share(challenge.own(turn.principal.user_id), command, turn)


@challenge.handles(UnshareChallenge)
def unshare(command: UnshareChallenge, challenge: Challenge, turn: Turn) -> FollowersChanged:
    """Let somebody follow it no longer."""
    run = challenge.begun()
    if run.owner_id != turn.principal.user_id:
        raise NotYours
    company.check_dispensable(run, command.user_id)
    return sharing.without(run, command.user_id, turn)


@challenge.hears(OwnerMoved)
def owner_moved(tell: OwnerMoved, challenge: Challenge, turn: Turn) -> None:
    """Follow whose it is to their new clock."""
    moved(challenge, tell, turn)


@challenge.hears(OwnerLeaving)
def owner_leaving(tell: OwnerLeaving, challenge: Challenge, turn: Turn) -> None:
    """End with whose it is."""
    del tell
    _look(left(challenge, turn), turn, ())


@challenge.hears(RelationshipParted)
def relationship_parted(tell: RelationshipParted, challenge: Challenge, turn: Turn) -> None:
    """Go on without who has gone, or end where it cannot."""
    sharing.parted(challenge, tell.relationship_id, turn)


@challenge.hears(ForfeitMoved)
def forfeit_moved(tell: ForfeitMoved, challenge: Challenge, turn: Turn) -> None:
    """Show whether what was missed has been paid by card."""
    run = challenge.run
    if run is None:
        return
    turn.publish(ForfeitCharged(event_id=tell.challenge_event_id, is_paid=tell.is_paid))
    if tell.is_paid:
        tell_of_payment(run, tell.challenge_event_id, tell.amount_minor, turn)


__all__ = ["catalogue", "challenge", "mine"]

"""What may be promised, and what may be changed of a promise; pure."""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from backend.domains import payments
from backend.domains.challenges.advancing import DAY, SCHEDULED_AHEAD
from backend.domains.challenges.messages import ChangeAsked, StartChallenge
from backend.domains.challenges.refusals import (
    ChallengeOver,
    ChallengesTooMany,
    ChangeEmpty,
    ChangePending,
    DaysWrong,
    NotYours,
    PartnerNeeded,
    ProofMissing,
    TargetMissed,
    WindowOver,
    WindowWrong,
)
from backend.domains.challenges.run import Run, RunStatus
from backend.domains.challenges.schedule import (
    DAYS_A_WEEK,
    LENGTH_DAYS_MAX,
    OwnClock,
    TimesAWeek,
    Window,
    due_at,
    slots,
)
from backend.domains.challenges.values import (
    ForfeitsTo,
    Proof,
    ProofKind,
    Stake,
    StakeMode,
    Tally,
    Terms,
)
from backend.domains.identity import Profile
from backend.domains.ledger import Purpose, house_account, wallet_account
from backend.domains.stakes import Pledge
from protocol.common import NotFound

RUNNING_MAX = 20
AHEAD_DAYS_MAX = 60
DISPUTE_HOURS = 72
"""How long after its window what became of an occurrence may be disputed; longer than the two days
for which a phone may tell late what was done in time."""


class Challenge(msgspec.Struct, frozen=True, gc=False):
    """What a challenge's actor knows; nothing before it was begun."""

    run: Run | None = None
    pledge: Pledge | None = None
    """What is held for it, where it is prepaid."""

    def begun(self) -> Run:
        """Give the run of a challenge, also of one that has ended. Raises NotFound."""
        if self.run is None:
            raise NotFound(what="challenge")
        return self.run

    def running(self) -> Run:
        """Give the run of a challenge that goes on. Raises NotFound, ChallengeOver."""
        run = self.begun()
        if run.status is RunStatus.ENDED:
            raise ChallengeOver
        return run

    def own(self, user_id: UUID) -> Run:
        """Give the run to whose it is. Raises NotFound, ChallengeOver, NotYours."""
        run = self.running()
        if run.owner_id != user_id:
            raise NotYours
        return run


class Mine(msgspec.Struct, frozen=True, gc=False):
    """Which challenges of a person go on."""

    running: frozenset[UUID] = frozenset()


def start(
    command: StartChallenge, *, challenge_id: UUID, owner_id: UUID, profile: Profile, now: datetime
) -> Run:
    """Say what is promised. Raises DaysWrong, WindowWrong, WindowOver, PartnerNeeded."""
    _check_window(command.window)
    _check_partner(command, owner_id)
    stake = command.stake
    terms = Terms(
        schedule=command.schedule,
        window=command.window,
        last_day=command.last_day,
        amount_minor=stake.amount_minor if stake else 0,
    )
    clock = clock_of(profile)
    _check_days(command.first_day, terms, clock.day_of(now))
    _check_ahead(command.first_day, terms, clock, now)
    return Run(
        challenge_id=challenge_id,
        owner_id=owner_id,
        owner_name=profile.name,
        clock=clock,
        status=RunStatus.RUNNING,
        proof=command.proof,
        target=command.target if command.proof is ProofKind.NUMBER else None,
        first_day=command.first_day,
        terms=terms,
        terms_from=command.first_day,
        next_terms=None,
        next_from=None,
        stake=_stake(command),
        dispute_hours=DISPUTE_HOURS,
        made_to=None,
        relationship_id=command.relationship_id,
        followers=(),
        occurrences=(),
        tally=Tally(),
    )


def check_room(mine: Mine) -> None:
    """Refuse more challenges at once than a person may have. Raises ChallengesTooMany."""
    if len(mine.running) >= RUNNING_MAX:
        raise ChallengesTooMany(count_max=RUNNING_MAX)


def _stake(command: StartChallenge) -> Stake | None:
    wanted = command.stake
    if wanted is None:
        return None
    is_for_partner = wanted.forfeits_to is ForfeitsTo.PARTNER
    return Stake(
        mode=wanted.mode,
        asset=wanted.asset,
        forfeits_to=wanted.forfeits_to,
        beneficiary_id=command.partner_id if is_for_partner else None,
    )


def clock_of(profile: Profile) -> OwnClock:
    """Say by which clock somebody lives."""
    return OwnClock(profile.time_zone, profile.time_zone_before, profile.time_zone_from)


def promised_minor(run: Run) -> int:
    """Say what can be lost in all."""
    count = sum(1 for _ in slots(run.terms.schedule, run.terms_from, run.terms.last_day))
    return count * run.terms.amount_minor


def check_proof(run: Run, proof: Proof) -> None:
    """Refuse what is not the proof that was agreed on. Raises ProofMissing, TargetMissed."""
    shown = {
        ProofKind.NOTE: proof.note is not None,
        ProofKind.NUMBER: proof.number is not None,
        ProofKind.PHOTO: proof.photo is not None,
        ProofKind.PARTNER: False,  # Somebody else says that.
    }
    if not shown[run.proof]:
        raise ProofMissing(proof=run.proof)
    if run.proof is ProofKind.NUMBER and run.target and (proof.number or 0) < run.target:
        raise TargetMissed(number=proof.number or 0, target=run.target)


def change(run: Run, terms: Terms | None, today: date) -> ChangeAsked:
    """Change what is promised from the seventh day on; what is scheduled by then stays.

    Raises ChangePending, ChangeEmpty, WindowWrong, ChargeImpossible.
    """
    if terms is None:
        if run.next_terms is None:
            raise ChangeEmpty
        return ChangeAsked(terms=None, from_day=None)
    if run.next_from is not None:
        raise ChangePending(from_day=run.next_from)
    from_day = changes_from(run, today)
    _check_window(terms.window)
    if terms == run.terms or terms.amount_minor > run.terms.amount_minor:
        raise ChangeEmpty
    if not from_day - DAY <= terms.last_day <= run.terms.last_day:
        raise ChangeEmpty
    if run.stake is not None and _worth(terms, from_day) > _left(run, from_day):
        raise ChangeEmpty
    if run.stake is not None and run.stake.mode is StakeMode.CHARGE and terms.amount_minor:
        payments.check_charge(run.stake.asset, terms.amount_minor)
    return ChangeAsked(terms=terms, from_day=from_day)


def leave(run: Run, today: date) -> ChangeAsked:
    """End what is promised from the seventh day on. Raises ChangePending, ChangeEmpty."""
    last_day = changes_from(run, today) - DAY
    if last_day >= run.terms.last_day and run.next_from is None:
        raise ChangeEmpty
    return change(run, msgspec.structs.replace(run.terms, last_day=last_day), today)


def changes_from(run: Run, today: date) -> date:
    """Say from which day on a change holds; a week that has begun is lived as it was promised."""
    earliest = max(today, run.terms_from) + SCHEDULED_AHEAD + DAY
    if not isinstance(run.terms.schedule, TimesAWeek):
        return earliest
    into_week = (earliest - run.terms_from).days % DAYS_A_WEEK
    return earliest + timedelta(days=(DAYS_A_WEEK - into_week) % DAYS_A_WEEK)


def pledge_of(run: Run, hold_id: UUID | None, held_minor: int) -> Pledge | None:
    """Say what is held for a run, and whose it becomes."""
    stake = run.stake
    if stake is None or stake.mode is not StakeMode.PREPAID:
        return None
    return Pledge(
        asset=stake.asset,
        from_account_id=wallet_account(run.owner_id, stake.asset),
        to_account_id=goes_to(stake),
        hold_id=hold_id,
        held_minor=held_minor,
    )


def goes_to(stake: Stake) -> UUID:
    """Name the account that gets what is forfeited."""
    if stake.beneficiary_id is not None:
        return wallet_account(stake.beneficiary_id, stake.asset)
    is_charity = stake.forfeits_to is ForfeitsTo.CHARITY
    return house_account(stake.asset, Purpose.CHARITY if is_charity else Purpose.HOUSE)


def _worth(terms: Terms, from_day: date) -> int:
    count = sum(1 for _ in slots(terms.schedule, from_day, terms.last_day))
    return count * terms.amount_minor


def _left(run: Run, from_day: date) -> int:
    """Say what can still be lost of what is not scheduled yet."""
    left = sum(
        1
        for slot in slots(run.terms.schedule, run.terms_from, run.terms.last_day)
        if slot.first_day >= from_day
    )
    return left * run.terms.amount_minor


def _check_window(window: Window) -> None:
    if window.closes_minute <= window.opens_minute:
        raise WindowWrong


def _check_days(first_day: date, terms: Terms, today: date) -> None:
    is_near = today <= first_day <= today + timedelta(days=AHEAD_DAYS_MAX)
    is_long = (terms.last_day - first_day).days >= LENGTH_DAYS_MAX
    if not is_near or is_long or not any(slots(terms.schedule, first_day, terms.last_day)):
        raise DaysWrong(ahead_days_max=AHEAD_DAYS_MAX)


def _check_ahead(first_day: date, terms: Terms, clock: OwnClock, now: datetime) -> None:
    """Refuse what would be missed as soon as it is promised."""
    first = next(slots(terms.schedule, first_day, terms.last_day))
    if due_at(first, terms.window, clock) <= now:
        raise WindowOver(key=first.key)


def _check_partner(command: StartChallenge, owner_id: UUID) -> None:
    """Make sure that who is needed is there, and gains nothing by what they rule on."""
    goes_to = command.stake.forfeits_to if command.stake is not None else None
    has_partner = command.partner_id is not None and command.relationship_id is not None
    if not has_partner and (command.partner_id or command.relationship_id):
        raise PartnerNeeded(why="relationship_id and partner_id come together")
    if command.partner_id == owner_id:
        raise PartnerNeeded(why="a partner is somebody else")
    if has_partner:
        if command.proof is ProofKind.PARTNER and goes_to is ForfeitsTo.PARTNER:
            raise PartnerNeeded(why="who gets what is forfeited cannot be who confirms")
        return
    if command.proof is ProofKind.PARTNER:
        raise PartnerNeeded(why="somebody has to confirm what they saw")
    if goes_to is ForfeitsTo.PARTNER:
        raise PartnerNeeded(why="somebody has to get what is forfeited")
    if goes_to is ForfeitsTo.HOUSE:
        raise PartnerNeeded(why="what goes to the house is never ruled on by the house alone")

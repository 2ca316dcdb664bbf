"""What a relationship's actor knows of check-ins, and what a person's passes on of their own."""

from actors.part import Part
from actors.relationship import RELATIONSHIP
from actors.turn import Turn
from actors.user import USER
from backend.domains import ledger, notifications
from backend.domains.checkins import rules, store
from backend.domains.checkins.messages import (
    AmendCheckIn,
    BothCheckedIn,
    CheckIn,
    CheckInAmended,
    CheckInKept,
    CheckInSubmitted,
    CheckInUndone,
    CheckInWritten,
    StreakChanged,
    SubmitCheckIn,
    UndoCheckIn,
)
from backend.domains.checkins.rules import CheckIns, OwnCheckIns
from backend.domains.relationships import Member, Membership
from backend.persistence.remembering_nothing import load_nothing
from protocol.address import key_of, users_address

check_ins = Part(
    "check_ins",
    of=RELATIONSHIP,
    empty=CheckIns(),
    load=store.load_check_ins,
    snapshot=store.show_check_ins,
)
check_ins.evolves(CheckInSubmitted)(rules.submitted)
check_ins.evolves(CheckInAmended)(rules.amended)
check_ins.evolves(CheckInUndone)(rules.undone)


own_check_ins = Part("check_ins", of=USER, empty=OwnCheckIns(), load=load_nothing)


@check_ins.handles(SubmitCheckIn)
def submit(
    command: SubmitCheckIn, check_ins: CheckIns, membership: Membership, turn: Turn
) -> CheckInSubmitted:
    """Check in, once a day; the coins come once a day too, in however many relationships."""
    me = membership.member(turn.principal.user_id)
    membership.check_active()
    day = me.day_of(turn.acted_at)
    rules.check_submit(check_ins, by=me.user_id, day=day)
    check_in = rules.write(
        command,
        membership.privacy_at(turn.acted_at),
        check_in_id=turn.command_id,
        by=me.user_id,
        day=day,
        made_at=turn.acted_at,
    )
    store.add(turn, key_of(turn.address), check_in, me.time_zone)
    ledger.award(
        turn.work,
        me.user_id,
        id=rules.award_id(me.user_id, day),
        amount_minor=rules.COINS_PER_DAY,
        reference=f"checkin/{check_in.check_in_id}",
        at=turn.now,
        once=True,
    )
    _let_partner_know(membership, me, turn)
    submitted = turn.publish(CheckInSubmitted(check_in=rules.for_partner(check_in)))
    _keep(check_in, submitted.check_in, turn)
    _follow_streak(check_ins, rules.submitted(check_ins, submitted), turn)
    return CheckInSubmitted(check_in=check_in)


@check_ins.handles(AmendCheckIn)
def amend(
    command: AmendCheckIn, check_ins: CheckIns, membership: Membership, turn: Turn
) -> CheckInAmended:
    """Replace a check-in on its own day."""
    me = membership.member(turn.principal.user_id)
    membership.check_active()
    today = me.day_of(turn.acted_at)
    written = rules.check_change(check_ins, command.check_in_id, by=me.user_id, today=today)
    check_in = rules.write(
        command,
        membership.privacy_at(turn.acted_at),
        check_in_id=command.check_in_id,
        by=me.user_id,
        day=today,
        made_at=written.made_at,
        amended_at=turn.acted_at,
        own_level=written.privacy_level,
    )
    store.amend(turn, check_in)
    amended = turn.publish(CheckInAmended(check_in=rules.for_partner(check_in)))
    _keep(check_in, amended.check_in, turn)
    return CheckInAmended(check_in=check_in)


@check_ins.handles(UndoCheckIn)
def undo(
    command: UndoCheckIn, check_ins: CheckIns, membership: Membership, turn: Turn
) -> CheckInUndone:
    """Take a check-in back on its own day."""
    me = membership.member(turn.principal.user_id)
    membership.check_active()
    today = me.day_of(turn.acted_at)
    rules.check_change(check_ins, command.check_in_id, by=me.user_id, today=today)
    store.remove(turn, command.check_in_id)
    undone = CheckInUndone(check_in_id=command.check_in_id, user_id=me.user_id, local_day=today)
    turn.publish(undone)
    _follow_streak(check_ins, rules.undone(check_ins, undone), turn)
    return undone


def _let_partner_know(membership: Membership, me: Member, turn: Turn) -> None:
    partner = membership.partner_of(me.user_id)
    if partner is not None:
        notifications.tell(
            turn,
            partner.user_id,
            kind="checkin_submitted",
            title=f"{me.name} checked in",
            relationship_id=key_of(turn.address),
        )


def _keep(check_in: CheckIn, told: CheckIn, turn: Turn) -> None:
    """Bring the whole to the author's own devices, where the partner may not see all of it."""
    if told is not check_in:
        written = CheckInWritten(relationship_id=key_of(turn.address), check_in=check_in)
        turn.work.tell(users_address(check_in.user_id), written)


def _follow_streak(before: CheckIns, after: CheckIns, turn: Turn) -> None:
    is_first = before.open_from is None
    store.write_streak(turn, key_of(turn.address), after, is_first=is_first)
    for day in after.days:
        if after.is_complete(day) and not before.is_complete(day):
            turn.publish(BothCheckedIn(local_day=day))
    if after.streak != before.streak:
        turn.publish(StreakChanged(streak=after.streak))


@own_check_ins.hears(CheckInWritten)
def keep(tell: CheckInWritten, turn: Turn) -> None:
    """Show a person their own check-in on all their devices."""
    turn.publish(CheckInKept(relationship_id=tell.relationship_id, check_in=tell.check_in))

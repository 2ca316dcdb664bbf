"""What actors know of moods: a relationship's of shared ones, a person's of those kept private."""

from datetime import date
from uuid import UUID

from actors.part import Part
from actors.relationship import RELATIONSHIP
from actors.turn import Turn
from actors.user import USER
from backend.domains import identity, ledger, notifications
from backend.domains.identity import Profile
from backend.domains.journal import changing, rules, shown, store
from backend.domains.journal.changing import Change
from backend.domains.journal.messages import (
    DeleteMood,
    DeletePrivateMood,
    EditMood,
    EditPrivateMood,
    LogMood,
    LogPrivateMood,
    MoodDeleted,
    MoodEdited,
    MoodLogged,
    PrivateMoodDeleted,
    PrivateMoodEdited,
    PrivateMoodLogged,
)
from backend.domains.journal.rules import Moods, PrivateMoods
from backend.domains.relationships import Membership
from protocol.address import key_of

moods = Part(
    "moods", of=RELATIONSHIP, empty=Moods(), load=store.load_moods, snapshot=shown.show_moods
)
private_moods = Part("private_moods", of=USER, empty=PrivateMoods(), load=store.load_private_moods)


@moods.evolves(MoodLogged)
def count(moods: Moods, event: MoodLogged) -> Moods:
    """Count a shared mood."""
    return Moods(rules.counted(moods.per_day, event.user_id, event.local_day))


@moods.handles(LogMood)
def log(command: LogMood, moods: Moods, membership: Membership, turn: Turn) -> MoodLogged:
    """Log a mood, give its coin, and let the partner know."""
    me = membership.member(turn.principal.user_id)
    membership.check_active()
    logged = rules.log(
        MoodLogged,
        moods,
        command,
        mood_log_id=turn.command_id,
        by=me.user_id,
        day=me.day_of(turn.acted_at),
        at=turn.acted_at,
    )
    relationship_id = key_of(turn.address)
    store.add_mood(turn, logged, relationship_id=relationship_id, time_zone=me.time_zone)
    _give_coin(turn, me.user_id, logged.mood_log_id, logged.local_day)
    partner = membership.partner_of(me.user_id)
    if partner is not None:
        notifications.tell(
            turn,
            partner.user_id,
            kind="mood_shared",
            title=f"{me.name} shared a mood",
            relationship_id=relationship_id,
        )
    return turn.publish(logged)


@moods.handles(EditMood)
def edit(command: EditMood, membership: Membership, turn: Turn) -> MoodEdited:
    """Replace a shared mood."""
    membership.check_active()
    me = turn.principal.user_id
    changing.change(turn, _replaced(command, me, key_of(turn.address), turn))
    edited = MoodEdited(
        mood_log_id=command.mood_log_id,
        user_id=me,
        mood=command.mood,
        mood_score=command.mood_score,
        notes=command.notes,
        edited_at=turn.acted_at,
    )
    return turn.publish(edited)


@moods.handles(DeleteMood)
def delete(command: DeleteMood, turn: Turn) -> MoodDeleted:
    """Take a shared mood back."""
    me = turn.principal.user_id
    changing.change(turn, _deleted(command, me, key_of(turn.address), turn))
    return turn.publish(MoodDeleted(mood_log_id=command.mood_log_id, user_id=me))


@private_moods.evolves(PrivateMoodLogged)
def count_private(moods: PrivateMoods, event: PrivateMoodLogged) -> PrivateMoods:
    """Count a private mood."""
    return PrivateMoods(rules.counted(moods.per_day, event.user_id, event.local_day))


@private_moods.handles(LogPrivateMood)
def log_private(
    command: LogPrivateMood, moods: PrivateMoods, profile: Profile, turn: Turn
) -> PrivateMoodLogged:
    """Log a mood for oneself, and give its coin."""
    me = key_of(turn.address)
    logged = rules.log(
        PrivateMoodLogged,
        moods,
        command,
        mood_log_id=turn.command_id,
        by=me,
        day=identity.day_of(profile, turn.acted_at),
        at=turn.acted_at,
    )
    store.add_private_mood(turn, logged, user_id=me, time_zone=profile.time_zone)
    _give_coin(turn, me, logged.mood_log_id, logged.local_day)
    return turn.publish(logged)


@private_moods.handles(EditPrivateMood)
def edit_private(command: EditPrivateMood, turn: Turn) -> PrivateMoodEdited:
    """Replace a private mood."""
    changing.change(turn, _replaced(command, key_of(turn.address), None, turn))
    edited = PrivateMoodEdited(
        mood_log_id=command.mood_log_id,
        mood=command.mood,
        mood_score=command.mood_score,
        notes=command.notes,
        edited_at=turn.acted_at,
    )
    return turn.publish(edited)


@private_moods.handles(DeletePrivateMood)
def delete_private(command: DeletePrivateMood, turn: Turn) -> PrivateMoodDeleted:
    """Take a private mood back."""
    changing.change(turn, _deleted(command, key_of(turn.address), None, turn))
    return turn.publish(PrivateMoodDeleted(mood_log_id=command.mood_log_id))


def _give_coin(turn: Turn, user_id: UUID, mood_log_id: UUID, day: date) -> None:
    """Give the coin of a mood, under the mood's own id, while the day has some left."""
    ledger.award(
        turn.work,
        user_id,
        id=mood_log_id,
        amount_minor=rules.COINS_PER_MOOD,
        reference=f"mood/{mood_log_id}",
        at=turn.now,
        cap=rules.coin_cap(user_id, day),
    )


def _replaced(
    command: EditMood | EditPrivateMood, user_id: UUID, relationship_id: UUID | None, turn: Turn
) -> Change:
    return Change(
        mood_log_id=command.mood_log_id,
        user_id=user_id,
        relationship_id=relationship_id,
        mood=command.mood,
        mood_score=command.mood_score,
        notes=command.notes,
        at=turn.now,
    )


def _deleted(
    command: DeleteMood | DeletePrivateMood, user_id: UUID, relationship_id: UUID | None, turn: Turn
) -> Change:
    return Change(
        mood_log_id=command.mood_log_id,
        user_id=user_id,
        relationship_id=relationship_id,
        at=turn.now,
    )

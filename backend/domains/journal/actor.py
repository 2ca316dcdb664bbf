"""What a relationship's actor knows of moods."""

from actors.part import Part
from actors.relationship import RELATIONSHIP
from actors.turn import Turn
from backend.domains import ledger, notifications
from backend.domains.journal import rules, store
from backend.domains.journal.messages import LogMood, MoodLogged
from backend.domains.journal.rules import Moods
from backend.domains.relationships import Membership
from protocol.address import key_of

moods = Part("moods", of=RELATIONSHIP, empty=Moods(), load=store.load_moods)
moods.evolves(MoodLogged)(rules.logged)


@moods.handles(LogMood)
def log(command: LogMood, moods: Moods, membership: Membership, turn: Turn) -> MoodLogged:
    """Log a mood, give its coin, and let the partner know."""
    me = membership.member(turn.principal.user_id)
    day = me.day_of(turn.acted_at)
    logged = rules.log(
        moods, command, id=turn.command_id, by=me.user_id, day=day, at=turn.acted_at
    )
    relationship_id = key_of(turn.address)
    store.add_mood(turn, logged, relationship_id=relationship_id, time_zone=me.time_zone)
    ledger.award(turn.work, me.user_id, **rules.coin_for(logged))
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

"""What a person's actor knows of the challenges they made."""

from actors.part import Part
from actors.turn import Turn
from actors.user import USER
from backend.domains import relationships
from backend.domains.challenges import rules, sharing, shown, store
from backend.domains.challenges.messages import ChallengeEnded, ChallengeStarted, StartChallenge
from backend.domains.challenges.rules import Mine
from backend.domains.challenges.staking import put_at_stake
from backend.domains.challenges.tells import ChallengeBegun, ChallengeClosed, ShareBegan, ShareEnded
from backend.domains.challenges.template_guard import TEMPLATES
from backend.domains.challenges.values import Following
from backend.domains.identity import Profile
from backend.domains.stakes import Stakes, cover
from protocol.address import address_of, key_of

mine = Part("challenges", of=USER, empty=Mine(), load=store.load_mine, snapshot=shown.show_mine)


@mine.evolves(ChallengeStarted)
def started(mine: Mine, event: ChallengeStarted) -> Mine:
    """Know of another challenge that goes on."""
    return Mine(mine.running | {event.challenge_id})


@mine.evolves(ChallengeEnded)
def over(mine: Mine, event: ChallengeEnded) -> Mine:
    """Know of one less."""
    return Mine(mine.running - {event.challenge_id})


@mine.handles(StartChallenge)
def start(
    command: StartChallenge, mine: Mine, profile: Profile, stakes: Stakes, turn: Turn
) -> ChallengeStarted:
    """Begin a challenge; prepaid, all that can be lost is held with it."""
    rules.check_room(mine)
    owner_id, challenge_id = key_of(turn.address), turn.command_id
    run = rules.start(
        command,
        challenge_id=challenge_id,
        owner_id=owner_id,
        profile=profile,
        now=turn.now,
    )
    turn.work.guard(TEMPLATES, command)
    if command.relationship_id is not None and command.partner_id is not None:
        relationships.check_together(
            turn.work, command.relationship_id, owner_id, command.partner_id
        )
    transfer = put_at_stake(run, stakes, turn)
    store.add_run(turn, command, run, transfer)
    turn.work.tell(address_of("challenge", challenge_id), ChallengeBegun())
    if command.relationship_id is not None and command.partner_id is not None:
        partner = Following(
            user_id=command.partner_id, relationship_id=command.relationship_id, is_referee=True
        )
        sharing.have_follow(turn, run, partner)
    return turn.publish(
        ChallengeStarted(
            challenge_id=challenge_id,
            title=command.title,
            relationship_id=command.relationship_id,
        )
    )


@mine.hears(ShareBegan)
def shared(tell: ShareBegan, turn: Turn) -> None:
    """Show on every device that one may follow a challenge."""
    turn.publish(tell.shared)


@mine.hears(ShareEnded)
def unshared(tell: ShareEnded, turn: Turn) -> None:
    """Show on every device that one follows a challenge no longer."""
    turn.publish(tell.unshared)


@mine.hears(ChallengeClosed)
def closed(tell: ChallengeClosed, stakes: Stakes, turn: Turn) -> None:
    """Show on every device that a challenge has ended."""
    if tell.ended.challenge_id in stakes.open:
        cover(turn, tell.ended.challenge_id)
    turn.publish(tell.ended)

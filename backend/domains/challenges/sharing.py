"""Sharing: who may follow a challenge is let in and goes, with their rows, sockets and news."""

from uuid import UUID

from actors.turn import Turn
from backend.domains import notifications, relationships
from backend.domains.challenges import company, store
from backend.domains.challenges.happening import FollowersKnown, happen
from backend.domains.challenges.messages import (
    ChallengeShared,
    ChallengeUnshared,
    FollowersChanged,
    ShareChallenge,
)
from backend.domains.challenges.rules import Challenge
from backend.domains.challenges.run import Run
from backend.domains.challenges.tells import ShareBegan, ShareEnded
from backend.domains.challenges.values import Following
from protocol.address import users_address


def share(run: Run, command: ShareChallenge, turn: Turn) -> FollowersChanged:
    """Let people follow whom the owner is together with. Raises PartnerNeeded, FollowersTooMany."""
    new = company.joining(run, command.followers)
    for follower in new:
        relationships.check_together(
            turn.work, follower.relationship_id, run.owner_id, follower.user_id
        )
        # One of a relationship that has ended may stand there until the challenge hears of it.
        store.remove_follower(turn, run.challenge_id, follower.user_id)
        have_follow(turn, run, follower)
    return _followed_by(turn, (*run.followers, *new)) if new else _shown(run.followers)


def have_follow(turn: Turn, run: Run, follower: Following) -> None:
    """Have somebody follow a challenge, and let them know."""
    store.add_follower(turn, run.challenge_id, follower)
    shared = ChallengeShared(
        challenge_id=run.challenge_id,
        owner_id=run.owner_id,
        relationship_id=follower.relationship_id,
    )
    turn.work.tell(users_address(follower.user_id), ShareBegan(shared=shared))
    notifications.tell(
        turn,
        follower.user_id,
        kind="challenge_shared",
        title=f"{run.owner_name} shares a challenge with you",
        relationship_id=follower.relationship_id,
        collapse_key=str(run.challenge_id),
    )


def without(run: Run, user_id: UUID, turn: Turn) -> FollowersChanged:
    """Have somebody who follows do so no longer; what was promised with them stays promised."""
    store.remove_follower(turn, run.challenge_id, user_id)
    _let_go(turn, run.challenge_id, user_id)
    return _followed_by(turn, tuple(one for one in run.followers if one.user_id != user_id))


def gone(challenge: Challenge, user_id: UUID, turn: Turn) -> FollowersChanged:
    """Go on without somebody who does not want to follow any more, or end where it cannot."""
    run = challenge.begun()
    changed = without(run, user_id, turn)
    happen(challenge, company.unfollowed(run, user_id, turn.now), turn)
    return changed


def parted(challenge: Challenge, relationship_id: UUID, turn: Turn) -> None:
    """Go on without those who followed through a relationship that has ended, or end with it."""
    run = challenge.run
    if run is None:
        return
    events = company.parted(run, relationship_id, turn.now)
    gone = [one for one in run.followers if one.relationship_id == relationship_id]
    store.remove_followers(turn, run.challenge_id, relationship_id)
    for follower in gone:
        _let_go(turn, run.challenge_id, follower.user_id)
    if gone:
        _followed_by(turn, tuple(one for one in run.followers if one not in gone))
    if events:
        happen(challenge, events, turn)


def _let_go(turn: Turn, challenge_id: UUID, user_id: UUID) -> None:
    turn.expel(user_id)
    unshared = ChallengeUnshared(challenge_id=challenge_id)
    turn.work.tell(users_address(user_id), ShareEnded(unshared=unshared))


def _followed_by(turn: Turn, followers: tuple[Following, ...]) -> FollowersChanged:
    ordered = company.in_order(followers)
    turn.note(FollowersKnown(followers=ordered))
    return turn.publish(_shown(ordered))


def _shown(followers: tuple[Following, ...]) -> FollowersChanged:
    return FollowersChanged(followers=tuple(one.shown for one in followers))

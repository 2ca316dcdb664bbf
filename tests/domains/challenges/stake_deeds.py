"""What happens in a world of stakes: people prove, doubt, rule, ease, share, part and travel."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from backend.domains.challenges import company, deciding, rules
from backend.domains.challenges import run as running
from backend.domains.challenges.following import moved_windows
from backend.domains.challenges.messages import OccurrenceDisputed
from backend.domains.challenges.run import RunStatus
from backend.domains.challenges.schedule import OwnClock
from backend.domains.challenges.values import (
    FollowerWanted,
    Following,
    Occurrence,
    Outcome,
    ProofKind,
    Status,
)
from backend.persistence.outages import Outage
from protocol.messages import Event
from protocol.refusals import Refusal
from tests.domains.challenges.stake_drawing import (
    ADMIN,
    BEN,
    OWNER,
    PARTNERS,
    ZONES,
    draw_schedule,
    draw_window,
)

if TYPE_CHECKING:
    from tests.domains.challenges.stake_world import StakeWorld


def look(world: "StakeWorld") -> None:
    """Look what time has made of it."""
    world.look()


def look_twice(world: "StakeWorld") -> None:
    """Look again, and see nothing new."""
    for _ in range(LOOKS_AT_ONCE_MAX):  # Of very much only the first part is said at once.
        world.look()
    assert world.advanced() == [], "what was said is not said again"


def be_away(world: "StakeWorld") -> None:
    """Be away ourselves, since the last deed at most: it is known before anything is decided."""
    draw = world.random
    longest_s = draw.choice([180, 360, 36_000, 172_800])
    began_at = world.now - timedelta(seconds=draw.randrange(30, longest_s))
    began_at = max(began_at, world.last_deed_at)
    outage_id = UUID(int=len(world.outages))
    world.outages.append(Outage(outage_id=outage_id, began_at=began_at, ended_at=world.now))


def prove(world: "StakeWorld") -> None:
    """Show that it was done, now or a while ago; or have somebody say that they saw it."""
    run = world.run
    acted_at = world.now - timedelta(hours=world.random.choice([0, 0, 0, 1, 12, 47]))
    if run.proof is ProofKind.PARTNER:
        by = _somebody(world)
        if not deciding.may_confirm(run, by):
            return
        assert by not in {OWNER, _beneficiary(world)}, "nobody confirms what they gain or lose by"
    day = run.clock.day_of(acted_at)
    try:
        one = deciding.find_open(run, acted_at, None, day)
    except Refusal:
        return
    assert one.opens_at <= acted_at < one.due_at
    world.proved[one.key] = acted_at
    world.follow(deciding.done(run, one, acted_at, day))


def dispute(world: "StakeWorld") -> None:
    """Say that it was otherwise."""
    run, draw = world.run, world.random
    decided = [one for one in run.occurrences if one.status in {Status.DONE, Status.MISSED}]
    if decided:
        ruled = [one for one in decided if one.dispute is not None]
        one = draw.choice(ruled or decided)
        by = OWNER if one.status is Status.MISSED else _somebody(world)
        _try(world, by, one, lambda: deciding.dispute(run, one, by, world.now))


def rule(world: "StakeWorld") -> None:
    """Rule on what is disputed."""
    run, draw = world.run, world.random
    disputed = [one for one in run.occurrences if one.status is Status.DISPUTED]
    if not run.occurrences:
        return
    one = draw.choice(disputed or run.occurrences)
    by, outcome = draw.choice([_somebody(world), BEN, ADMIN]), draw.choice(list(Outcome))

    def ruled() -> Event:
        event = deciding.rule(run, one, outcome, by=by, is_admin=by == ADMIN, now=world.now)
        assert by not in {OWNER, _beneficiary(world)}, "nobody rules on what they gain by"
        world.appeals += one.dispute is not None and one.dispute.is_appeal
        return event

    _try(world, by, one, ruled)


def excuse(world: "StakeWorld") -> None:
    """Excuse somebody."""
    run, draw = world.run, world.random
    if run.occurrences and draw.random() < 0.3:
        by, one = _somebody(world), draw.choice(run.occurrences)
        _try(world, by, one, lambda: deciding.excuse(run, one, by, world.now))


def travel(world: "StakeWorld") -> None:
    """Move to another zone, from a day on that has not begun anywhere."""
    run, draw = world.run, world.random
    if run.status is RunStatus.ENDED or draw.random() > 0.3:
        return
    from_day = world.today + timedelta(days=2)
    clock = OwnClock(draw.choice(ZONES), run.clock.time_zone, from_day)
    world.run = msgspec.structs.replace(run, clock=clock)
    for event in moved_windows(world.run):
        world.follow(event)


def ease(world: "StakeWorld") -> None:
    """Ask for less, or for something else that is not worth more, or take that back."""
    run, draw = world.run, world.random
    if run.status is RunStatus.ENDED or draw.random() < 0.6:
        return
    terms = msgspec.structs.replace(
        run.terms,
        amount_minor=draw.randint(0, run.terms.amount_minor),
        window=draw_window(draw),
        last_day=run.terms.last_day - timedelta(days=draw.choice([0, 0, 1, 5])),
    )
    if draw.random() < 0.3 and run.first_day <= run.terms.last_day:
        schedule = draw_schedule(draw, run.first_day, run.terms.last_day)
        terms = msgspec.structs.replace(terms, schedule=schedule)
    wanted = None if run.next_terms is not None and draw.random() < 0.5 else terms
    _change(world, lambda: running.asked(run, rules.change(run, wanted, world.today)))


def leave(world: "StakeWorld") -> None:
    """Quit, from the seventh day on."""
    run = world.run
    if run.status is RunStatus.RUNNING and world.random.random() < 0.1:
        _change(world, lambda: running.asked(run, rules.leave(run, world.today)))


def share(world: "StakeWorld") -> None:
    """Let somebody follow."""
    run, who = world.run, world.random.choice(PARTNERS)
    if run.status is RunStatus.ENDED or who in world.parted:
        return
    new = company.joining(run, [FollowerWanted(relationship_id=who, partner_id=who)])
    _followed_by(world, [*run.followers, *new])
    world.late |= {one.user_id for one in new}


def unshare(world: "StakeWorld") -> None:
    """Send somebody away, or have them go by themselves."""
    run, draw = world.run, world.random
    if not run.followers or draw.random() > 0.3:
        return
    gone = draw.choice(run.followers)
    if draw.random() < 0.8:
        try:
            company.check_dispensable(run, gone.user_id)
        except Refusal:
            return
        is_over = run.status is RunStatus.ENDED
        assert is_over or gone.user_id != _beneficiary(world), "who would get it stays"
    _followed_by(world, [one for one in run.followers if one != gone])


def part(world: "StakeWorld") -> None:
    """Part from somebody."""
    run, who = world.run, world.random.choice(PARTNERS)
    if who in world.parted or world.random.random() > 0.1:
        return
    world.parted.add(who)
    events = company.parted(run, who, world.now)
    _followed_by(world, [one for one in run.followers if one.relationship_id != who])
    world.has_ended_by_parting |= bool(events)
    for event in events:
        world.follow(event)


def collect(world: "StakeWorld") -> None:
    """Try cards whose time has come."""
    world.till.collect(world.now)


def pay_by_hand(world: "StakeWorld") -> None:
    """Have the owner pay what they owe."""
    world.till.pay_by_hand(world.now)


def hear_again(world: "StakeWorld") -> None:
    """Hear of a payment that was heard of before, perhaps."""
    world.till.hear_again(world.now)


def _change(world: "StakeWorld", deed: Callable[[], running.Run]) -> None:
    try:
        world.run = deed()
    except Refusal:
        return
    world.eased += 1


def _followed_by(world: "StakeWorld", followers: Sequence[Following]) -> None:
    world.run = msgspec.structs.replace(world.run, followers=company.in_order(followers))


def _try(world: "StakeWorld", by: UUID, one: Occurrence, deed: Callable[[], Event]) -> None:
    try:
        event = deed()
    except Refusal:
        return
    if by in world.late and world.run.stake is not None:
        assert isinstance(event, OccurrenceDisputed), "who came later decides on no money"
    world.touched.add(one.key)
    world.follow(event)


def _somebody(world: "StakeWorld") -> UUID:
    return world.random.choice([OWNER, BEN, BEN, *PARTNERS, ADMIN])


def _beneficiary(world: "StakeWorld") -> UUID | None:
    return world.run.stake.beneficiary_id if world.run.stake is not None else None


LOOKS_AT_ONCE_MAX = 6
"""More than nobody looking for all the steps of a world needs."""

DEEDS: tuple[Callable[["StakeWorld"], None], ...] = (
    look,
    look,
    look_twice,
    prove,
    prove,
    prove,
    prove,
    dispute,
    dispute,
    dispute,
    rule,
    rule,
    rule,
    excuse,
    travel,
    be_away,
    ease,
    leave,
    share,
    share,
    unshare,
    part,
    collect,
    pay_by_hand,
    hear_again,
)

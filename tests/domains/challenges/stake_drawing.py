"""Promises drawn at random, as they may be begun."""

import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.domains.challenges.run import Run, RunStatus
from backend.domains.challenges.schedule import (
    Daily,
    OnDates,
    OnWeekdays,
    OwnClock,
    Schedule,
    TimesAWeek,
    Window,
)
from backend.domains.challenges.values import (
    Following,
    ForfeitsTo,
    ProofKind,
    Stake,
    StakeMode,
    Tally,
    Terms,
)
from backend.domains.ledger import Asset
from backend.domains.payments.rules import CHARGE_MINOR_MIN

ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Africa/Cairo",
]
"""Each changes its clocks twice a year: at two, at one, at midnight, and by half an hour."""
OWNER, BEN, CARL, DORA, ADMIN = (UUID(int=number) for number in range(1, 6))
PARTNERS = (BEN, CARL, DORA)
"""Whom the owner is together with, each in a relationship that is called like them."""
WAYS_TO_PAY = (
    (StakeMode.PREPAID, Asset.USD),
    (StakeMode.PREPAID, Asset.USDC),
    (StakeMode.CHARGE, Asset.USD),
)
LONG_EVERY = 200
"""Of so many worlds one goes on for most of a year."""


def changes_of(zone: str) -> list[date]:
    """Find the days of a year on which a zone changes its clocks."""
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    noons = [datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)) for day in days]
    return [
        noon.date() for before, noon in pairwise(noons) if before.utcoffset() != noon.utcoffset()
    ]


CHANGES = {zone: changes_of(zone) for zone in ZONES}


def changes_between(clock: OwnClock, first: date, last: date) -> int:
    """Count how often clocks change where somebody lives."""
    return sum(first < day <= last for day in CHANGES[clock.time_zone])


def draw_first(draw: random.Random, zone: str, seed: int) -> date:
    """Draw a first day: of most, so that clocks are changed meanwhile."""
    if seed % LONG_EVERY == 0:
        return date(2026, 1, 1) + timedelta(days=draw.randrange(60))
    if draw.random() < 0.5:
        return draw.choice(CHANGES[zone]) - timedelta(days=draw.randrange(1, 20))
    return date(2026, 1, 1) + timedelta(days=draw.randrange(365))


def draw_run(draw: random.Random, seed: int) -> Run:
    """Draw a promise."""
    clock = OwnClock(draw.choice(ZONES))
    first = draw_first(draw, clock.time_zone, seed)
    is_long = seed % LONG_EVERY == 0
    last = first + timedelta(days=draw.randrange(300, 330) if is_long else draw.randrange(45))
    stake = draw_stake(draw)
    proof = draw.choice([ProofKind.NOTE, ProofKind.NOTE, ProofKind.PARTNER])
    goes_to = stake.forfeits_to if stake is not None else None
    if goes_to is ForfeitsTo.PARTNER:
        proof = ProofKind.NOTE  # Who gets what is forfeited cannot be who confirms.
    is_needed = proof is ProofKind.PARTNER or goes_to in {ForfeitsTo.PARTNER, ForfeitsTo.HOUSE}
    has_partner = is_needed or draw.random() < 0.5
    ben = Following(user_id=BEN, relationship_id=BEN, is_referee=True)
    return Run(
        challenge_id=UUID(int=seed + 2**100),
        owner_id=OWNER,
        owner_name="Anna",
        clock=clock,
        status=RunStatus.RUNNING,
        proof=proof,
        target=None,
        first_day=first,
        terms=Terms(
            schedule=draw_schedule(draw, first, last),
            window=draw_window(draw),
            last_day=last,
            amount_minor=_draw_amount(draw, stake),
        ),
        terms_from=first,
        next_terms=None,
        next_from=None,
        stake=stake,
        dispute_hours=draw.choice([48, 72, 168]),
        made_to=None,
        relationship_id=BEN if has_partner else None,
        followers=(ben,) if has_partner else (),
        occurrences=(),
        tally=Tally(),
    )


def draw_stake(draw: random.Random) -> Stake | None:
    """Draw what is at stake, and how it is paid; now and then nothing is."""
    if draw.random() < 0.1:
        return None
    goes_to = draw.choice(list(ForfeitsTo))
    mode, asset = draw.choice(WAYS_TO_PAY)
    return Stake(
        mode=mode,
        asset=asset,
        forfeits_to=goes_to,
        beneficiary_id=BEN if goes_to is ForfeitsTo.PARTNER else None,
    )


def _draw_amount(draw: random.Random, stake: Stake | None) -> int:
    if stake is None:
        return 0
    least = CHARGE_MINOR_MIN if stake.mode is StakeMode.CHARGE else 1
    return draw.randrange(least, 1_000)


def draw_window(draw: random.Random) -> Window:
    """Draw from when until when it counts."""
    opens = draw.randrange(0, 1439)
    return draw.choice(
        [Window(), Window(opens_minute=opens, closes_minute=draw.randrange(opens + 1, 1441))]
    )


def draw_schedule(draw: random.Random, first: date, last: date) -> Schedule:
    """Draw how often it is promised."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    drawn: list[Schedule] = [
        Daily(),
        OnWeekdays(weekdays=tuple(draw.sample(range(1, 8), draw.randint(1, 6)))),
        TimesAWeek(times=draw.randint(1, 6)),
        OnDates(dates=tuple(draw.sample(days, draw.randint(1, min(10, len(days)))))),
    ]
    return draw.choice(drawn)


def before(first: date) -> datetime:
    """Say when a promise is begun: before its first day is anywhere."""
    return datetime.combine(first, datetime.min.time(), UTC) - timedelta(hours=14)

"""Worlds in which a promise with money on it is lived through, drawn at random from a seed.

People prove, forget, prove late, dispute, rule, excuse and travel; clocks change; we are away now
and then; nobody looks for days, or looks twice. Money is kept by a book that refuses what the
ledger would refuse.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec

from backend.domains.challenges import advancing, deciding
from backend.domains.challenges import run as running
from backend.domains.challenges.advancing import Outage, advance
from backend.domains.challenges.messages import (
    ChallengeEnded,
    OccurrenceDisputed,
    OccurrenceDone,
    OccurrenceExcused,
    OccurrenceRuled,
    OccurrenceSettled,
)
from backend.domains.challenges.run import Run, RunStatus
from backend.domains.challenges.schedule import (
    Daily,
    OnDates,
    OnWeekdays,
    OwnClock,
    Schedule,
    TimesAWeek,
    Window,
    slots,
)
from backend.domains.challenges.values import (
    Following,
    ForfeitsTo,
    Occurrence,
    Outcome,
    ProofKind,
    Stake,
    StakeMode,
    Status,
    Tally,
    Terms,
)
from backend.domains.ledger import Asset, Phase, Transfer
from backend.domains.stakes.pledge import Pledge, forfeit, pledge, release
from protocol.messages import Event
from protocol.refusals import Refusal

ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
]
OWNER, BEN, CARL, ADMIN = (UUID(int=number) for number in (1, 2, 3, 4))
WALLET, TARGET = UUID(int=2**64 + 1), UUID(int=2**64 + 2)
FUNDS_MINOR = 1_000_000
STEPS_MAX = 60


@dataclass
class Book:
    """Who has what, and what is held; refuses what the ledger would refuse."""

    has: dict[UUID, int] = field(default_factory=lambda: {WALLET: FUNDS_MINOR, TARGET: 0})
    holds: dict[UUID, int] = field(default_factory=dict)
    known: set[UUID] = field(default_factory=set)

    def post(self, transfers: tuple[Transfer, ...]) -> None:
        """Post transfers in order."""
        for transfer in transfers:
            assert transfer.id not in self.known, "a transfer is posted once"
            self.known.add(transfer.id)
            if transfer.phase == Phase.PENDING:
                assert transfer.amount_minor is not None
                assert self.has[WALLET] >= transfer.amount_minor > 0
                self.has[WALLET] -= transfer.amount_minor
                self.holds[transfer.id] = transfer.amount_minor
                continue
            assert transfer.pending_id is not None
            held = self.holds.pop(transfer.pending_id)
            taken = transfer.amount_minor if transfer.phase == Phase.POST else 0
            assert taken is not None
            assert 0 <= taken <= held
            self.has[TARGET] += taken
            self.has[WALLET] += held - taken
        assert self.total == FUNDS_MINOR

    @property
    def total(self) -> int:
        """All there is."""
        return sum(self.has.values()) + sum(self.holds.values())


@dataclass
class StakeWorld:
    """One run and all that happens to it."""

    seed: int
    book: Book = field(default_factory=Book)
    settled: dict[str, Occurrence] = field(default_factory=dict)
    outages: list[Outage] = field(default_factory=list)
    proved: dict[str, datetime] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    """What anybody disputed, ruled on or excused."""

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - a world is drawn, not a secret
        draw = self.random
        self.first = date(2026, 1, 1) + timedelta(days=draw.randrange(365))
        self.clock = OwnClock(draw.choice(ZONES))
        self.now = datetime.combine(self.first, datetime.min.time(), UTC) - timedelta(hours=14)
        self.run = self._draw_run()
        self.pledged = self._pledge()

    @property
    def today(self) -> date:
        """The owner's day."""
        return self.clock.day_of(self.now)

    def live(self) -> "StakeWorld":
        """Live through it to the end."""
        for _ in range(STEPS_MAX):
            self._step()
        for _ in range(400):
            if self.run.status is RunStatus.ENDED:
                return self
            self.now = max(self.now, self.wakes_at or self.now)
            self._look()
        raise AssertionError(f"world {self.seed} does not end")

    @property
    def wakes_at(self) -> datetime | None:
        """When the run wants to be looked at."""
        return advancing.wakes_at(self.run, self.today)

    def _draw_run(self) -> Run:
        draw = self.random
        last = self.first + timedelta(days=draw.randrange(45))
        opens = draw.randrange(0, 1439)
        window = draw.choice(
            [Window(), Window(opens_minute=opens, closes_minute=draw.randrange(opens + 1, 1441))]
        )
        terms = Terms(
            schedule=self._draw_schedule(last),
            window=window,
            last_day=last,
            amount_minor=draw.randrange(1, 1_000),
        )
        goes_to = draw.choice(list(ForfeitsTo))
        beneficiary = BEN if goes_to is ForfeitsTo.PARTNER else None
        follows = [
            Following(user_id=who, relationship_id=who, is_referee=draw.random() < 0.7)
            for who in (BEN, CARL)
        ]
        return Run(
            challenge_id=UUID(int=self.seed + 2**100),
            owner_id=OWNER,
            owner_name="Anna",
            clock=self.clock,
            status=RunStatus.RUNNING,
            proof=ProofKind.NOTE,
            target=None,
            first_day=self.first,
            terms=terms,
            terms_from=self.first,
            next_terms=None,
            next_from=None,
            stake=Stake(
                mode=StakeMode.PREPAID,
                asset=Asset.USD,
                forfeits_to=goes_to,
                beneficiary_id=beneficiary,
            ),
            dispute_hours=draw.choice([48, 72, 168]),
            made_to=None,
            relationship_id=BEN,
            followers=tuple(draw.sample(follows, draw.randrange(3))),
            occurrences=(),
            tally=Tally(),
        )

    def _draw_schedule(self, last: date) -> Schedule:
        draw = self.random
        days = [self.first + timedelta(days=n) for n in range((last - self.first).days + 1)]
        drawn: list[Schedule] = [
            Daily(),
            OnWeekdays(weekdays=tuple(draw.sample(range(1, 8), draw.randint(1, 6)))),
            TimesAWeek(times=draw.randint(1, 6)),
            OnDates(dates=tuple(draw.sample(days, draw.randint(1, min(10, len(days)))))),
        ]
        return draw.choice(drawn)

    def _pledge(self) -> Pledge:
        terms = self.run.terms
        count = len(list(slots(terms.schedule, self.first, terms.last_day)))
        if count == 0:
            return Pledge(
                asset=Asset.USD,
                from_account_id=WALLET,
                to_account_id=TARGET,
                hold_id=None,
                held_minor=0,
            )
        pledged, transfer = pledge(
            UUID(int=self.seed + 2**99),
            asset=Asset.USD,
            from_account_id=WALLET,
            to_account_id=TARGET,
            amount_minor=count * terms.amount_minor,
            reference="challenge",
            at=self.now,
        )
        self.book.post((transfer,))
        return pledged

    def _step(self) -> None:
        draw = self.random
        self.now += timedelta(minutes=draw.choice([1, 17, 61, 240, 720, 1440, 2880]))
        deed = draw.choice(
            [
                self._look,
                self._look,
                self._look_twice,
                self._prove,
                self._prove,
                self._prove,
                self._dispute,
                self._dispute,
                self._rule,
                self._rule,
                self._excuse,
                self._travel,
                self._be_away,
                self._ease,
            ]
        )
        deed()

    def _look(self) -> None:
        for event in advance(self.run, self.now, self.today, self.outages):
            self._follow(event)

    def _look_twice(self) -> None:
        self._look()
        self._look()  # Of very much the rest.
        again = advance(self.run, self.now, self.today, self.outages)
        assert again == [], "what was said is not said again"

    def _be_away(self) -> None:
        began_at = self.now - timedelta(minutes=self.random.randrange(2, 600))
        # It is written down when we are back, before anything else is decided.
        self.outages.append(Outage(began_at, self.now))

    def _prove(self) -> None:
        acted_at = self.now - timedelta(hours=self.random.choice([0, 0, 0, 1, 12, 47]))
        day = self.clock.day_of(acted_at)
        try:
            one = deciding.find_open(self.run, acted_at, None, day)
        except Refusal:
            return
        assert one.opens_at <= acted_at < one.due_at
        self.proved[one.key] = acted_at
        self._follow(deciding.done(self.run, one, acted_at, day))

    def _dispute(self) -> None:
        self._try(lambda one: deciding.dispute(self.run, one, self._somebody(), self.now))

    def _rule(self) -> None:
        by = self._somebody()
        outcome = self.random.choice(list(Outcome))
        self._try(
            lambda one: deciding.rule(
                self.run, one, outcome, by=by, is_admin=by == ADMIN, now=self.now
            )
        )

    def _excuse(self) -> None:
        if self.random.random() < 0.3:
            self._try(lambda one: deciding.excuse(self.run, one, self._somebody(), self.now))

    def _try(self, deed: Callable[[Occurrence], Event]) -> None:
        decided = {Status.DONE, Status.MISSED, Status.DISPUTED}
        likely = [one for one in self.run.occurrences if one.status in decided]
        if not self.run.occurrences:
            return
        one = self.random.choice(likely or self.run.occurrences)
        try:
            event = deed(one)
        except Refusal:
            return
        self.touched.add(one.key)
        self._follow(event)

    def _somebody(self) -> UUID:
        return self.random.choice([OWNER, BEN, CARL, ADMIN])

    def _travel(self) -> None:
        if self.run.occurrences and self.random.random() < 0.3:
            tomorrow = self.today + timedelta(days=1)
            self.clock = OwnClock(
                self.random.choice(ZONES), self.clock.time_zone, tomorrow + timedelta(days=1)
            )
            self.run = msgspec.structs.replace(self.run, clock=self.clock)

    def _ease(self) -> None:
        """Ask for less, which holds from the seventh day on."""
        run = self.run
        if run.next_terms is not None or isinstance(run.terms.schedule, TimesAWeek):
            return
        if run.status is RunStatus.ENDED or self.random.random() < 0.7:
            return
        from_day = self.today + timedelta(days=7)
        if from_day > run.terms.last_day or from_day <= run.first_day:
            return
        eased = msgspec.structs.replace(
            run.terms, amount_minor=self.random.randint(1, run.terms.amount_minor)
        )
        self.run = msgspec.structs.replace(run, next_terms=eased, next_from=from_day)

    def _follow(self, event: Event) -> None:
        match event:
            case OccurrenceSettled():
                self._settle(event)
            case OccurrenceDone() | OccurrenceDisputed() | OccurrenceRuled() | OccurrenceExcused():
                self.run = running.changed(self.run, event)
            case ChallengeEnded():
                self.pledged, transfers = release(self.pledged, reference="over", at=self.now)
                self.book.post(transfers)
                self.run = running.ended(self.run, event)
            case _:
                self.run = advancing.follow(self.run, event)

    def _settle(self, event: OccurrenceSettled) -> None:
        one = event.occurrence
        assert one.key not in self.settled, "each is settled once"
        self.settled[one.key] = one
        self.run = running.settled(self.run, event)
        if one.outcome is Outcome.MISSED:
            before = self.book.has[TARGET]
            self.pledged, transfers = forfeit(
                self.pledged, one.amount_minor, reference=one.key, at=self.now
            )
            self.book.post(transfers)
            assert self.book.has[TARGET] - before == one.amount_minor, "what was held is enough"

    def check(self) -> None:
        """Make sure that all is as it must be at the end."""
        run, book = self.run, self.book
        missed = [one for one in self.settled.values() if one.outcome is Outcome.MISSED]
        assert book.holds == {}
        assert book.total == FUNDS_MINOR
        assert book.has[TARGET] == sum(one.amount_minor for one in missed)
        assert run.tally.forfeited_minor == book.has[TARGET]
        assert run.occurrences == ()
        promised = list(slots(run.terms.schedule, run.terms_from, run.terms.last_day))
        assert {slot.key for slot in promised} <= set(self.settled)
        for one in self.settled.values():
            self._check_one(one)

    def _check_one(self, one: Occurrence) -> None:
        assert one.status is Status.SETTLED
        was_away = any(
            out.began_at < one.due_at
            and out.ended_at > max(one.opens_at, one.due_at - timedelta(hours=24))
            for out in self.outages
        )
        if was_away:
            assert one.outcome is not Outcome.MISSED, "nobody is charged for our outage"
        if one.key in self.touched:
            return
        if one.key in self.proved:
            assert one.outcome is Outcome.DONE, "what was done in time costs nothing"
        elif one.opens_at < one.due_at and not was_away:
            assert one.outcome is Outcome.MISSED, "what was not done was missed"

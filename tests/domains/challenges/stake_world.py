"""Worlds in which a promise with money on it is lived through, drawn at random from a seed.

People prove, forget, prove late, dispute, rule, excuse, ease what they promised, share it, part and
travel; clocks change; we are away now and then; nobody looks for days, or looks twice. Money comes
in by card or by a chain, is held before or charged after, and goes out in the end; it is kept by a
book that refuses what the ledger would refuse.
"""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from backend.domains.challenges import advancing, rules
from backend.domains.challenges import run as running
from backend.domains.challenges.advancing import advance
from backend.domains.challenges.messages import (
    ChallengeEnded,
    OccurrenceDisputed,
    OccurrenceDone,
    OccurrenceExcused,
    OccurrenceRuled,
    OccurrenceSettled,
)
from backend.domains.challenges.run import RunStatus
from backend.domains.challenges.schedule import slots
from backend.domains.challenges.values import Excuse, Occurrence, Outcome, StakeMode, Status
from backend.domains.ledger import Asset
from backend.domains.stakes.pledge import Pledge, forfeit, pledge, release
from backend.persistence.outages import Outage
from protocol.messages import Event
from tests.domains.challenges.stake_bank import Bank
from tests.domains.challenges.stake_book import Book
from tests.domains.challenges.stake_deeds import DEEDS
from tests.domains.challenges.stake_drawing import before, changes_between, draw_run
from tests.domains.challenges.stake_till import Till

STEPS_MAX = 68
LOOKS_MAX = 4_000
NOBODY = UUID(int=2**97)
"""Who gets what is forfeited where nothing is at stake."""


@dataclass
class StakeWorld:
    """One run and all that happens to it."""

    seed: int
    settled: dict[str, Occurrence] = field(default_factory=dict)
    outages: list[Outage] = field(default_factory=list)
    proved: dict[str, datetime] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    """What anybody disputed, ruled on or excused."""
    late: set[UUID] = field(default_factory=set)
    """Who was let in after it had begun."""
    parted: set[UUID] = field(default_factory=set)
    has_ended_by_parting: bool = False
    eased: int = 0
    appeals: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - a world is drawn, not a secret
        self.run = draw_run(self.random, self.seed)
        self.first_clock = self.run.clock
        self.now = self.last_deed_at = before(self.run.first_day)
        stake = self.run.stake
        self.is_charged = stake is not None and stake.mode is StakeMode.CHARGE
        self.goes_to = rules.goes_to(stake) if stake is not None else NOBODY
        self.book = Book(stake.asset if stake is not None else Asset.USD)
        self.till = Till(self.random, self.book, Bank(self.random))
        self.pledged = self._pledge()

    @property
    def today(self) -> date:
        """The owner's day."""
        return self.run.clock.day_of(self.now)

    @property
    def clock_changes(self) -> int:
        """Say how often clocks were changed meanwhile, where it was begun."""
        return changes_between(self.first_clock, self.run.first_day, self.now.date())

    def live(self) -> "StakeWorld":
        """Live through it to the end."""
        for _ in range(STEPS_MAX):
            self.last_deed_at = self.now
            self.now += timedelta(minutes=self.random.choice([1, 17, 61, 240, 720, 1440, 2880]))
            self.random.choice(DEEDS)(self)
            self._check_money()
        for _ in range(LOOKS_MAX):
            if self.run.status is RunStatus.ENDED:
                return self._take_out()
            self.now = max(self.now, self.wakes_at or self.now)
            self.look()
        raise AssertionError(f"world {self.seed} does not end")

    @property
    def wakes_at(self) -> datetime | None:
        """When the run wants to be looked at."""
        return advancing.wakes_at(self.run, self.today)

    def advanced(self) -> list[Event]:
        """Say what time makes of it now."""
        return advance(self.run, self.now, self.today, self.outages)

    def look(self) -> None:
        """Have time make of it what it does."""
        for event in self.advanced():
            self.follow(event)

    def _take_out(self) -> "StakeWorld":
        self.till.end(self.now)
        self._check_money()
        self.till.pay_out(self.now)
        self._check_money()
        return self

    def _pledge(self) -> Pledge | None:
        """Bring money, and have what can be lost be held, where it is paid before."""
        stake, amount_minor = self.run.stake, rules.promised_minor(self.run)
        if stake is None or amount_minor == 0:
            return None
        self.till.fund(amount_minor + self.random.randrange(5_000), self.now)
        if self.is_charged:
            return None
        pledged, transfer = pledge(
            UUID(int=self.seed + 2**99),
            asset=stake.asset,
            from_account_id=self.till.wallet,
            to_account_id=self.goes_to,
            amount_minor=amount_minor,
            reference="challenge",
            at=self.now,
        )
        self.book.post(transfer)
        return pledged

    def follow(self, event: Event) -> None:
        """Have something happen."""
        match event:
            case OccurrenceSettled():
                self._settle(event)
            case OccurrenceDone() | OccurrenceDisputed() | OccurrenceRuled() | OccurrenceExcused():
                self.run = running.changed(self.run, event)
            case ChallengeEnded():
                if self.pledged is not None:
                    self.pledged, transfers = release(self.pledged, reference="over", at=self.now)
                    self.book.post(*transfers)
                self.run = running.ended(self.run, event)
            case _:
                self.run = advancing.follow(self.run, event)

    def _settle(self, event: OccurrenceSettled) -> None:
        one = event.occurrence
        assert one.key not in self.settled, "each is settled once"
        self.settled[one.key] = one
        self.run = running.settled(self.run, event)
        if one.outcome is Outcome.MISSED and one.amount_minor:
            self._lose(one)

    def _lose(self, one: Occurrence) -> None:
        if self.is_charged:
            self.till.charge(one, self.goes_to, self.now)
        if self.pledged is None:
            return
        had = self.book.has[self.goes_to]
        self.pledged, transfers = forfeit(
            self.pledged, one.amount_minor, reference=one.key, at=self.now
        )
        self.book.post(*transfers)
        assert self.book.has[self.goes_to] - had == one.amount_minor, "what was held is enough"

    def _check_money(self) -> None:
        """Make sure that what can be lost is held, and that it all adds up."""
        forfeited_minor = self.run.tally.forfeited_minor
        if self.is_charged:
            assert self.till.charged_minor <= forfeited_minor, "only what was missed is charged"
            forfeited_minor = self.till.charged_minor
        self.till.check(forfeited_minor, self.goes_to)
        if self.pledged is not None:
            open_minor = sum(one.amount_minor for one in self.run.occurrences)
            assert open_minor <= self.pledged.held_minor, "what can still be lost is held"
            assert self.pledged.held_minor == self.book.held_minor

    def check(self) -> None:
        """Make sure that all is as it must be at the end."""
        run = self.run
        missed = [one for one in self.settled.values() if one.outcome is Outcome.MISSED]
        assert self.book.holds == {}
        assert run.tally.forfeited_minor == sum(one.amount_minor for one in missed)
        assert run.occurrences == ()
        self.till.check_heard()
        self.till.check_charged({one.event_id: one.amount_minor for one in missed})
        promised = list(slots(run.terms.schedule, run.terms_from, run.terms.last_day))
        assert {slot.key for slot in promised} <= set(self.settled)
        for one in self.settled.values():
            self._check_one(one)

    def _check_one(self, one: Occurrence) -> None:
        assert one.status is Status.SETTLED
        was_away = any(
            out.began_at < one.due_at
            and out.ended_at > max(one.opens_at, one.due_at - spoilt_after(out))
            for out in self.outages
        )
        if was_away:
            assert one.outcome is not Outcome.MISSED, "nobody is charged for our outage"
        if one.excuse is Excuse.PARTED:
            assert self.has_ended_by_parting
            return
        if one.key in self.touched:
            return
        if one.key in self.proved:
            assert one.outcome is Outcome.DONE, "what was done in time costs nothing"
        elif one.opens_at < one.due_at and not was_away:
            assert one.outcome is Outcome.MISSED, "what was not done was missed"


def spoilt_after(outage: Outage) -> timedelta:
    """Say how long after a time we were away nobody is held to what falls due."""
    is_brief = outage.ended_at - outage.began_at < timedelta(minutes=3)
    return timedelta(minutes=10) if is_brief else timedelta(hours=24)

"""What reminders do by themselves: look each minute whose time has come, and give it once.

A reminder is given by writing its row, in the transaction that tells its owner's actor, or plans
the letter; whoever comes second finds the row there. So, with any number of workers and wherever
one dies:

- into the inbox (`push` and `in_app`) it comes exactly once;
- the push that follows from it comes at least once, and a repetition replaces itself on the phone,
  as a later reminder of the same window does; what is for the inbox alone rings for nobody;
- a letter (`email`) comes at least once: a worker that dies between handing it over and ending its
  job hands it over again, under the same Message-ID. At most once would be to mark it before it is
  handed over, and who is not reminded pays for it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
import structlog

from backend.domains import identity, notifications
from backend.domains.reminders import rules, store
from backend.domains.reminders.letters import reminder_letter
from backend.domains.reminders.messages import Channel, ReminderDue
from backend.domains.reminders.rules import Due
from backend.domains.reminders.store import Near
from backend.integrations.mail import MailAway, Mailer, MailRefused
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import TryLater, every, job
from protocol.address import users_address

log = structlog.get_logger()

PAGE_MAX = 500
GIVEN_MAX = 2_000
"""In one run; the rest of many is for the next, a minute later."""
ROUNDS_MAX = 100
SEND = "reminders.send"


class LetterWanted(msgspec.Struct, frozen=True, kw_only=True):
    """A reminder that is to be sent as a letter."""

    user_id: UUID
    event_id: UUID
    title: str
    due_at: datetime


@every(minutes=1)
async def remind(run: JobRun) -> None:
    """Give the reminders whose time has come."""
    due = await _find_due(run.now)
    if not due:
        return
    async with run.once():
        given = await store.give([one for _, one in due], run.now)
        for place in _last_of_each(due, given):
            _give(*due[place], run)
    if given:
        log.info("people were reminded", count=len(given))


@job(SEND)
async def send(wanted: LetterWanted, run: JobRun) -> None:
    """Send a reminder as a letter, unless it was done, or is too late, while the mail was away."""
    if not await store.is_awaited(wanted.event_id, run.now):
        return
    addressee = await identity.addressee_of(wanted.user_id)
    if addressee is None:
        return  # Who has no proved address is not written to.
    letter = reminder_letter(addressee, wanted.title, wanted.due_at)
    assert run.job_id is not None  # noqa: S101 - it is a job, not a schedule
    try:
        await run.use(Mailer).send(letter, id=run.job_id, at=run.now)
    except MailAway as problem:
        raise TryLater(str(problem)) from None
    except MailRefused as problem:
        log.warning("a letter was refused", why=str(problem))


@every(hours=1)
async def forget_given(run: JobRun) -> None:
    """Forget reminders that were given long ago."""
    for _ in range(ROUNDS_MAX):
        if await store.forget_given(run.now, PAGE_MAX) < PAGE_MAX:
            return


async def _find_due(now: datetime) -> list[tuple[Near, Due]]:
    """Find reminders that should have been given by now, and were not as far as can be seen."""
    found: list[tuple[Near, Due]] = []
    after: UUID | None = None
    while len(found) < GIVEN_MAX:
        page = await store.read_near(now, after, PAGE_MAX)
        quiet = await notifications.quiet_hours_of([near.user_id for near in page])
        for near in page:
            is_quiet = quiet.get(near.user_id, _never)
            due = rules.due(near.window, near.wishes, now, is_quiet)
            found += [(near, one) for one in due if one.known_as not in near.given]
        if len(page) < PAGE_MAX:
            break
        after = page[-1].event_id
    return found[:GIVEN_MAX]


def _last_of_each(due: Sequence[tuple[Near, Due]], given: Collection[int]) -> list[int]:
    """Of what is given at one moment tell each channel of a window once, however much it was.

    So it is after nobody has worked for a while, and when something is promised at short notice.
    """
    last = {(due[place][0].event_id, due[place][1].channel): place for place in sorted(given)}
    return sorted(last.values())


def _never(_at: datetime) -> bool:
    return False


def _give(near: Near, due: Due, run: JobRun) -> None:
    if due.channel is Channel.EMAIL:
        wanted = LetterWanted(
            user_id=near.user_id,
            event_id=near.event_id,
            title=near.title,
            due_at=near.window.due_at,
        )
        run.job(SEND, wanted)
        return
    told = ReminderDue(
        challenge_id=due.window.challenge_id,
        title=near.title,
        key=due.window.key,
        due_at=due.window.due_at,
        rings=due.channel is Channel.PUSH,
    )
    run.tell(users_address(near.user_id), told)

"""Going on with an erasure: what one run of its job does, all of it in the run's transaction."""

from collections.abc import Mapping
from uuid import UUID

import msgspec
import structlog

from backend.domains.privacy.erasing import erasure_store
from backend.domains.privacy.erasing.asking import check
from backend.domains.privacy.erasing.erasure_store import KeptErasure
from backend.domains.privacy.limits import HELD_UP
from backend.domains.privacy.messages import MemberErased, OwnerErased, PersonErased
from backend.domains.privacy.writing import SEND_LETTER, LetterWanted, Occasion
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from backend.persistence.personal_data import (
    Catalogue,
    Circle,
    Erasure,
    ErasureWish,
    Person,
    Walk,
)
from backend.persistence.privacy import forget_memory
from protocol.address import kind_of, users_address
from protocol.messages import Tell
from protocol.refusals import Refusal

log = structlog.get_logger()

ERASE = "privacy.erase"
"""The job that goes on."""
ROWS_AT_ONCE_MAX = 2_000
PIECES_AT_ONCE_MAX = 20
"""Of a long account; most pieces find nothing, and take no time."""
FIRST_WAIT_S = 1.0
WAIT_MAX_S = 300.0
"""How long actors are given to hear that somebody parts, before they are told again."""


_FORGET: Mapping[str, type[Tell]] = {
    tell.actor: tell for tell in (PersonErased, MemberErased, OwnerErased)
}
"""What each kind of actor is told that it may forget."""


class EraseWanted(msgspec.Struct, frozen=True):
    """Which erasure is to be gone on with."""

    erasure_id: UUID
    runs: int
    """How often that was done before. Planned twice, for the same run, it is done once."""
    waits: int = 0
    """How often in a row it was done in vain, because others had yet to hear."""


async def go_on(wanted: EraseWanted, run: JobRun) -> None:
    """Do the next pieces, and have those after them done by another run."""
    catalogue = run.use(Catalogue)
    async with run.once():
        erasure = await erasure_store.lock(wanted.erasure_id)
        if erasure is None or erasure.runs != wanted.runs:
            return
        await erasure_store.count_run(erasure.id, run.now)
        next_run = EraseWanted(erasure.id, wanted.runs + 1)
        if erasure.state in {"waiting", "parting"} and erasure.due_at <= run.now:
            await _part(catalogue, erasure, next_run, wanted.waits, run)
        elif erasure.state == "erasing":
            await _erase(catalogue, erasure, next_run, run)


async def _part(
    catalogue: Catalogue, erasure: KeptErasure, next_run: EraseWanted, waits: int, run: JobRun
) -> None:
    """Have somebody go from the lives of others; that nothing speaks against it is asked again."""
    wish = ErasureWish(user_id=erasure.user_id, give_up_balances=erasure.give_up_balances)
    try:
        await check(catalogue, wish)
    except Refusal as refusal:
        await _hold_up(erasure, refusal, run)
        return
    if erasure.state == "waiting":
        circle = await circle_of(catalogue, erasure.user_id, erasure.circle)
        await erasure_store.part(erasure.id, circle)
    more = [await answer.part(wish, run) for answer in catalogue.answers if answer.part]
    if any(more):
        wanted = msgspec.structs.replace(next_run, waits=waits + 1)
        run.job(ERASE, wanted, delay_s=min(FIRST_WAIT_S * 2.0 ** min(waits, 10), WAIT_MAX_S))
    else:
        await erasure_store.begin(erasure.id, run.now)
        run.job(ERASE, next_run)


async def _hold_up(erasure: KeptErasure, refusal: Refusal, run: JobRun) -> None:
    """Try again later, and say so the first time."""
    due_at = run.now + HELD_UP
    await erasure_store.hold_up(erasure.id, due_at, refusal.code)
    log.warning("an erasure is held up", erasure_id=str(erasure.id), code=refusal.code)
    if erasure.held_up_by is None:
        letter = LetterWanted(Occasion.ERASURE_HELD_UP, erasure.user_id, due_at)
        run.job(SEND_LETTER, letter)


async def _erase(
    catalogue: Catalogue, erasure: KeptErasure, next_run: EraseWanted, run: JobRun
) -> None:
    """Erase some pieces; when there are none left, have the actors forget."""
    person = await _person(catalogue, erasure)
    steps = catalogue.steps
    names = [name for name, _ in steps]
    # Each bears repeating, so where a step has another name by now all of them are done again.
    at, place = (names.index(erasure.step), erasure.place) if erasure.step in names else (0, "")
    for _ in range(PIECES_AT_ONCE_MAX):
        going_on = await _piece(steps[at][1], person, place)
        if going_on is not None:
            place = going_on
            continue
        at, place = at + 1, ""
        if at == len(steps):
            await _finish(erasure, person, run)
            return
    await erasure_store.note(erasure.id, names[at], place)
    run.job(ERASE, next_run)


async def _piece(erasure: Erasure, person: Person, place: str) -> str | None:
    """Erase a piece; tells from where to go on, None when nothing is left."""
    if isinstance(erasure, Walk):
        return await erasure.piece(person, place)
    rows = await fetch(erasure.sql, person.user_id, ROWS_AT_ONCE_MAX)
    return "" if rows[0]["touched"] else None


async def _finish(erasure: KeptErasure, person: Person, run: JobRun) -> None:
    """Have the actors forget what they remember of rows that are gone, and be done."""
    await forget_memory(person.own)
    for address in person.own:
        run.tell(address, _FORGET[kind_of(address)]())
    await erasure_store.finish(erasure.id, run.now)
    log.info("an account was erased", erasure_id=str(erasure.id), user_id=str(person.user_id))


async def _person(catalogue: Catalogue, erasure: KeptErasure) -> Person:
    """Say by what somebody is known, and to whom."""
    user_id = erasure.user_id
    circle = await circle_of(catalogue, user_id, erasure.circle)
    traces = [str(user_id)]
    for answer in catalogue.answers:
        if answer.traces is not None:
            traces += await answer.traces(user_id)
    assert erasure.parted_at is not None  # noqa: S101 - it has a moment from then on
    return Person(
        user_id=user_id,
        own=(users_address(user_id), *circle.shared),
        others=circle.others,
        traces=tuple(traces),
        parted_at=erasure.parted_at,
    )


async def circle_of(catalogue: Catalogue, user_id: UUID, known: Circle) -> Circle:
    """Say who tells of somebody: those who are known to, and those who are found now."""
    shared, others = dict.fromkeys(known.shared), dict.fromkeys(known.others)
    for answer in catalogue.answers:
        if answer.circle is not None:
            found = await answer.circle(user_id)
            shared |= dict.fromkeys(found.shared)
            others |= dict.fromkeys(found.others)
    return Circle(shared=tuple(shared), others=tuple(others))

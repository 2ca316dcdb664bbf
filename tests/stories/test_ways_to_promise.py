"""What shows that something was done, and on which days it is promised: each is lived through."""

from typing import Any

import pytest

from protocol.clients.python import Refused
from tests.support.clock import FakeClock
from tests.support.couple import Couple, Phone
from tests.support.promises import Promise, have_template, let_pass, promise, with_partner

NOTE = {"note": "Ten pages."}
TEN = {"number": 10}
PHOTO = {"photo": "photos/0190"}
MISSING, TOO_FEW = "proof_missing", "target_missed"
PROOFS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "note": (NOTE, {"number": MISSING, "photo": MISSING}),
    "number": (TEN, {"note": MISSING, "photo": MISSING, "less": TOO_FEW}),
    "photo": (PHOTO, {"note": MISSING, "number": MISSING}),
}
"""Of each proof: what is one, and with what anything else is refused."""
SHOWN = {"note": NOTE, "number": TEN, "photo": PHOTO, "less": {"number": 9}}


@pytest.fixture(autouse=True)
async def template(clock: FakeClock) -> None:
    """Something to promise, from a Monday on."""
    await have_template(clock)
    assert clock.now().date().isoformat() == "2026-03-02"


async def refused(made: Promise, phone: Phone, tag: str, **fields: Any) -> str:
    """Have somebody be refused; gives with what."""
    with pytest.raises(Refused) as why:
        await made.ask(phone.client, f"challenges.{tag}", **fields)
    return str(why.value.code).removeprefix("challenges.")


async def test_only_what_was_agreed_on_is_a_proof_and_who_follows_sees_it(couple: Couple) -> None:
    async with couple.phones() as (anna, ben):
        for kind, (right, wrong) in PROOFS.items():
            made = await promise(couple, anna, proof=kind, target=10, **with_partner(couple))
            for shown, code in wrong.items():
                assert await refused(made, anna, "prove", proof=SHOWN[shown]) == code, (kind, shown)
            assert await refused(made, ben, "confirm") == MISSING
            done = await made.ask(anna.client, "challenges.prove", proof=right)
            seen = (await made.occurrences(couple.ben))[done["occurrence"]["key"]]
            assert (seen["outcome"], set(seen["proof"].items())) >= ("done", set(right.items()))


async def test_what_a_partner_confirms_nobody_proves_and_the_owner_does_not_confirm(
    couple: Couple,
) -> None:
    async with couple.phones() as (anna, ben):
        made = await promise(couple, anna, proof="partner", **with_partner(couple))
        for shown in SHOWN.values():
            assert await refused(made, anna, "prove", proof=shown) == MISSING
        assert await refused(made, anna, "confirm") == "not_referee"
        hers = await made.follow(anna.client)
        done = await made.ask(ben.client, "challenges.confirm")
        told = (await hers.next_push("challenges.done")).event
        assert told["occurrence"] == done["occurrence"]
        assert await refused(made, ben, "confirm") == "not_open"


SCHEDULES: dict[str, tuple[dict[str, Any], dict[int, str], dict[str, str]]] = {
    "weekdays": (
        {"weekdays": [1, 3, 7]},
        {0: "kept", 1: "not_open", 4: "not_open", 6: "kept"},
        {"2026-03-02": "done", "2026-03-04": "missed", "2026-03-08": "done"},
    ),
    "times_a_week": (
        {"times": 3},
        {1: "kept", 4: "kept"},
        {"2026-03-02/1": "done", "2026-03-02/2": "done", "2026-03-02/3": "missed"},
    ),
    "dates": (
        {"dates": ["2026-03-03", "2026-03-06"]},
        {0: "not_open", 4: "kept", 6: "not_open"},
        {"2026-03-03": "missed", "2026-03-06": "done"},
    ),
}
"""Of each schedule: what is said of it, what happens on which day, what becomes of each time."""


async def test_a_week_is_lived_by_weekdays_by_times_and_by_dates(couple: Couple) -> None:
    made: dict[str, Promise] = {}
    today = 0
    async with couple.phones() as (anna, _):
        for kind, (said, _days, _outcomes) in SCHEDULES.items():
            made[kind] = await promise(couple, anna, schedule={"type": kind, **said})
        for day in (0, 1, 4, 6):
            await let_pass(couple.anna, days=day - today)
            today = day
            for kind, (_said, days, _outcomes) in SCHEDULES.items():
                if days.get(day) == "kept":
                    await made[kind].ask(anna.client, "challenges.prove", proof=NOTE)
                    once = {"already_done", "not_open"}
                    assert await refused(made[kind], anna, "prove", proof=NOTE) in once, kind
                elif day in days:
                    assert await refused(made[kind], anna, "prove", proof=NOTE) == days[day], kind
    await let_pass(couple.anna, days=5)
    for kind, (_said, _days, outcomes) in SCHEDULES.items():
        found = await made[kind].occurrences(couple.anna)
        assert {key: one["outcome"] for key, one in found.items()} == outcomes, kind
        assert {one["status"] for one in found.values()} == {"settled"}, kind

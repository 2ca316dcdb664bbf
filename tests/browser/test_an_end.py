"""After the end of a relationship the page shows nothing of it, and what comes next."""

from itertools import count

import pytest
from playwright.async_api import Page, expect

from tests.browser.phone import Elsewhere, Phone
from tests.running.conftest import Run

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOTE = "You waited with dinner"
ENDED = "This relationship has ended"
_numbers = count(11)


async def begin_anew(anna: Elsewhere, ben: Elsewhere) -> None:
    """Have Ben accept an invitation of Anna's."""
    code = f"TWQK-8H3M-ZP{next(_numbers)}"
    opened = await anna.do("invitations.open", alone=True, code=code)
    wanted = {"relationship_id": opened["relationship_id"], "code": code}
    await ben.do("invitations.accept", alone=True, **wanted)


async def test_both_phones_forget_it_that_moment_and_follow_what_begins_anew(
    page: Page, run: Run
) -> None:
    anna, ben = Phone(page, "Anna"), Phone(page, "Ben")
    annas, bens = await Elsewhere.of("Anna", run), await Elsewhere.of("Ben", run)
    for phone in (anna, ben):
        await phone.sign_in()
    await anna.touch("Check in")
    await anna.fill_in(9, 8, 9, note=NOTE)
    await anna.send()
    await ben.sees(NOTE)
    await ben.touch("Check in")

    await annas.do("relationships.leave")

    for phone in (anna, ben):
        await phone.sees(ENDED)
        for gone in ("Here now", NOTE, "day streak", "I feel", "Our story"):
            await expect(phone.whole.get_by_text(gone).locator("visible=true")).to_have_count(0)
        await expect(phone.whole.get_by_role("button", name="Check in")).to_have_count(0)
    await expect(page.locator(".thread .pearl")).to_have_count(0)

    await begin_anew(annas, bens)

    for phone in (anna, ben):
        await expect(phone.says(ENDED)).to_have_count(0)
        await phone.sees("has not checked in yet")
    await anna.touch("Check in")
    await anna.fill_in(7, 7, 7, note="Hello again")
    await anna.send()
    await ben.sees("Hello again")


async def test_who_was_away_when_it_ended_learns_it_on_coming_back(page: Page, run: Run) -> None:
    anna = Phone(page, "Anna")
    bens = await Elsewhere.of("Ben", run)
    await anna.sign_in()
    await anna.sees("Hello again")
    await anna.signal.click()
    await bens.do("relationships.leave")
    await anna.signal.click()
    await anna.sees(ENDED)
    await expect(anna.says("Hello again")).to_have_count(0)
    await page.reload()
    await anna.sees("You are in no relationship")

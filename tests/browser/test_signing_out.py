"""Who signs out while something waits to be sent is told so, and loses nothing by it."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.phone import Elsewhere, Phone
from tests.running.conftest import Run

pytestmark = pytest.mark.asyncio(loop_scope="module")

WAITS = "1 thing you did waits to be sent."


async def test_what_waits_is_named_before_one_signs_out_and_sent_after_one_returns(
    page: Page,
) -> None:
    anna, ben = Phone(page, "Anna"), Phone(page, "Ben")
    await anna.sign_in()
    await ben.sign_in()
    await anna.sees("has not checked in yet")
    await anna.signal.click()
    await anna.touch("hopeful")
    await anna.sees(WAITS)
    question = anna.whole.get_by_role("alertdialog", name="Sign out?")

    await anna.touch("Sign out")
    await expect(question).to_contain_text(WAITS)
    await expect(question).to_contain_text("If you close this tab before, it is lost.")
    await page.keyboard.press("Escape")
    await expect(question).to_be_hidden()
    await expect(anna.whole.get_by_role("button", name="Sign out")).to_be_focused()

    await anna.touch("Sign out")
    await question.get_by_role("button", name="Sign out").click()
    await anna.touch("Sign in")
    await anna.sees(WAITS)
    await anna.signal.click()
    await ben.sees("Anna felt hopeful")


async def test_who_is_signed_out_from_elsewhere_learns_what_waits(page: Page, run: Run) -> None:
    anna, elsewhere = Phone(page, "Anna"), await Elsewhere.of("Anna", run)
    await anna.sign_in()
    await anna.sees("has not checked in yet")
    await anna.signal.click()
    await anna.touch("sad")
    await anna.sees(WAITS)
    await elsewhere.sign_out_everywhere()
    await anna.signal.click()
    await expect(anna.whole.get_by_role("alert").last).to_contain_text(
        f"This phone was signed out. {WAITS} Sign in again."
    )


async def test_where_nothing_waits_one_is_signed_out_at_once(page: Page) -> None:
    anna = Phone(page, "Anna")
    await anna.sign_in()
    await anna.touch("Sign out")
    await expect(anna.whole.get_by_role("button", name="Sign in")).to_be_visible()

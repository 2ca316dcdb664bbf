"""A paused relationship is followed, says so, and takes nothing that it would lose."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.phone import Elsewhere, Phone
from tests.running.conftest import Run

pytestmark = pytest.mark.asyncio(loop_scope="module")

REASON = "Not while it is paused."


async def test_both_phones_say_that_it_is_paused_and_go_on_when_it_is_resumed(
    page: Page, run: Run
) -> None:
    anna, ben = Phone(page, "Anna"), Phone(page, "Ben")
    elsewhere = await Elsewhere.of("Ben", run)
    await anna.sign_in()
    await ben.sign_in()
    await anna.touch("Check in")
    await anna.fill_in(9, 9, 9, note="Written before the pause")

    await elsewhere.do("relationships.change", status="paused")

    await anna.sees("Ben paused this")
    await ben.sees("You paused this")
    # What Anna was writing stays, and cannot be sent; neither can anything else.
    send = anna.whole.get_by_role("form").get_by_role("button", name="Check in")
    await expect(send).to_be_disabled()
    await anna.sees(REASON)
    await expect(ben.whole.get_by_label("Today").get_by_role("button")).to_be_disabled()
    await expect(ben.whole.get_by_role("button", name="happy", exact=True)).to_be_disabled()

    await ben.touch("Resume")

    await expect(anna.says("Ben paused this")).to_have_count(0)
    await send.click()
    await ben.sees("Written before the pause")
    await expect(ben.whole.get_by_label("Today").get_by_role("button")).to_be_enabled()


async def test_who_comes_anew_sees_the_partner_and_the_pause(page: Page, run: Run) -> None:
    anna = Phone(page, "Anna")
    elsewhere = await Elsewhere.of("Ben", run)
    await anna.sign_in()
    await elsewhere.do("relationships.change", status="paused")
    await anna.sees("Ben paused this")

    await page.reload()

    await anna.sees("Paused")
    await anna.sees("Ben has not checked in yet")
    await anna.sees(REASON)
    await elsewhere.do("relationships.change", status="active")
    await expect(anna.says("Paused")).to_have_count(0)
    await expect(anna.whole.get_by_role("button", name="Change", exact=True)).to_be_enabled()


async def test_what_was_asked_on_the_way_into_a_pause_is_not_dropped_in_silence(
    page: Page, run: Run
) -> None:
    anna = Phone(page, "Anna")
    elsewhere = await Elsewhere.of("Ben", run)
    await anna.sign_in()
    await anna.sees("You at")
    await anna.signal.click()
    await anna.touch("hopeful")
    await anna.sees("1 thing you did waits to be sent")
    await elsewhere.do("relationships.change", status="paused")

    await page.reload()  # The page that asked is gone; the command is not.

    alert = anna.whole.get_by_role("alert")
    await expect(alert).to_contain_text("This relationship is paused")
    await elsewhere.do("relationships.change", status="active")

"""Two people, two phones, one page: what a newcomer tries in the first minutes."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.phone import Elsewhere, Phone
from tests.running.conftest import Run
from tests.support.commands import tandem

pytestmark = pytest.mark.asyncio(loop_scope="module")

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "two-phones.png"
NOTE = "You made soup when I had no words left."
SETTLED = """() => document.getAnimations().every((one) =>
    one.playState !== "running" || one.effect.getTiming().iterations === Infinity)"""


async def test_anna_and_ben_go_through_an_evening(page: Page) -> None:
    anna, ben = Phone(page, "Anna"), Phone(page, "Ben")
    await anna.sign_in()
    await ben.sign_in()
    await expect(ben.streak).to_contain_text("6")
    coins = await anna.coins()

    # Anna begins, and Ben sees that she does.
    await anna.touch("Check in")
    await ben.sees("Anna is checking in")
    await anna.fill_in(9, 7, 8, note=NOTE)
    await anna.send()
    await ben.sees(NOTE)
    await ben.sees("Here now")
    await expect(anna.whole.locator(".coins > span").first).to_have_text(str(coins + 5))
    await expect(ben.whole.get_by_role("button", name="unread notification")).to_be_visible()

    # Ben's phone loses its connection; Anna goes on, and Ben too, for himself.
    before = (await ben.positions())[0]
    await ben.signal.click()
    await ben.sees("No signal.")
    await anna.touch("loving")
    await anna.sees("You felt loving")
    await anna.touch("Change")
    await anna.fill_in(9, 8, 9, note="You made soup, and did the dishes after.")
    await anna.send("Save")
    await anna.sees("did the dishes after")
    await anna.touch("hopeful")
    await anna.sees("You felt hopeful")
    await ben.touch("Check in")
    await ben.fill_in(8, 8, 9, note="You laughed at the burnt toast.")
    await ben.send()
    await ben.sees("1 thing you did waits to be sent")
    assert (await ben.positions())[0] == before  # nothing has reached him
    await expect(page.locator(".thread .pearl.ben:not(.has)")).to_have_count(3)

    # The connection is back: what he missed comes in order and without a hole, and his is sent.
    await ben.signal.click()
    await ben.sees("While you were away")
    await ben.sees("did the dishes after")
    await anna.sees("You laughed at the burnt toast.")
    await expect(anna.streak).to_contain_text("7")
    await expect(ben.streak).to_contain_text("7")
    missed = await ben.positions(".missed")
    assert missed[:3] == [before + 1, before + 2, before + 3]
    assert missed == list(range(before + 1, before + 1 + len(missed)))
    await expect(page.locator(".thread .pearl:not(.has)")).to_have_count(0)
    assert await anna.positions() == await ben.positions()
    await take_picture(page)

    # What was done today can be undone today, and the streak follows.
    await anna.touch("Undo")
    await ben.sees("Anna has not checked in yet")
    await expect(ben.streak).to_contain_text("6")
    await anna.touch("Take hopeful back")
    await expect(ben.says("Anna felt hopeful")).to_have_count(0)

    # A page that is loaded anew is still signed in and shows the same.
    await page.reload()
    await anna.sees("You have not checked in yet")
    await anna.sees("You laughed at the burnt toast.")


async def test_two_devices_check_in_at_once_and_one_is_told_so(page: Page, run: Run) -> None:
    anna = Phone(page, "Anna")
    await anna.sign_in()
    other_page = await page.context.new_page()
    await other_page.goto(run.url)
    other = Phone(other_page, "Anna")
    await other.sign_in()
    for device in (anna, other):
        await device.touch("Check in")
        await device.fill_in(5, 5, 5)
    await anna.send()
    await anna.sees("You at")
    await other.send()
    await expect(other.whole.get_by_role("alert")).to_contain_text("You have checked in for")


async def test_what_is_said_to_everybody_stands_on_both_phones_until_it_is_read(
    page: Page, run: Run
) -> None:
    said = "Tonight at ten we move house.\nBring tea."
    anna, ben = Phone(page, "Anna"), Phone(page, "Ben")
    for phone in (anna, ben):
        await phone.sign_in()
        await expect(phone.announcement).to_be_hidden()
    await tandem("admin", "anna@tandem.example", "--data", str(run.data))
    speaker = await Elsewhere.of("Anna", run)
    await speaker.do("announcements.publish", alone=True, message=said)
    for phone in (anna, ben):
        await expect(phone.announcement).to_contain_text("Bring tea.")

    # Who has read it is not told again, not even when the page is loaded anew.
    await anna.touch("Dismiss announcement")
    await expect(anna.announcement).to_be_hidden()
    await page.reload()
    for phone in (anna, ben):
        await phone.sees("Connected")
    await expect(ben.announcement).to_contain_text("Tonight at ten")
    await expect(anna.announcement).to_be_hidden()
    await ben.touch("Dismiss announcement")
    await expect(ben.announcement).to_be_hidden()

    # Who is no admin any more is signed out on all their devices.
    await tandem("admin", "anna@tandem.example", "--revoke", "--data", str(run.data))
    await anna.sees("This phone was signed out.")
    await ben.sees("Connected")


async def test_a_wrong_password_is_refused_in_a_sentence(page: Page) -> None:
    anna = Phone(page, "Anna")
    await anna.whole.get_by_label("Password").fill("not this one")
    await anna.touch("Sign in")
    alert = anna.whole.get_by_role("alert")
    await expect(alert).to_have_text("E-mail address and password do not belong together.")


async def test_everything_has_a_name_and_can_be_reached_by_keyboard(page: Page) -> None:
    anna = Phone(page, "Anna")
    await anna.whole.get_by_label("E-mail").focus()
    await page.keyboard.press("Enter")
    await anna.sees("Connected")
    nameless = await page.evaluate(
        """() => [...document.querySelectorAll("button, input, textarea, [role]")]
            .filter((one) => !one.closest("[hidden]"))
            .filter((one) => !(one.textContent.trim() || one.ariaLabel || one.labels?.length))
            .map((one) => one.outerHTML)"""
    )
    assert nameless == []
    begin = anna.whole.get_by_label("Today").get_by_role("button").first
    await begin.focus()
    await page.keyboard.press("Enter")
    await expect(anna.whole.get_by_role("slider").first).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(begin).to_be_focused()


async def take_picture(page: Page) -> None:
    """Keep the picture that the documentation shows, when asked to."""
    if os.environ.get("TANDEM_PICTURE"):
        await page.mouse.move(0, 0)
        await page.wait_for_function(SETTLED)
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=PICTURE)

"""Promises with money on them: what is kept, what is missed, and who gets what, on two phones."""

import os
from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, Response, expect

from tests.browser.conftest import opened
from tests.browser.phone import Elsewhere, Phone
from tests.browser.test_two_phones import SETTLED
from tests.running.conftest import Run

pytestmark = pytest.mark.asyncio(loop_scope="module")

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "promises.png"
BERLIN = ZoneInfo("Europe/Berlin")
EVENING = time(22, 30)
"""Within two hours of the end of the day, and before it."""


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, run: Run) -> AsyncIterator[Page]:
    """Open the page of promises."""
    async with opened(browser, run.url, "/promises") as page:
        yield page


class Promiser(Phone):
    """Somebody's phone, in the words of who promises."""

    async def has(self, available: str, held: str) -> None:
        """See what there is in the wallet, now or soon."""
        wallet = self.whole.get_by_label("Wallet", exact=True)
        await expect(wallet.locator(".available")).to_have_text(available)
        await expect(wallet.locator("dd").first).to_have_text(held)

    def day(self, place: int, challenge: int = 0) -> Locator:
        """Find one time of a challenge, the newest challenge first."""
        return self.whole.locator(".challenge").nth(challenge).locator(".time").nth(place)

    async def sees_day(self, place: int, *words: str) -> None:
        """See how one time of the newest challenge stands."""
        for said in words:
            await expect(self.day(place)).to_contain_text(said)

    async def write(self, label: str, words: str, verb: str) -> None:
        """Write into a form that is open, and send it."""
        await self.whole.get_by_label(label, exact=True).last.fill(words)
        form = self.whole.get_by_role("form", name=label)
        await form.get_by_role("button", name=verb, exact=True).click()


async def let_pass(page: Page, days: int) -> None:
    """Move the clock by days, as one does on the page."""
    shown = page.get_by_role("timer")
    for _ in range(days):
        before = await shown.inner_text()
        async with page.expect_response(_moves_the_clock) as answer:
            await page.get_by_role("button", name="+1 day").click()
        told = await answer.value
        assert told.ok, await told.text()
        await expect(shown).not_to_have_text(before)


def _moves_the_clock(answer: Response) -> bool:
    return answer.request.method == "POST" and answer.url.endswith("/v1/demo/clock")


async def go_to_evening(run: Run) -> None:
    """Move the clock to the evening of tomorrow, from elsewhere."""
    async with httpx.AsyncClient(base_url=run.url) as http:
        told = (await http.get("/v1/demo/clock")).json()["now"]
        now = datetime.fromisoformat(told).astimezone(BERLIN)
        evening = datetime.combine(now.date() + timedelta(days=1), EVENING, BERLIN)
        step_s = int((evening - now).total_seconds())
        moved = await http.post("/v1/demo/clock", json={"forward_s": step_s})
    assert moved.is_success, moved.text


async def comes_in_by_letter(page: Page, anna: Promiser) -> None:
    """Sign in by the link of a letter in the mailbox of the page."""
    await anna.touch("Send me a link instead")
    letters = page.get_by_label("Mailbox")
    await letters.get_by_text("Your link to sign in").click()
    await letters.get_by_role("link", name="Follow this link").first.click()
    await anna.sees("Connected")


async def brings_money(page: Page, run: Run, anna: Promiser) -> None:
    """Pay by card, on a page that is not ours, and have the card kept."""
    await anna.touch("I am of age")
    await anna.touch("Bring money")
    await anna.touch("Pay by card")
    await page.get_by_role("button", name="Pay", exact=True).click()
    await page.wait_for_url(f"{run.url}/promises")
    await anna.has("$20.00", "$0.00")
    await anna.sees("Visa ends in 4242")


async def promises_within_her_limit(anna: Promiser) -> None:
    """Begin for three days; the limit one has set oneself is kept to, in a sentence."""
    await anna.touch("Set limits")
    await anna.whole.get_by_label("Each time").fill("4")
    await anna.touch("Hold me to it")
    await anna.touch("Begin a challenge")
    await anna.touch("I promise")
    await expect(anna.whole.get_by_role("alert")).to_contain_text("Your limit")
    await anna.touch("Dismiss")
    await anna.whole.get_by_label("Dollars each time").fill("4")
    await anna.touch("I promise")
    await anna.has("$8.00", "$12.00")


async def does_it(anna: Promiser, words: str) -> None:
    """Show that it was done."""
    await anna.touch("I did it")
    await anna.write("What did you do?", words, "I did it")


async def takes_all_out(anna: Promiser) -> None:
    """Have what is left go back to the card, which is forgotten then."""
    await anna.touch("Take out")
    await anna.touch("Back to my card")
    await anna.has("$0.00", "$0.00")
    await anna.sees("is back on your card")
    await anna.touch("Forget it")
    await anna.sees("No card is saved.")


async def test_anna_keeps_one_day_and_misses_another_and_ben_has_what_she_forfeits(
    page: Page, run: Run
) -> None:
    anna, ben = Promiser(page, "Anna"), Promiser(page, "Ben")
    await ben.sign_in()
    await comes_in_by_letter(page, anna)
    await brings_money(page, run, anna)
    await promises_within_her_limit(anna)
    await ben.sees("Anna promises")
    await ben.sees("what is forfeited goes to you")

    # A day is kept: both see what she wrote. She wants letters about the others.
    await does_it(anna, "Twelve pages of a novel, on the tram.")
    for phone in (anna, ben):
        await phone.sees_day(0, "done", "Twelve pages of a novel, on the tram.")
    await anna.touch("Remind me by letter")
    await anna.sees("You are reminded by letter")
    await go_to_evening(run)
    await expect(page.get_by_label("Mailbox").get_by_text("due soon").first).to_be_visible()
    await anna.sees_day(1, "open now")

    # Another is not: both see that it is missed, and when it is final whose its money is.
    await let_pass(page, 1)
    for phone in (anna, ben):
        await phone.sees_day(1, "missed", "disputed until then")
    await does_it(anna, "The end of the novel. I cried.")
    await ben.sees_day(2, "done", "I cried.")
    await let_pass(page, 3)
    for phone in (anna, ben):
        await phone.sees_day(0, "kept")
        await phone.sees_day(1, "forfeited")
    await anna.sees_day(1, "$4.00 went to Ben")
    await ben.sees_day(1, "$4.00 went to you")
    await ben.has("$4.00", "$0.00")
    await ben.sees("What you win stays here")
    await take_picture(page)
    await let_pass(page, 1)
    await anna.has("$16.00", "$0.00")
    await anna.sees("It has ended")
    await takes_all_out(anna)


async def test_a_miss_is_disputed_ruled_on_and_paid_when_the_bank_has_asked(
    page: Page, run: Run
) -> None:
    elsewhere = await Elsewhere.of("Anna", run)
    await elsewhere.do("stakes.state_adult", alone=True, is_adult=True)
    anna, ben = Promiser(page, "Anna"), Promiser(page, "Ben")
    await anna.sign_in()
    await ben.sign_in()
    await anna.touch("Save a card")
    await page.get_by_role("button", name="Save with a card that needs confirmation").click()
    await page.get_by_role("button", name="Confirm").click()
    await page.wait_for_url(f"{run.url}/promises")
    await anna.sees("Visa ends in 3184")

    await anna.touch("Begin a challenge")
    await anna.whole.get_by_label("What?").select_option("walk-outside")
    await anna.whole.get_by_label("Every day, for days").fill("1")
    await anna.whole.get_by_label("Dollars each time").fill("3")
    await anna.whole.get_by_label("How is it paid?").select_option("charge")
    await anna.whole.get_by_label("Who gets what I forfeit?").select_option("charity")
    await anna.touch("I promise")
    await ben.sees("what is forfeited goes to charity")
    await let_pass(page, 1)
    await ben.sees_day(0, "missed")

    await anna.touch("Dispute")
    await anna.write("How was it really?", "I walked home, in the rain.", "Dispute it")
    await ben.sees_day(0, "disputed", "I walked home, in the rain.")
    await anna.sees_day(0, "Nothing is owed if nobody rules on it until")
    await ben.touch("It was missed")
    await anna.sees_day(0, "missed")
    await let_pass(page, 1)
    await anna.sees("Your bank wants you to confirm")
    await ben.sees_day(0, "forfeited")

    await anna.touch("Continue")
    await page.get_by_role("button", name="Pay with the card that ends in 3184").click()
    await page.get_by_role("button", name="Confirm").click()
    await page.wait_for_url(f"{run.url}/promises")
    await anna.sees_day(0, "$3.00 was charged")
    await expect(anna.says("Your bank wants you to confirm")).to_be_hidden()


async def take_picture(page: Page) -> None:
    """Keep the picture that the documentation shows, when asked to."""
    if os.environ.get("TANDEM_PICTURE"):
        await page.mouse.move(0, 0)
        await page.evaluate(
            "document.querySelectorAll('.scroll').forEach((one) => one.scrollTo(0, 0))"
        )
        await page.wait_for_function(SETTLED)
        await page.screenshot(path=PICTURE)

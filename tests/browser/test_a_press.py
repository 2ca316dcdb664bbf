"""What comes in while somebody presses or writes takes neither the press nor the form away."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import opened
from tests.browser.phone import Elsewhere, Phone
from tests.running.conftest import Run

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, run: Run) -> AsyncIterator[Page]:
    """Open the page of promises, with both in."""
    elsewhere = await Elsewhere.of("Anna", run)
    await elsewhere.do("stakes.state_adult", alone=True, is_adult=True)
    async with opened(browser, run.url, "/promises") as page:
        for name in ("Anna", "Ben"):
            await Phone(page, name).sign_in()
        yield page


async def test_what_is_pressed_stays_under_the_finger_until_it_is_lifted(
    page: Page, run: Run
) -> None:
    anna, ben = Phone(page, "Anna"), Phone(page, "Ben")
    elsewhere = await Elsewhere.of("Anna", run)
    button = anna.whole.get_by_role("button", name="Begin a challenge", exact=True)
    await button.hover()
    await page.mouse.down()
    today = datetime.now(UTC).date()
    await elsewhere.do(
        "challenges.start",
        alone=True,
        template_slug="read-every-day",
        template_version=1,
        title="Read every day",
        settings={"pages": 10},
        schedule={"type": "daily"},
        first_day=str(today + timedelta(days=1)),
        last_day=str(today + timedelta(days=3)),
        proof="note",
        relationship_id=await elsewhere.relationship_id(),
        partner_id=(await Elsewhere.of("Ben", run)).user_id,
    )
    await ben.sees("Anna promises")
    await page.mouse.up()
    await anna.sees("What?")
    await anna.sees("You promise")


async def test_an_answer_that_comes_late_closes_its_own_form_and_no_other(page: Page) -> None:
    anna = Phone(page, "Anna")
    each = anna.whole.get_by_label("Each time")
    await anna.signal.click()
    await anna.touch("Set limits")
    await each.fill("4")
    await anna.touch("Hold me to it")
    await anna.touch("Not now")
    await anna.touch("Set limits")
    await each.fill("3")
    await anna.signal.click()
    await anna.sees("Connected")
    await expect(each).to_have_value("3")
    await anna.touch("Hold me to it")
    await anna.sees("At most each time $3.00")

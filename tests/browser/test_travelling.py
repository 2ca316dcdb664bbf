"""A change of time zone counts from the next local day, on the page too."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect

from tests.browser.phone import Elsewhere, Phone
from tests.running.conftest import Run

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOTE = "You carried the heavy bag"
SCORES: dict[str, Any] = {"connection_score": 8, "mood_score": 8, "relationship_satisfaction": 9}


def zone_of_another_day() -> str:
    """Find a zone in which it is not the day that it is in Berlin; of these two one is."""
    now = datetime.now(UTC)
    here = now.astimezone(ZoneInfo("Europe/Berlin")).date()
    zones = ("Pacific/Kiritimati", "Pacific/Pago_Pago")
    return next(zone for zone in zones if now.astimezone(ZoneInfo(zone)).date() != here)


async def test_who_travels_still_lives_the_day_they_checked_in_for(page: Page, run: Run) -> None:
    anna, ben = Phone(page, "Anna"), Phone(page, "Ben")
    elsewhere = await Elsewhere.of("Anna", run)
    await elsewhere.do("checkins.submit", **SCORES, gratitude_note=NOTE)
    zone = zone_of_another_day()
    for phone in (anna, ben):
        await phone.sign_in()
        await phone.sees(NOTE)

    await elsewhere.do("identity.change_profile", alone=True, time_zone=zone)

    for phone in (anna, ben):
        await phone.sees("changed name or time zone")
    for _ in range(2):  # As it was heard, and as it is shown to who comes anew.
        await anna.sees(NOTE)
        await ben.sees(NOTE)
        await expect(anna.whole.get_by_role("button", name="Change", exact=True)).to_be_visible()
        await expect(anna.streak).to_contain_text("6")
        await page.reload()

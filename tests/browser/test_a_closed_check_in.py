"""What one keeps from one's partner is one's own all the same, on every phone."""

import asyncio
import json
from typing import Any

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from tests.browser.phone import Elsewhere, Phone
from tests.running.conftest import Run

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITHIN_S = 15.0
NOTE = "Only for me, perhaps"
SCORES: dict[str, Any] = {"connection_score": 3, "mood_score": 4, "relationship_satisfaction": 2}


def frames_of(message: str | bytes) -> list[dict[str, Any]]:
    """Take a message of a socket apart."""
    found = json.loads(message)
    return found if isinstance(found, list) else [found]


def with_ones_own_topic_first(socket: WebSocketRoute) -> None:
    """Hold back what the topic of the two tells until one's own has told a check-in whole."""
    server = socket.connect_to_server()
    held: list[str] | None = []

    def to_page(message: str | bytes) -> None:
        nonlocal held
        for frame in frames_of(message):
            text = json.dumps(frame)
            if held is not None and frame.get("topic", "").startswith("relationship/"):
                held.append(text)
                continue
            socket.send(text)
            if held is not None and frame.get("event", {}).get("type") == "checkins.kept":
                for late in held:
                    socket.send(late)
                held = None

    server.on_message(to_page)


async def test_after_a_reconnect_ones_own_is_whole_and_saving_keeps_it(
    page: Page, run: Run
) -> None:
    anna, ben = Phone(page, "Anna"), Phone(page, "Ben")
    elsewhere = await Elsewhere.of("Anna", run)
    await anna.sign_in()
    await ben.sign_in()
    await anna.signal.click()
    written = {**SCORES, "gratitude_note": NOTE, "privacy_level": "private"}
    await elsewhere.do("checkins.submit", **written)
    await ben.sees("Anna at")

    await page.route_web_socket("**/v1/socket", with_ones_own_topic_first)
    await anna.signal.click()

    await anna.sees(NOTE)
    await expect(ben.says(NOTE)).to_have_count(0)
    # The form begins with what is there, so that saving it changes nothing else.
    await anna.touch("Change")
    sliders = anna.whole.get_by_role("slider")
    assert [await one.input_value() for one in await sliders.all()] == ["3", "4", "2"]
    await anna.send("Save")
    await anna.sees(", changed")
    await anna.sees(NOTE)
    kept = await elsewhere.check_in()
    assert {name: kept[name] for name in written} == written


async def test_what_has_not_come_is_awaited_and_no_form_offers_other_values(
    page: Page, run: Run
) -> None:
    """Anna's own topic gives a snapshot, in which nothing stands of the check-in she changed."""
    elsewhere = await Elsewhere.of("Anna", run)
    is_held = False
    asked: asyncio.Queue[str] = asyncio.Queue()

    def route(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def to_server(message: str | bytes) -> None:
            for frame in frames_of(message):
                if frame["type"] == "hello":
                    frame["resume"].pop(f"user/{elsewhere.user_id}", None)
                if is_held and frame["type"] == "join" and "pos" not in frame:
                    asked.put_nowait(frame["topic"])
                else:
                    server.send(json.dumps(frame))

        socket.on_message(to_server)

    await page.route_web_socket("**/v1/socket", route)
    await page.reload()
    anna = Phone(page, "Anna")
    await anna.sign_in()
    await anna.sees(NOTE)
    await anna.signal.click()
    is_held = True
    again = {**SCORES, "mood_score": 9, "gratitude_note": NOTE}
    check_in_id = (await elsewhere.check_in())["check_in_id"]
    async with elsewhere.phone() as phone:
        mine = await phone.join(f"user/{elsewhere.user_id}").ready()
        await elsewhere.do("checkins.amend", check_in_id=check_in_id, **again)
        await mine.next_push("checkins.kept")

    await anna.signal.click()

    await anna.sees("What you wrote is on its way to this phone.")
    await expect(anna.whole.get_by_role("button", name="Change")).to_have_count(0)
    async with asyncio.timeout(WITHIN_S):
        assert await asked.get() == f"relationship/{await elsewhere.relationship_id()}"
    # The snapshot that is asked for tells it.
    is_held = False
    await anna.signal.click()
    await anna.signal.click()
    await anna.sees(NOTE)
    await anna.touch("Change")
    await expect(anna.whole.get_by_role("slider").nth(1)).to_have_value("9")

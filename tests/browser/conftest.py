"""The system's Chromium, and a page with two phones served by a real run."""

import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright, expect

from tests.running.conftest import Run, Runs

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDTH, HEIGHT = 1366, 940
WITHIN_MS = 30_000
SHOWN_MAX = 3_000

expect.set_options(timeout=WITHIN_MS)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Find the system's Chromium; nothing is downloaded."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None and os.environ.get("CI"):
        pytest.fail("CI is set and this machine has no Chromium (apt install chromium)")
    if found is None:
        pytest.skip("this machine has no Chromium (apt install chromium)")
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def run(chromium: str, request: pytest.FixtureRequest) -> AsyncIterator[Run]:
    """Run Tandem for the tests of a module, in a folder of its own; its logs tell what failed."""
    del chromium  # Asked for first: without one there is no need to start anything.
    folder = Path(tempfile.mkdtemp(prefix="browser-"))
    folder.chmod(0o711)
    runs = Runs()
    failed_before = request.session.testsfailed
    try:
        run = await runs.start(folder / "data")
        await run.started()
        yield run
    finally:
        await runs.end_all()
        if request.session.testsfailed > failed_before:
            for log in sorted((folder / "data" / "logs").glob("*.log")):
                sys.stdout.write(f"{log.name}:\n{log.read_text(encoding='utf-8')[-SHOWN_MAX:]}\n")
        shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """Start Chromium."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # It refuses root otherwise.
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=sandbox)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, run: Run) -> AsyncIterator[Page]:
    """Open the page of the run."""
    async with opened(browser, run.url) as page:
        yield page


@asynccontextmanager
async def opened(browser: Browser, url: str, path: str = "") -> AsyncIterator[Page]:
    """Open a page, and hold it to causing no error and loading nothing from elsewhere.

    It may lead elsewhere; what is loaded there is not ours.
    """
    context = await browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1.5, locale="en-GB"
    )
    context.set_default_timeout(WITHIN_MS)
    page = await context.new_page()
    asked: list[str] = []
    wrong: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and "401" not in message.text:  # A wrong password is one test.
            wrong.append(message.text)

    def on_request(request: Request) -> None:
        if not request.is_navigation_request() and request.frame.url.startswith(url):
            asked.append(request.url)

    page.on("request", on_request)
    page.on("console", on_console)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    await page.goto(url + path)
    await page.locator("#page[data-ready]").wait_for()
    yield page
    with suppress(Exception):
        await context.close()
    assert wrong == []
    assert [one for one in asked if not one.startswith(url)] == []

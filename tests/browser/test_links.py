"""Each link of a letter opens what it is for, on the page it leads to."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from protocol.ids import uuid7
from tests.browser.conftest import opened
from tests.browser.phone import Phone
from tests.running.conftest import ROOT, Run, Runs
from tests.support.chain import LocalChain
from tests.support.until import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOLLAR = 1_000_000
DAY_S = 24 * 60 * 60
ANNA, BENS_OTHER = "anna@tandem.example", "bens@tandem.example"
AGES_S = 1e9
"""The chain's clock is not moved with the demo's."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def run(chromium: str, local_chain: LocalChain) -> AsyncIterator[Run]:
    """Run Tandem with a chain."""
    del chromium
    folder = Path(tempfile.mkdtemp(prefix="links-"))
    folder.chmod(0o711)
    settings = local_chain.settings(confirmations=1, head_age_max_s=AGES_S)
    runs = Runs()
    try:
        chain = msgspec.json.encode(settings).decode()
        run = await runs.start(folder / "data", TANDEM_CHAIN=chain)
        await run.started()
        await load(run, chain, local_chain, folder / "addresses")
        yield run
    finally:
        await runs.end_all()
        shutil.rmtree(folder, ignore_errors=True)


async def load(run: Run, chain: str, local_chain: LocalChain, file: Path) -> None:
    """Hand in an address to pay in at, as an operator does."""
    file.write_text(local_chain.new_address())
    done = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend.cli", "usdc", "--data", str(run.data)),
        *("addresses", str(file)),
        cwd=ROOT,
        env=os.environ | {"TANDEM_CHAIN": chain},
    )
    assert await done.wait() == 0


class Asking:
    """Somebody's other device, which asks over HTTP."""

    def __init__(self, run: Run, name: str = "Anna") -> None:
        self._run = run
        self._name = name
        self._token = "none"  # noqa: S105 - there is none yet

    async def ask(self, method: str, path: str, **body: Any) -> Any:
        """Ask for something; a session that is over by now is followed by another."""
        async with httpx.AsyncClient(base_url=self._run.url) as http:
            headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": str(uuid7())}
            json = body if method == "POST" else None
            answer = await http.request(method, path, json=json, headers=headers)
            if answer.status_code == HTTPStatus.UNAUTHORIZED:
                await self._sign_in(http)
                return await self.ask(method, path, **body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def _sign_in(self, http: httpx.AsyncClient) -> None:
        people = (await http.get("/v1/demo")).json()["people"]
        (person,) = [one for one in people if one["name"] == self._name]
        signed = {"email": person["email"], "password": person["password"]}
        answer = await http.post("/v1/auth/sign-in", json=signed)
        assert answer.is_success, answer.text
        self._token = answer.json()["access_token"]

    async def has_micros(self) -> int:
        """Read how much USDC there is."""
        wallets = (await self.ask("GET", "/v1/wallets"))["wallets"]
        return sum(one["available_minor"] for one in wallets if one["asset"] == "usdc")

    async def lets_pass(self, seconds: int) -> None:
        """Move the clock of the demo."""
        await self.ask("POST", "/v1/demo/clock", forward_s=seconds)


async def follow(page: Page, subject: str) -> None:
    """Follow the link of the newest letter about something."""
    letter = page.get_by_label("Mailbox").locator("details", has_text=subject).first
    link = letter.get_by_role("link", name="Follow this link")
    await letter.wait_for()
    if not await link.is_visible():
        await letter.locator("summary").click()
    await link.click()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, run: Run) -> AsyncIterator[Page]:
    """Open the page of promises; Anna has come in by a letter, so the address is hers."""
    async with opened(browser, run.url, "/promises") as page:
        await Phone(page, "Anna").touch("Send me a link instead")
        await follow(page, "Your link to sign in")
        await Phone(page, "Anna").sees("Connected")
        yield page


async def test_a_withdrawal_is_confirmed_by_the_link_of_its_letter(
    page: Page, run: Run, local_chain: LocalChain
) -> None:
    anna, ben, elsewhere = Phone(page, "Anna"), Phone(page, "Ben"), Asking(run)
    await ben.sign_in()  # The page has to find out whose it is.
    await elsewhere.ask("POST", "/v1/commands/stakes.state_adult", is_adult=True)
    told = await elsewhere.ask("POST", "/v1/usdc/funding-sessions", provider="own")
    local_chain.mint(told["address"], 20 * DOLLAR)
    local_chain.mine(3)
    await elsewhere.lets_pass(1)

    async def has_it() -> bool:
        return await elsewhere.has_micros() == 20 * DOLLAR

    await until(has_it)
    own = local_chain.new_address()
    wallet = await elsewhere.ask("POST", "/v1/usdc/addresses", address=own)
    await elsewhere.lets_pass(DAY_S)
    await elsewhere.ask(
        "POST",
        "/v1/usdc/withdrawals",
        wallet_id=wallet["wallet_id"],
        amount_micros=10 * DOLLAR,
        return_to=f"{run.url}/promises",
    )
    await follow(page, "Do you want 10 USDC paid out?")
    await anna.sees(f"10 USDC will be paid to {own}")
    (item,) = (await elsewhere.ask("GET", "/v1/usdc/withdrawals"))["items"]
    assert item["status"] == "confirmed"
    assert "#" not in page.url


async def test_another_address_is_proved_on_the_page_links_lead_to_by_themselves(
    browser: Browser, run: Run
) -> None:
    await Asking(run, "Ben").ask("POST", "/v1/auth/email", email=BENS_OTHER)
    link = await newest_link(run, "#change_email=")
    async with opened(browser, link.partition("#")[0]) as page:
        anna, ben = Phone(page, "Anna"), Phone(page, "Ben")
        await page.evaluate("link => location.assign(link)", link)
        await expect(page.get_by_role("alert")).to_contain_text("Sign in first")
        await anna.sign_in()
        await ben.sign_in()
        await page.evaluate("link => location.assign(link)", link)
        await ben.sees(f"{BENS_OTHER} is your address.")


async def test_who_forgot_their_password_chooses_another_and_is_in(
    browser: Browser, run: Run
) -> None:
    async with httpx.AsyncClient(base_url=run.url) as http:
        await http.post("/v1/auth/password/forgot", json={"email": ANNA})
    link = await newest_link(run, "#reset_password=")
    async with opened(browser, link.partition("#")[0]) as page:
        anna = Phone(page, "Anna")
        await anna.sign_in()
        await page.evaluate("link => location.assign(link)", link)
        await page.get_by_label("Another password", exact=True).fill("a long walk by the sea")
        await page.get_by_role("button", name="Choose it").click()
        await anna.sees("Connected")
        await expect(page.get_by_label("Another password", exact=True)).to_be_hidden()
        await page.reload()
        await anna.sees("Connected")


async def newest_link(run: Run, kind: str) -> str:
    """Wait for a letter whose link is of a kind; returns the link."""
    found: list[str] = []

    async def has_come() -> bool:
        async with httpx.AsyncClient(base_url=run.url) as http:
            letters = (await http.get("/v1/demo/mailbox")).json()["letters"]
        found.extend(word for one in letters for word in one["text"].split() if kind in word)
        return bool(found)

    await until(has_come)
    return found[0]

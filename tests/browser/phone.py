"""The people of the demo as a test speaks of them: a phone on the page, and a device elsewhere."""

from typing import Any

import httpx
from playwright.async_api import Locator, Page, expect

from protocol.clients.python import Client
from protocol.ids import uuid7
from tests.running.conftest import Run


class Phone:
    """One of the phones on a page, in the words of who holds it."""

    def __init__(self, page: Page, name: str) -> None:
        self.name = name
        self.whole = page.locator(f"[data-phone={name.lower()}]")
        self.signal = self.whole.get_by_role("switch", name="signal")
        self.story = self.whole.get_by_label("Story")
        self.announcement = self.whole.get_by_label("Announcement", exact=True)
        self.streak = self.whole.get_by_role("group", name="Shared streak")

    async def sign_in(self) -> None:
        """Sign in with what the demo offers."""
        await self.touch("Sign in")
        await self.sees("Connected")

    def says(self, words: str) -> Locator:
        """Find some words on the screen."""
        return self.whole.get_by_text(words).first

    async def sees(self, words: str) -> None:
        """See some words on the screen, now or soon."""
        await expect(self.says(words)).to_be_visible()

    async def touch(self, name: str) -> None:
        """Touch a button."""
        await self.whole.get_by_role("button", name=name, exact=True).click()

    async def fill_in(self, *scores: int, note: str = "") -> None:
        """Fill in the form of a check-in."""
        for slider, score in zip(await self.whole.get_by_role("slider").all(), scores, strict=True):
            await slider.fill(str(score))
        await self.whole.get_by_label("What are you grateful for?").fill(note)

    async def send(self, name: str = "Check in") -> None:
        """Send the form."""
        await self.whole.get_by_role("form").get_by_role("button", name=name).click()

    async def coins(self) -> int:
        """Read how many coins there are."""
        return int((await self.whole.locator(".coins > span").first.inner_text()).strip())

    async def positions(self, where: str = ".story") -> list[int]:
        """Read the positions of the events, from the top."""
        shown = await self.whole.locator(f"{where} [data-pos] .pos").all_inner_texts()
        return [int(text.partition(".")[2]) for text in shown]


class Elsewhere:
    """Another device of somebody, which does things over HTTP."""

    def __init__(self, url: str, token: str, user_id: str) -> None:
        self.user_id = user_id
        self._url = url
        self._token = token
        self._bearer = {"Authorization": f"Bearer {token}"}

    @classmethod
    async def of(cls, name: str, run: Run) -> "Elsewhere":
        """Sign a device of somebody in."""
        async with httpx.AsyncClient(base_url=run.url) as http:
            people = (await http.get("/v1/demo")).json()["people"]
            (person,) = [person for person in people if person["name"] == name]
            body = {"email": person["email"], "password": person["password"]}
            told = (await http.post("/v1/auth/sign-in", json=body)).json()
        return cls(run.url, told["access_token"], told["user"]["id"])

    async def do(self, tag: str, *, alone: bool = False, **fields: Any) -> Any:
        """Ask the relationship for something; alone, whoever takes it without being named."""
        to = {} if alone else {"to": f"relationship/{await self.relationship_id()}"}
        async with httpx.AsyncClient(base_url=self._url, headers=self._bearer) as http:
            key = {"Idempotency-Key": str(uuid7())}
            path = f"/v1/commands/{tag}"
            answer = await http.post(path, params=to, json=fields, headers=key)
        assert answer.is_success, answer.text
        return answer.json()

    def phone(self) -> Client:
        """Make a client of theirs, to listen with."""
        return Client(self._url.replace("http", "ws", 1) + "/v1/socket", token=self._token)

    async def check_in(self) -> dict[str, Any]:
        """Read one's last check-in, as the server keeps it."""
        path = f"/v1/relationships/{await self.relationship_id()}/check-ins"
        async with httpx.AsyncClient(base_url=self._url, headers=self._bearer) as http:
            items = (await http.get(path)).json()["items"]
        return next(item for item in items if item["user_id"] == self.user_id)

    async def sign_out_everywhere(self) -> None:
        """End every session of this person."""
        async with httpx.AsyncClient(base_url=self._url, headers=self._bearer) as http:
            (await http.delete("/v1/auth/sessions")).raise_for_status()

    async def relationship_id(self) -> str:
        """Look which relationship there is."""
        async with httpx.AsyncClient(base_url=self._url, headers=self._bearer) as http:
            (ours,) = (await http.get("/v1/relationships")).json()
        return str(ours["relationship_id"])

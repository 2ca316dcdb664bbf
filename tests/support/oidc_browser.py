"""A browser in which somebody signs in at an OpenID provider, until they are sent back."""

import ssl
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Literal
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

import httpx

STEPS_MAX = 12
"""Signing in takes about eight: pages, forms and redirects."""
# Nothing here speaks TLS; to read the system's certificates takes longer than all the rest.
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def new_browser() -> httpx.AsyncClient:
    """Open a browser that nobody has used."""
    return httpx.AsyncClient(timeout=20, verify=_NO_CERTIFICATES)


@dataclass(frozen=True)
class Callback:
    """How a browser is sent back."""

    method: Literal["GET", "POST"]
    url: str
    parameters: dict[str, str]


async def sign_in(url: str, who: str) -> Callback:
    """Go where an authorization URL leads, fill in what is asked, and come back."""
    home = urlunsplit(urlsplit(url)._replace(path="/", query=""))
    async with new_browser() as browser:
        answer = await browser.get(url)
        for _ in range(STEPS_MAX):
            if answer.has_redirect_location:
                target = urljoin(str(answer.url), answer.headers["location"])
                if not target.startswith(home):
                    return _sent_back(target)
                answer = await browser.get(target)
                continue
            form = _Form.of(answer)
            if not form.action.startswith(home):
                return Callback("POST", form.action, form.fields)
            filled = form.fields | {"login": who, "password": "any"}
            answer = await browser.post(form.action, data=filled)
    raise AssertionError("the provider sends people round in circles")


def _sent_back(target: str) -> Callback:
    parts = urlsplit(target)
    return Callback("GET", urlunsplit(parts._replace(query="")), dict(parse_qsl(parts.query)))


@dataclass
class _Form(HTMLParser):
    """The form of a page."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()

    @classmethod
    def of(cls, answer: httpx.Response) -> "_Form":
        form = cls()
        form.feed(answer.text)
        assert form.action, f"the provider shows no form but this: {answer.text}"
        form.action = urljoin(str(answer.url), form.action)
        return form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = told["action"]
        elif tag == "input" and "value" in told:
            self.fields[told["name"]] = told["value"]

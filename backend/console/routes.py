"""The pages' routes. They exist in a demo only; elsewhere there is nobody to sign in as."""

import asyncio
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import CacheControlHeader
from litestar.enums import MediaType
from litestar.exceptions import NotFoundException
from litestar.response import File
from litestar.static_files import create_static_files_router

from actors.ports import Clock
from backend.cluster.state import ClusterState
from backend.console.clock_routes import clock_routes, time_of
from backend.console.mailbox import DemoLetter, DemoMailbox
from backend.console.people import DEMO_PEOPLE, DemoPeople, DemoPerson
from backend.embedded.mailbox import Mailbox
from backend.embedded.stripe import PAY_PATH, SECRET_KEY
from backend.observability.routes import state_of_cluster
from backend.settings import Settings

LETTERS_SHOWN_MAX = 50
PAGES = Path(__file__).with_name("pages")
CLIENT = Path(__file__).parents[2] / "protocol" / "clients" / "javascript"

# The page loads nothing from elsewhere, runs no inline script, and stands in no other page.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Looked at again each time, which costs an answer without a body while nothing has changed.
FRESH = CacheControlHeader(no_cache=True)


def _closed(response: Response[Any]) -> Response[Any]:
    """Send what keeps the page to itself."""
    response.headers.update(HEADERS)
    return response


def _refuse_what_names_no_file(request: Request[Any, Any, Any]) -> None:
    """Answer a name that no file can have as one that none has. Raises NotFoundException."""
    name = request.path_params["file_path"].lstrip("/")
    try:
        is_there = any((folder / name).is_file() for folder in (PAGES, CLIENT))
    except OSError:
        is_there = False
    if not is_there:
        raise NotFoundException


def _pay_page(settings: Settings) -> str | None:
    """Say where the stand-in for Stripe has a page to go on with a payment, if it is used."""
    is_stand_in = settings.stripe_secret_key == SECRET_KEY
    return settings.stripe_api_base + PAY_PATH if is_stand_in else None


def _page(path: str, file: str) -> Any:
    @get(
        path,
        name=file,
        media_type=MediaType.HTML,
        include_in_schema=False,
        cache_control=FRESH,
        after_request=_closed,
    )
    async def page() -> File:
        return File(PAGES / file, content_disposition_type="inline")

    return page


def console_routes(settings: Settings, clock: Clock) -> list[Any]:
    """Make the routes that this deployment has."""
    if not settings.is_demo:
        return []

    @get(
        "/v1/demo",
        tags=["demo"],
        cache_control=CacheControlHeader(no_store=True),
        sync_to_thread=False,
    )
    def demo() -> DemoPeople:
        """Name the people of the demo and what opens the door to them."""
        return DemoPeople(
            people=[
                DemoPerson(name=person.name, email=person.email, password=settings.demo_password)
                for person in DEMO_PEOPLE
            ],
            ahead_s=time_of(clock).ahead_s,
            pay_page=_pay_page(settings),
        )

    @get("/v1/demo/cluster", tags=["demo"], cache_control=CacheControlHeader(no_store=True))
    async def demo_cluster(request: Request[Any, Any, Any]) -> ClusterState:
        """See how every node is, as admins do elsewhere."""
        return await state_of_cluster(request)

    @get("/v1/demo/mailbox", tags=["demo"], cache_control=CacheControlHeader(no_store=True))
    async def demo_mailbox() -> DemoMailbox:
        """Read the letters that were sent to the people of the demo, the latest first."""
        if not settings.mailbox:
            return DemoMailbox(letters=[])
        box = Mailbox(Path(settings.mailbox))
        shown = await asyncio.to_thread(box.latest, LETTERS_SHOWN_MAX)
        return DemoMailbox(letters=[DemoLetter(**letter._asdict()) for letter in shown])

    files = create_static_files_router(
        path="/page",
        directories=[PAGES, CLIENT],
        cache_control=FRESH,
        before_request=_refuse_what_names_no_file,
        after_request=_closed,
    )
    pages = [_page("/", "index.html"), _page("/promises", "promises.html")]
    return [*pages, files, demo, demo_cluster, demo_mailbox, *clock_routes(clock)]

"""Stripe in a run on one's own machine: its stand-in, where no key of Stripe's own is named."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.util import find_spec

from backend.embedded import EmbeddedServer, Progress
from backend.embedded.stripe import SECRET_KEY, EmbeddedStripe, Endpoint
from backend.running.engines import Engines
from backend.running.folder import DataFolder

PUBLISHABLE_KEY = "pk_test_tandem_on_this_machine"
WEBHOOKS = "/v1/stripe/webhooks"


@asynccontextmanager
async def stripe(
    folder: DataFolder, address: str, settings: Mapping[str, str], on_progress: Progress
) -> AsyncIterator[Engines]:
    """Have the stand-in until the block ends, and have it tell the server there what happens.

    Yields nothing where Stripe itself is named, or what the stand-in is made of is not installed.
    Raises EmbeddedError.
    """
    if settings.get("TANDEM_STRIPE_SECRET_KEY") or find_spec("localstripe") is None:
        yield Engines({}, ())
        return
    secrets = settings["TANDEM_STRIPE_WEBHOOK_SECRETS"].split()
    async with EmbeddedStripe(folder.stripe, on_progress=on_progress) as server:
        await server.control.deliver_to(Endpoint(url=address + WEBHOOKS, secrets=secrets))
        embedded: tuple[EmbeddedServer, ...] = (server,)
        environ = {
            "TANDEM_STRIPE_SECRET_KEY": SECRET_KEY,
            "TANDEM_STRIPE_PUBLISHABLE_KEY": PUBLISHABLE_KEY,
            "TANDEM_STRIPE_API_BASE": server.url,
        }
        yield Engines(environ, embedded)

"""A receiver of webhooks: it checks who sent them, writes them down, and answers as it is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from stripe import Event

from backend.embedded.stripe import Endpoint
from backend.integrations.stripe_api import WebhookRefused, verified_event
from tests.stripe.answering import answering
from tests.support.until import until

OLD_SECRET, NEW_SECRET = "whsec_old", "whsec_new"
RETRY_FIRST_S = 0.02


@dataclass
class Receiver:
    """What came, and what the next are answered."""

    url: str = ""
    secrets: tuple[str, ...] = (OLD_SECRET,)
    taken: list[Event] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """Why those were not taken that nobody could prove."""
    failing: int = 0
    """So many are answered that something is wrong here."""
    requests: int = 0

    @property
    def endpoint(self) -> Endpoint:
        """Where it wants them."""
        return Endpoint(
            url=self.url, secrets=list(self.secrets), retry_first_s=RETRY_FIRST_S, tries_max=5
        )

    @property
    def types(self) -> list[str]:
        """What was taken, in order."""
        return [event.type for event in self.taken]

    @property
    def ids(self) -> list[str]:
        """The same, by their ids."""
        return [event.id for event in self.taken]

    async def until(self, event_type: str) -> None:
        """Wait until one of a type has been taken."""
        await until(lambda: event_type in self.types)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Take one, or not; gives the HTTP status."""
        self.requests += 1
        if self.failing:
            self.failing -= 1
            return 500
        try:
            self.taken.append(verified_event(body, headers.get("stripe-signature"), self.secrets))
        except WebhookRefused as problem:
            self.refused.append(type(problem).__name__)
            return 400
        return 200


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Receive until the block is left."""
    found = Receiver()
    async with answering(lambda headers, body: (found.take(headers, body), b"")) as url:
        found.url = url
        yield found

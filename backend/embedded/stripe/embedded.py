"""Stripe on one's own machine: the stand-in as a server that a run or a test has beside it."""

import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import backend
from backend.embedded.process import Ladder
from backend.embedded.server import EmbeddedServer
from backend.embedded.stripe.localstripe import last_line
from backend.embedded.stripe.remote import StripeControl

HOUSE = Path(backend.__file__).parents[1]
URL_FILE = "url"
SECRET_KEY = "sk_test_tandem_on_this_machine"  # noqa: S105 - it opens the stand-in, as any would


class EmbeddedStripe(EmbeddedServer):
    """The stand-in for Stripe; `url` is the API's address, and that of its pages.

    Not durable means that it begins with nothing. The setting `port` has it listen there.
    """

    name: ClassVar = "Stripe's stand-in"
    programs: ClassVar = frozenset({"stripe-stand-in", "localstripe", "backend.embedded.stripe"})
    stop_ladder: ClassVar[Ladder] = ((signal.SIGTERM, 10.0),)
    drops_root: ClassVar = False
    stall_s = 60.0

    @property
    def url(self) -> str:
        """Where it listens."""
        return (self.place.run / URL_FILE).read_text(encoding="ascii")

    @property
    def control(self) -> StripeControl:
        """What only a stand-in lets one do."""
        return StripeControl(self.url)

    async def _prepare(self) -> None:
        self.place.data.mkdir(mode=0o700, exist_ok=True)

    def _command(self) -> list[str]:
        command = [sys.executable, "-P", "-m", "backend.embedded.stripe", str(self.place.data)]
        command += ["--url-file", str(self.place.run / URL_FILE)]
        command += ["--port", self._settings.get("port", "0")]
        return command if self.durable else [*command, "--from-scratch"]

    def _environ(self) -> Mapping[str, str]:
        return {"PYTHONPATH": str(HOUSE)}

    def _is_ready(self) -> bool:
        return (self.place.run / URL_FILE).exists()

    def _reason(self, words: str) -> str:
        return last_line(words)

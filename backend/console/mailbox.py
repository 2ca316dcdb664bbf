"""The letters of a run on one's own machine, as the page shows them."""

from datetime import datetime
from typing import Annotated

from protocol.marks import PRIVATE
from protocol.messages import Value


class DemoLetter(Value, frozen=True):
    """A letter that was sent."""

    id: str
    to: Annotated[str, PRIVATE]
    subject: Annotated[str, PRIVATE]
    text: Annotated[str, PRIVATE]
    at: datetime


class DemoMailbox(Value, frozen=True):
    """The letters that were sent, the latest first."""

    letters: list[DemoLetter]

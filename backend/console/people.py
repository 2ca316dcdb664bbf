"""The two people of the demo."""

from dataclasses import dataclass
from typing import Annotated

from protocol.marks import SECRET
from protocol.messages import Value


@dataclass(frozen=True)
class Newcomer:
    """Somebody who will sign up."""

    name: str
    email: str
    time_zone: str


# The domain is one of those that RFC 2606 keeps free, so no mail can ever reach a stranger.
ANNA = Newcomer("Anna", "anna@tandem.example", "Europe/Berlin")
BEN = Newcomer("Ben", "ben@tandem.example", "Europe/Berlin")
DEMO_PEOPLE = (ANNA, BEN)


class DemoPerson(Value, frozen=True):
    """Somebody of the demo, as the page offers to sign them in."""

    name: str
    email: str
    password: Annotated[str, SECRET]


class DemoPeople(Value, frozen=True):
    """The people of the demo, how far its clock was moved, and where its cards are."""

    people: list[DemoPerson]
    ahead_s: int
    """How far the clock of the demo is ahead of the machine's."""
    pay_page: str | None
    """Where a payment is gone on with, behind a slash and its client secret; null: not here."""

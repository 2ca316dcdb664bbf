"""Close codes: 4000 to 4499 say "come back", 4500 to 4999 say "stop"."""

from enum import IntEnum
from typing import Self


class Closing(IntEnum):
    """Why a socket was closed; the name is also the reason in the `bye` before it."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        """Attach to the code the sentence the reference prints."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    MOVING = 4000, "This server is being replaced; come back, another will answer."
    SLOW_CONSUMER = 4001, "More was waiting than a socket may hold; come back and resume."
    OVERLOADED = 4002, "The server has more sockets than it can serve; come back later."
    FLOODING = 4003, "Too many frames that were refused; come back, slower."
    LAGGING = 4004, "The server lost its place in what it owed you; come back and resume."
    TEMPORARY = 4005, "The hello could not be answered just now, as the problem says; come back."
    HELLO_TIMEOUT = 4500, "No hello in time."
    UNAUTHENTICATED = 4501, "The token or ticket does not open anything (any more)."
    SESSION_REVOKED = 4502, "The session was signed out or revoked."
    SUBPROTOCOL = 4504, "Ask for the subprotocol tandem.v1.json or tandem.v1.msgpack."
    ORIGIN = 4505, "Pages of this origin may not open sockets here."
    REPLACED = 4506, "The person has more sockets open than allowed; the oldest was closed."

    @property
    def reason(self) -> str:
        """The word that stands in the `bye`."""
        return self.name.lower()

    @property
    def comes_back(self) -> bool:
        """Tell whether a client should connect again."""
        return self.value < 4500  # noqa: PLR2004 - the border the docstring names


LIBRARY_CODES: dict[int, str] = {
    1000: "Closed by wish of one side.",
    1001: "The page was left, or the client went away.",
    1002: "The WebSocket protocol itself was broken.",
    1003: "A text frame on a binary subprotocol, or the other way round.",
    1006: "The connection was lost without a goodbye; come back and resume.",
    1007: "Text that is not UTF-8.",
    1009: "A message over 64 KiB, or in more than 256 pieces.",
    1011: "No answer to a ping, or a bug on our side; come back and resume.",
    1012: "The server stopped without being able to say goodbye; come back and resume.",
}
"""Codes the WebSocket library gives by itself."""

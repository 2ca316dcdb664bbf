"""A caller: somebody's phone at a bare socket, with as few steps as can be.

One that is made of objects and tasks costs its generator as much to bring back as it costs those
who serve it. Phones have processors of their own; on a machine that both share, thousands of them
would take what is to be measured.
"""

import base64
import json
import os
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec

from benchmarks.load.guest import followed_by_itself
from protocol.codec import SUBPROTOCOL_JSON

_END_OF_HEAD = b"\r\n\r\n"
_LET_IN = b"HTTP/1.1 101"
_READ_BYTES = 65_536
_TEXT, _CLOSE, _PING, _PONG = 0x81, 0x88, 0x89, 0x8A
_MASKED = 0x80
_TWO_BYTES_FOLLOW, _EIGHT_BYTES_FOLLOW = 126, 127
_UNMASKED_KEY = bytes(4)
"""Who serves takes as long to undo it as any other, and we take none to do it."""


class Heard(msgspec.Struct, gc=False):
    """What matters of a message: of `joined` all of it, of others only that they came."""

    type: str
    topic: str | None = None
    pos: str | None = None


_decode = msgspec.json.Decoder(Heard | list[Heard]).decode


class Caller:
    """One person's phone, until all topics it should follow are followed."""

    def __init__(self, person: dict[str, Any], url: str, *, only_shakes_hands: bool) -> None:
        """Take the person from a plan: `user_id`, `relationship`, `token`, perhaps a `url`."""
        self.socket: socket.socket
        self.is_there = False
        """Whether all topics are followed, or the hands have been shaken where that is all."""
        self.is_let_in = False
        """Whether it was welcomed, or the hands have been shaken where that is all."""
        self.problem: str | None = None
        """Why the socket is of no use any more."""
        self.tries = 0
        self._only_shakes_hands = only_shakes_hands
        self._token = person["token"]
        address = urlsplit(person.get("url", url))
        self._address = address.hostname, address.port
        self._upgrade = (
            f"GET {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
            f"Sec-WebSocket-Protocol: {SUBPROTOCOL_JSON}\r\n\r\n"
        ).encode()
        self._asked_for = [person["relationship"]]
        self._wanted = {*followed_by_itself(person["user_id"]), *self._asked_for}
        self._seen: dict[str, str] = {}
        """The last position of each topic, from the connection before."""
        self._heads: dict[str, str] = {}
        self._read: Callable[[], None]
        self._unread = b""

    def dial(self) -> bool:
        """Begin a connection; tells whether the request went out with it, or can only later."""
        self.tries += 1
        self.is_there = self.is_let_in = False
        self.problem = None
        self._heads, self._unread, self._read = {}, b"", self._shake_hands
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self.socket.connect_ex(self._address)
        return self.ask_to_come_in()

    def ask_to_come_in(self) -> bool:
        """Send the request, and tell whether that could be done already."""
        try:
            self.socket.send(self._upgrade)
        except BlockingIOError:
            return False
        except OSError as problem:
            self._fail(repr(problem))
        return True

    def cut(self) -> None:
        """Be gone without a word, as who loses the network."""
        self.socket.close()
        self._seen = self._heads or self._seen

    def hang_up(self) -> None:
        """Close, as somebody who is not to be called back."""
        self._send(_CLOSE, (1000).to_bytes(2))
        self.socket.close()

    def hear(self) -> None:
        """Take what has come."""
        try:
            came = self.socket.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError as problem:
            self._fail(repr(problem))
            return
        if came:
            self._unread += came
            self._read()
        else:
            self._fail("closed by the server")

    def _fail(self, problem: str) -> None:
        self.problem = self.problem or problem
        self.is_there = False

    def _shake_hands(self) -> None:
        head, end, rest = self._unread.partition(_END_OF_HEAD)
        if not end:
            return
        if not head.startswith(_LET_IN):
            self._fail(head.partition(b"\r\n")[0].decode())
            return
        self.is_let_in = self.is_there = self._only_shakes_hands
        if not self._only_shakes_hands:
            self._say({"type": "hello", "token": self._token, "resume": self._seen})
        self._unread, self._read = rest, self._read_frames
        self._read_frames()

    def _read_frames(self) -> None:
        """Read whole frames; a server's are not masked (RFC 6455, 5.1)."""
        unread, at = self._unread, 0
        while len(unread) >= at + 2:
            begin, size = at + 2, unread[at + 1]
            if size >= _TWO_BYTES_FOLLOW:
                begin += 8 if size == _EIGHT_BYTES_FOLLOW else 2
                size = int.from_bytes(unread[at + 2 : begin])
            if len(unread) < begin + size:
                break
            self._frame(unread[at], unread[begin : begin + size])
            at = begin + size
        self._unread = unread[at:]

    def _frame(self, kind: int, payload: bytes) -> None:
        if kind == _TEXT:
            heard = _decode(payload)
            for message in heard if isinstance(heard, list) else (heard,):
                self._message(message, payload)
        elif kind == _PING:
            self._send(_PONG, payload)
        else:
            self._fail(f"a frame that begins with {kind:#x}")

    def _message(self, message: Heard, payload: bytes) -> None:
        if message.type == "welcome":
            self.is_let_in = True
            for topic in self._asked_for:
                if topic not in self._seen:
                    self._say({"type": "join", "topic": topic})
        elif message.type == "joined" and message.topic and message.pos:
            self._heads[message.topic] = message.pos
            self.is_there = self.problem is None and self._heads.keys() >= self._wanted
        elif message.type == "push" and message.topic in self._heads and message.pos:
            self._heads[message.topic] = message.pos
        elif message.type in {"problem", "bye"}:
            self._fail(payload.decode())

    def _say(self, message: dict[str, Any]) -> None:
        self._send(_TEXT, json.dumps(message).encode())

    def _send(self, kind: int, payload: bytes) -> None:
        size = len(payload)
        if size < _TWO_BYTES_FOLLOW:
            head = bytes((kind, _MASKED | size))
        else:
            head = bytes((kind, _MASKED | _TWO_BYTES_FOLLOW)) + size.to_bytes(2)
        try:
            self.socket.send(head + _UNMASKED_KEY + payload)
        except OSError as problem:
            self._fail(repr(problem))

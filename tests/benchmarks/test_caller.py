"""The storm's phones read what a server writes, however it comes, and answer as clients must."""

import json
import socket
from collections.abc import Iterator

import pytest

from benchmarks.load.caller import Caller

LET_IN = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
WANTED = ("announcements", "user/anna", "relationship/1")


def frame(kind: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((kind, size)) + payload
    if size < 2**16:
        return bytes((kind, 126)) + size.to_bytes(2) + payload
    return bytes((kind, 127)) + size.to_bytes(8) + payload


def says(message_type: str, **facts: str) -> bytes:
    return frame(0x81, json.dumps({"type": message_type, **facts}).encode())


def said(server: socket.socket) -> bytes:
    """One short masked frame's payload; the key is all zeroes."""
    head = server.recv(2)
    assert head[1] & 0x80, "what a client says is masked"
    size = head[1] & 0x7F
    if size == 126:
        size = int.from_bytes(server.recv(2))
    assert server.recv(4) == bytes(4)
    return server.recv(size)


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture
def caller(server: socket.socket) -> Caller:
    person = {"user_id": "anna", "relationship": "relationship/1", "token": "t" * 200}
    host, port = server.getsockname()
    return Caller(person, f"ws://{host}:{port}/v1/socket", only_shakes_hands=False)


def let_in(caller: Caller, server: socket.socket) -> socket.socket:
    """Have the caller dial, shake hands with it, and return the server's end."""
    caller.dial()
    caller.socket.setblocking(True)  # noqa: FBT003 - so that nothing is to be waited for here
    end, _ = server.accept()
    assert end.recv(4_096).startswith(b"GET /v1/socket HTTP/1.1\r\n")
    end.sendall(LET_IN)
    caller.hear()
    return end


def hello(end: socket.socket) -> dict[str, object]:
    found: dict[str, object] = json.loads(said(end))
    return found


def test_it_is_there_when_all_its_topics_are(caller: Caller, server: socket.socket) -> None:
    with let_in(caller, server) as end:
        assert hello(end) == {"type": "hello", "token": "t" * 200, "resume": {}}
        end.sendall(says("welcome"))
        caller.hear()
        assert json.loads(said(end)) == {"type": "join", "topic": "relationship/1"}
        for topic in WANTED:
            assert not caller.is_there
            end.sendall(says("joined", topic=topic, pos="1.7"))
            caller.hear()
        assert caller.is_there


@pytest.mark.parametrize("size", [100, 40_000, 70_000])
def test_it_reads_over_what_it_does_not_need(
    caller: Caller, server: socket.socket, size: int
) -> None:
    with let_in(caller, server) as end:
        hello(end)
        last = b"".join(says("joined", topic=topic, pos="1.7") for topic in WANTED)
        end.sendall(says("snapshot", room="x" * size) + last)
        while not caller.is_there:
            caller.hear()
    assert caller.problem is None


def test_it_comes_back_to_where_it_was(caller: Caller, server: socket.socket) -> None:
    with let_in(caller, server) as end:
        hello(end)
        end.sendall(b"".join(says("joined", topic=topic, pos="1.7") for topic in WANTED))
        caller.hear()
        caller.cut()
        assert end.recv(1) == b""
    with let_in(caller, server) as end:
        assert hello(end)["resume"] == dict.fromkeys(WANTED, "1.7")


def test_it_asks_again_for_what_it_never_got(caller: Caller, server: socket.socket) -> None:
    with let_in(caller, server) as end:
        hello(end)
        got = [topic for topic in WANTED if not topic.startswith("relationship/")]
        end.sendall(b"".join(says("joined", topic=topic, pos="1.7") for topic in got))
        caller.hear()
        caller.cut()
    with let_in(caller, server) as end:
        assert hello(end)["resume"] == dict.fromkeys(got, "1.7")
        end.sendall(says("welcome"))
        caller.hear()
        assert json.loads(said(end)) == {"type": "join", "topic": "relationship/1"}


def test_what_happens_in_a_topic_does_not_say_that_its_past_was_read(
    caller: Caller, server: socket.socket
) -> None:
    with let_in(caller, server) as end:
        hello(end)
        end.sendall(b"".join(says("push", topic=topic, pos="1.7") for topic in WANTED))
        caller.hear()
        assert not caller.is_there


def test_who_has_been_sent_away_is_not_there(caller: Caller, server: socket.socket) -> None:
    with let_in(caller, server) as end:
        hello(end)
        joined = b"".join(says("joined", topic=topic, pos="1.7") for topic in WANTED)
        end.sendall(says("bye", reason="overloaded") + joined)
        caller.hear()
        assert caller.problem is not None
        assert not caller.is_there


def test_it_answers_a_ping_and_hears_when_it_is_sent_away(
    caller: Caller, server: socket.socket
) -> None:
    with let_in(caller, server) as end:
        hello(end)
        end.sendall(frame(0x89, b"still there?")[:5])
        caller.hear()
        end.sendall(frame(0x89, b"still there?")[5:])
        caller.hear()
        assert said(end) == b"still there?"
        end.sendall(frame(0x88, (4_001).to_bytes(2)))
        caller.hear()
        assert caller.problem is not None


def test_who_is_not_let_in_says_why(caller: Caller, server: socket.socket) -> None:
    caller.dial()
    end, _ = server.accept()
    with end:
        end.recv(4_096)
        end.sendall(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
        caller.socket.setblocking(True)  # noqa: FBT003
        caller.hear()
    assert caller.problem == "HTTP/1.1 503 Service Unavailable"
    assert not caller.is_let_in

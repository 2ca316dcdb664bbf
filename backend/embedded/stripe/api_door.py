"""The door of the API: requests as HTTP has them, read to a limit, and answered or let down."""

from typing import Any

from litestar import asgi
from litestar.types import Receive, Scope, Send

from backend.embedded.stripe.api import Reply, Request
from backend.embedded.stripe.stand_in import StandIn

PATH = "/v1"
BODY_BYTES_MAX = 256 * 1024
_TOO_LARGE = Reply(413, b'{"error":{"type":"invalid_request_error","message":"Too large."}}', {})


@asgi(PATH, is_mount=True, copy_scope=True)
async def api_door(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request to the API."""
    stand_in: StandIn = scope["litestar_app"].state.stand_in
    body = await _read(receive)
    if body is None:
        await _answer(send, _TOO_LARGE)
        return
    request = Request(
        method=str(scope.get("method")),
        # Mounted: what is before has been taken away, and with it the slash at the end.
        path=PATH + str(scope["path"]).removeprefix(PATH).rstrip("/"),
        query=scope["query_string"].decode("latin-1"),
        headers={name.decode().lower(): value.decode() for name, value in scope["headers"]},
        body=body.decode(errors="replace"),
    )
    reply = await stand_in.troubles.answer(request)
    if request.method != "GET":
        stand_in.changed()
    if reply is None:
        # Less than is promised: the server breaks the connection, and nothing is understood.
        await send(_start(200, {"content-length": "1"}))
        return
    await _answer(send, reply)


async def _read(receive: Receive) -> bytes | None:
    body = bytearray()
    while True:
        message: Any = await receive()
        body += message.get("body", b"")
        if len(body) > BODY_BYTES_MAX:
            return None
        if not message.get("more_body"):
            return bytes(body)


async def _answer(send: Send, reply: Reply) -> None:
    headers = {
        "content-type": "application/json",
        "content-length": str(len(reply.body)),
        **reply.headers,
    }
    await send(_start(reply.status, headers))
    await send({"type": "http.response.body", "body": reply.body, "more_body": False})


def _start(status: int, headers: dict[str, str]) -> Any:
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": pairs}

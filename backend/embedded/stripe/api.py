"""The API: who asks, what, whether again; each request answered in Stripe's shape."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import msgspec
import structlog

from backend.embedded.stripe.account import Account
from backend.embedded.stripe.ephemeral_key import EPHEMERAL, check_sees
from backend.embedded.stripe.errors import ApiError, unauthorized
from backend.embedded.stripe.events import EventRequest
from backend.embedded.stripe.expanding import expanded
from backend.embedded.stripe.forms import Params, as_params, read_form
from backend.embedded.stripe.idempotency import Answer, Idempotency
from backend.embedded.stripe.operations import Call, Operation, find
from backend.embedded.stripe.resource import new_id

log = structlog.get_logger()

_KEYS = ("sk_test_", "rk_test_")


class Request(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    """Their names in lower case."""
    body: str
    takes_s: float = 0.0
    """How long the work on it takes, where that is to be seen."""


class Reply(NamedTuple):
    """What goes back."""

    status: int
    body: bytes
    headers: dict[str, str]


class _Ready(NamedTuple):
    """A request that was found in order, before anything is done for it."""

    request: Request
    request_id: str
    key: str | None
    operation: Operation
    params: Params
    of_id: str
    expand: list[str]


class Api:
    """Answers requests, one after the other."""

    def __init__(self, account: Account, idempotency: Idempotency) -> None:
        """Work on this account, and remember answers here."""
        self._account = account
        self._idempotency = idempotency
        self._turn = asyncio.Lock()

    async def answer(self, request: Request) -> Reply:
        """Answer one; never raises for what is in it."""
        request_id = new_id("req_")
        headers = {"request-id": request_id, "stripe-version": self._account.api_version}
        key = _idempotency_key(request)
        if key is not None:
            headers["idempotency-key"] = key
        try:
            self._check_key(request)
            if key is None:
                reply = await self._perform(self._read(request, request_id, None))
            else:
                reply = await self._perform_once(request, request_id, key)
        except ApiError as problem:
            reply = _refusal(problem)
        except Exception:
            log.exception("a request failed", method=request.method, path=request.path)
            message = "The stand-in for Stripe has a bug; its log says more."
            reply = _refusal(ApiError(500, "api_error", message))
        return Reply(reply.status, reply.body, {**headers, **reply.headers})

    async def by_itself(self, act: Callable[[], Awaitable[Any]]) -> Any:
        """Do something that nobody asked for by the API, in its turn."""
        async with self._turn:
            self._account.request = EventRequest()
            try:
                return await act()
            finally:
                self._account.do_what_waits()

    async def _perform_once(self, request: Request, request_id: str, key: str) -> Reply:
        """Do what is asked, or answer as the first time."""
        said = f"{request.method} {request.path} {request.body}"
        fingerprint = hashlib.sha256(said.encode()).hexdigest()
        now = self._account.now()
        first = self._idempotency.begin(key, fingerprint, now)
        if first is not None:
            again = {"idempotent-replayed": "true", "original-request": first.request_id}
            return Reply(first.status, first.body.encode(), again)
        answer: Answer | None = None
        try:
            ready = self._read(request, request_id, key)
            reply = await self._perform(ready)
            answer = Answer(
                at=now,
                fingerprint=fingerprint,
                request_id=request_id,
                status=reply.status,
                body=reply.body.decode(),
            )
            return reply
        finally:
            self._idempotency.end(key, answer)

    def _read(self, request: Request, request_id: str, key: str | None) -> _Ready:
        """Find out what is asked. Raises ApiError."""
        known, of_id = find(request.method, request.path)
        fields = read_form(request.body if request.method == "POST" else request.query)
        expand = fields.pop("expand", [])
        if not (isinstance(expand, list) and all(isinstance(path, str) for path in expand)):
            raise ApiError(400, "invalid_request_error", "Invalid array", param="expand")
        params = as_params(fields, known.params)
        return _Ready(request, request_id, key, known, params, of_id, expand)

    async def _perform(self, ready: _Ready) -> Reply:
        """Do what is asked, in its turn; what an operation refuses is an answer as well."""
        account = self._account
        if ready.request.takes_s:
            await asyncio.sleep(ready.request.takes_s)
        async with self._turn:
            account.request = EventRequest(id=ready.request_id, idempotency_key=ready.key)
            call = Call(account, ready.params, ready.of_id, ready.request.headers)
            try:
                answer = await expanded(account, await ready.operation.do(call), ready.expand)
                return Reply(200, _encoded(answer), {})
            except ApiError as problem:
                return _refusal(problem)
            finally:
                account.do_what_waits()

    def _check_key(self, request: Request) -> None:
        """Look at who asks: any key of Stripe's test mode, or a phone's. Raises ApiError."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise unauthorized(
                "You did not provide an API key. You need to provide your API key in the "
                "Authorization header, using Bearer auth (e.g. 'Authorization: Bearer "
                "YOUR_SECRET_KEY')."
            )
        if key.startswith(EPHEMERAL):
            told = read_form(request.query)
            check_sees(self._account, key, request.method, request.path, told)
        elif not key.startswith(_KEYS):
            raise unauthorized(f"Invalid API Key provided: {'*' * 12}{key[-4:]}")


def _idempotency_key(request: Request) -> str | None:
    return request.headers.get("idempotency-key") if request.method == "POST" else None


def _refusal(problem: ApiError) -> Reply:
    return Reply(problem.status, _encoded({"error": problem.body}), {})


def _encoded(body: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(body), indent=2)

"""The client: Stripe's own library, asynchronous, with an end to every wait and every answer."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

import msgspec
import stripe

API_BASE: Final = stripe.DEFAULT_API_BASE
API_VERSION: Final = stripe.api_version
"""The version whose shapes the installed library knows; every request names it."""
RETRIES_MAX: Final = 2
"""By the library, with the same idempotency key: after a lost connection, a 409 and a 5xx."""
WITHIN_S: Final = 30.0
"""So long one try may take as a whole."""
ANSWER_BYTES_MAX: Final = 8 * 1024 * 1024
"""A hundred of the largest objects, expanded."""


class StripeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment decides about Stripe; without a key nothing is paid."""

    secret_key: str = ""
    publishable_key: str = ""
    """What phones and pages show; not secret."""
    webhook_secrets: tuple[str, ...] = ()
    """Any of them is good: while one is being replaced, Stripe signs with the old and the new."""
    api_base: str = API_BASE
    """Somewhere else only where a stand-in runs."""

    def __repr__(self) -> str:
        """Say all but what is secret."""
        is_set = "set" if self.secret_key else "not set"
        secrets = len(self.webhook_secrets)
        return f"StripeSettings(key {is_set}, {secrets} webhook secrets, {self.api_base!r})"


class StripeKeyMissing(Exception):
    """A deployment that takes payments has no key of Stripe's."""


class _Refusal(msgspec.Struct):
    """What Stripe itself says of a fault."""

    error: dict[str, Any]


class _AnswerTooLarge(Exception):
    """An answer has more bytes than any of Stripe's."""


class _BoundedHttp(stripe.HTTPXClient):
    """The library's HTTP client, which by itself limits each step only, and no answer."""

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Ask once. Raises APIConnectionError, which the library tries again."""
        try:
            async with asyncio.timeout(WITHIN_S):
                chunks, status, answered = await self.request_stream_async(
                    method, url, headers, post_data
                )
                return _error_or_none(status, await _read(chunks)), status, answered
        except stripe.APIConnectionError:
            raise
        except Exception as problem:
            why = type(problem).__name__
            raise stripe.APIConnectionError(  # type: ignore[no-untyped-call]
                f"Stripe's answer was not read to its end ({why}).", should_retry=True
            ) from problem


async def _read(chunks: AsyncIterable[bytes]) -> bytes:
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > ANSWER_BYTES_MAX:
            raise _AnswerTooLarge
    return bytes(content)


def _error_or_none(status: int, content: bytes) -> bytes:
    """Leave out what a proxy on the way says of a fault, for the library trips over some of it."""
    if status < HTTPStatus.BAD_REQUEST:
        return content
    try:
        msgspec.json.decode(content, type=_Refusal)
    except msgspec.MsgspecError:
        return b"{}"
    return content


class Stripe:
    """Stripe as this deployment uses it; one for the whole process."""

    def __init__(self, settings: StripeSettings) -> None:
        """Be who the settings say; nothing is connected yet."""
        self.settings = settings
        self._http: _BoundedHttp | None = None
        self._client: stripe.StripeClient | None = None

    @property
    def is_configured(self) -> bool:
        """Whether this deployment takes payments at all."""
        return bool(self.settings.secret_key)

    @property
    def client(self) -> stripe.StripeClient:
        """The library's client, made when it is first needed. Raises StripeKeyMissing.

        Name an idempotency key in every POST: where none is named the library makes one up, which
        covers its own retries and none of ours.
        """
        if self._client is None:
            self._client = self._new_client()
        return self._client

    def _new_client(self) -> stripe.StripeClient:
        if not self.is_configured:
            raise StripeKeyMissing("Stripe asks who we are: set TANDEM_STRIPE_SECRET_KEY.")
        self._http = _BoundedHttp(timeout=WITHIN_S, allow_sync_methods=False)
        return stripe.StripeClient(
            self.settings.secret_key,
            stripe_version=API_VERSION,
            base_addresses={"api": self.settings.api_base},
            max_network_retries=RETRIES_MAX,
            http_client=self._http,
        )

    async def close(self) -> None:
        """Let go of the connections."""
        if self._http is not None:
            await self._http.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def open_stripe(settings: StripeSettings) -> AsyncIterator[stripe.StripeClient]:
    """Have a client until the block ends; nothing is connected yet. Raises StripeKeyMissing."""
    found = Stripe(settings)
    try:
        yield found.client
    finally:
        await found.close()

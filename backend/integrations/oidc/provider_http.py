"""Provider HTTP: requests to a provider that end in time, and answers that fit into memory."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, TypeVar

import httpx
import msgspec

from backend.integrations.oidc.errors import ProviderAway, ProviderMisconfigured
from backend.integrations.oidc.sealed import Sealed
from protocol.marks import SECRET

WITHIN_S = 10.0
"""For a whole request, however slowly its answer drips."""
ANSWER_BYTES_MAX = 256 * 1024
CONNECTIONS_MAX = 20
OK = 200
_TOO_MANY = 429
_SERVER_ERROR = 500
_HEADERS = {
    "accept": "application/json",
    # What is packed may unpack to any size.
    "accept-encoding": "identity",
}

Document = TypeVar("Document", bound=msgspec.Struct)


class Answer(Sealed, frozen=True):
    """What a provider answered."""

    status: int
    body: Annotated[bytes, SECRET]


class ProviderHttp:
    """Asks one provider. Redirects are not followed: a provider is where its settings say."""

    def __init__(self, provider: str) -> None:
        """Prepare; nothing is connected yet."""
        self._provider = provider
        limits = httpx.Limits(max_connections=CONNECTIONS_MAX)
        self._http = httpx.AsyncClient(headers=_HEADERS, follow_redirects=False, limits=limits)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def get(self, url: str, kind: type[Document]) -> Document:
        """Read a document. Raises ProviderAway and ProviderMisconfigured."""
        answer = await self._ask(self._http.build_request("GET", url))
        if answer.status != OK:
            raise self.misconfigured(f"{url} answers {answer.status}")
        return self.read(answer, kind)

    async def post(
        self, url: str, form: Mapping[str, str], auth: httpx.BasicAuth | None = None
    ) -> Answer:
        """Post a form. Raises ProviderAway and ProviderMisconfigured."""
        return await self._ask(self._http.build_request("POST", url, data=form), auth)

    def read(self, answer: Answer, kind: type[Document]) -> Document:
        """Read what was answered. Raises ProviderMisconfigured."""
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (ValueError, RecursionError) as problem:
            raise self.misconfigured(f"what it answers cannot be read ({problem})") from None

    def misconfigured(self, reason: str) -> ProviderMisconfigured:
        """Say that this provider is not what it should be."""
        return ProviderMisconfigured(self._provider, reason)

    async def _ask(self, request: httpx.Request, auth: httpx.BasicAuth | None = None) -> Answer:
        try:
            async with asyncio.timeout(WITHIN_S):
                response = await self._http.send(request, auth=auth, stream=True)
                try:
                    body = await self._body(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise ProviderAway(self._provider, "no answer in time") from None
        except httpx.TransportError as problem:
            raise ProviderAway(self._provider, type(problem).__name__) from None
        if response.status_code == _TOO_MANY or response.status_code >= _SERVER_ERROR:
            raise ProviderAway(self._provider, f"it answers {response.status_code}")
        return Answer(response.status_code, body)

    async def _body(self, response: httpx.Response) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > ANSWER_BYTES_MAX:
                raise self.misconfigured(f"it answers with more than {ANSWER_BYTES_MAX} bytes")
        return bytes(body)

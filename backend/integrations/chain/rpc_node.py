"""One node, asked over HTTP; what it answers is bounded, in time and in bytes.

httpcore rather than httpx, which writes the URL of every request into the log.
"""

import asyncio

import httpcore

from backend.integrations.chain.errors import RpcLimited, RpcNodeAway, RpcNodeRefused, RpcNonsense
from backend.integrations.chain.json_rpc import Answer, Call, decoded, encoded
from backend.integrations.chain.rpc_url import RpcPlace
from backend.integrations.http_problems import (
    NETWORK_PROBLEMS,
    OWN_FAULTS_FROM,
    TOO_MANY,
    retry_after_s,
)

ANSWER_BYTES_MAX = 4 * 1024 * 1024
"""A receipt with thousands of events, or the balances of thousands."""
_OK = 200
_DROPPED = (httpcore.ReadError, httpcore.WriteError, httpcore.RemoteProtocolError)


class RpcNode:
    """A node; `name` is all that may be said of where it is."""

    def __init__(
        self,
        name: str,
        place: RpcPlace,
        pool: httpcore.AsyncConnectionPool,
        *,
        batch_max: int,
        within_s: float,
    ) -> None:
        """Ask over these connections; nothing is connected yet."""
        self.name = name
        self._place = place
        self._pool = pool
        self._batch_max = batch_max
        self._within_s = within_s

    async def ask(self, *calls: Call) -> list[Answer]:
        """Ask, in as few requests as may be; answers are in the order of the calls.

        Raises ChainProblem for what keeps the whole from being answered.
        """
        answers: list[Answer] = []
        for start in range(0, len(calls), self._batch_max):
            part = calls[start : start + self._batch_max]
            body = await self._try_to_post(encoded(part))
            answers += decoded(self.name, body, part)
        return answers

    async def _try_to_post(self, body: bytes) -> bytes:
        try:
            async with asyncio.timeout(self._within_s):
                try:
                    return await self._post(body)
                except _DROPPED:
                    # It may just have closed a connection that had long been open.
                    return await self._post(body)
        except TimeoutError:
            raise RpcNodeAway(self.name, f"no answer within {self._within_s:g} s") from None
        except NETWORK_PROBLEMS as problem:
            raise RpcNodeAway(self.name, type(problem).__name__) from None

    async def _post(self, body: bytes) -> bytes:
        async with self._pool.stream(
            "POST", self._place.url, headers=self._place.headers, content=body
        ) as answer:
            self._check(answer)
            said = bytearray()
            async for chunk in answer.aiter_stream():
                said += chunk
                if len(said) > ANSWER_BYTES_MAX:
                    raise RpcNonsense(self.name, f"it says more than {ANSWER_BYTES_MAX} bytes")
            return bytes(said)

    def _check(self, answer: httpcore.Response) -> None:
        """Look at the status. Redirects are not followed: the key would go wherever they lead."""
        if answer.status == TOO_MANY:
            raise RpcLimited(self.name, retry_after_s(answer.headers))
        if answer.status >= OWN_FAULTS_FROM:
            raise RpcNodeAway(self.name, f"it answered {answer.status}")
        if answer.status != _OK:
            raise RpcNodeRefused(self.name, f"status {answer.status}")

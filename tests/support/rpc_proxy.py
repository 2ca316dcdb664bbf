"""A proxy before a real chain: it notes what is asked, and makes a node as bad as a test wants."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.http_service import Answer, Asked, http_service

RpcCall = dict[str, Any]
RpcAnswer = dict[str, Any]


def said(call: RpcCall, result: object) -> RpcAnswer:
    """Answer one call as a node would."""
    return {"jsonrpc": "2.0", "id": call["id"], "result": result}


def refused(call: RpcCall, code: int, message: str = "no") -> RpcAnswer:
    """Refuse one call as a node would."""
    return {"jsonrpc": "2.0", "id": call["id"], "error": {"code": code, "message": message}}


@dataclass
class RpcProxy:
    """The running proxy; what nothing is said of is passed on, and answered by the chain."""

    http: httpx.AsyncClient
    url: str = ""
    received: list[Asked] = field(default_factory=list)
    asked: list[list[RpcCall]] = field(default_factory=list)
    """The same requests, as the calls in them."""
    answers: list[Answer] = field(default_factory=list)
    """What the next requests are answered with."""
    on_request: Callable[[list[RpcCall]], Answer | None] = lambda _calls: None
    """May answer a whole request."""
    on_call: Callable[[RpcCall], RpcAnswer | None] = lambda _call: None
    """May answer a call, or change it before it is passed on."""
    on_answer: Callable[[RpcCall, RpcAnswer], RpcAnswer] = lambda _call, answer: answer
    """May change what the chain answers."""
    is_backwards: bool = False
    """Whether the answers of a batch come in the reverse order."""

    def asked_for(self, method: str) -> list[list[RpcCall]]:
        """List the requests that had such a call."""
        return [calls for calls in self.asked if any(call["method"] == method for call in calls)]

    async def answer(self, asked: Asked) -> Answer:
        """Answer one request."""
        body = json.loads(asked.body)
        calls = body if isinstance(body, list) else [body]
        self.received.append(asked)
        self.asked.append(calls)
        answer = self.answers.pop(0) if self.answers else self.on_request(calls)
        if answer is not None:
            return answer
        answers = [self.on_call(call) or await self._passed_on(call) for call in calls]
        if self.is_backwards:
            answers.reverse()
        return Answer(body=json.dumps(answers if isinstance(body, list) else answers[0]).encode())

    async def _passed_on(self, call: RpcCall) -> RpcAnswer:
        return self.on_answer(call, (await self.http.post("/", json=call)).json())


@asynccontextmanager
async def rpc_proxy(chain_url: str) -> AsyncIterator[RpcProxy]:
    """Run a proxy until the block is left."""
    async with httpx.AsyncClient(base_url=chain_url, trust_env=False) as http:
        proxy = RpcProxy(http)
        async with http_service(proxy.answer) as proxy.url:
            yield proxy

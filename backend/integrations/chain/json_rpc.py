"""JSON-RPC 2.0: how calls are written, and what comes back is read, strictly: it is about money.

https://www.jsonrpc.org/specification
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec

from backend.integrations.chain.errors import (
    CallReverted,
    ChainProblem,
    RpcLimited,
    RpcNodeAway,
    RpcNodeRefused,
    RpcNonsense,
)

INVALID_PARAMS = -32_602
_LIMITED = frozenset({-32_005, -32_029, 429})
"""By EIP-1474, and what providers write instead."""
_REVERTED = frozenset({3, -32_015})
_UNABLE = frozenset({-32_603, -32_000, -32_001, -32_002})
"""An inner error, whatever geth has no number for, a block it has not yet, busy."""
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

Result = TypeVar("Result")


class Call(NamedTuple):
    """One thing to ask."""

    method: str
    params: tuple[Any, ...] = ()


class Problem(msgspec.Struct, frozen=True, gc=False):
    """What a node says instead of a result."""

    code: int
    message: str = ""

    def named(self, node: str) -> ChainProblem:
        """Name it by the fact."""
        if self.code in _LIMITED:
            return RpcLimited(node)
        # Nodes that are not geth have numbers of their own for it.
        if self.code in _REVERTED or "revert" in self.message.lower():
            return CallReverted(node)
        if self.code in _UNABLE:
            return RpcNodeAway(node, f"it answered with error {self.code}")
        return RpcNodeRefused(node, f"error {self.code}")


class Answer(NamedTuple):
    """What a node said to one call."""

    node: str
    call: Call
    result: msgspec.Raw
    problem: Problem | None

    def read(self, form: msgspec.json.Decoder[Result]) -> Result:
        """Take the result, if it has the form it must have. Raises ChainProblem."""
        if self.problem is not None:
            raise self.problem.named(self.node)
        try:
            return form.decode(self.result)
        except _UNREADABLE:
            raise self.nonsense("has not the form it must have") from None

    def nonsense(self, what: str) -> RpcNonsense:
        """Make the problem that this answer is none."""
        return RpcNonsense(self.node, f"its answer to {self.call.method} {what}")


class _Said(msgspec.Struct, frozen=True, gc=False):
    """An answer as it travels."""

    jsonrpc: Literal["2.0"]
    id: int | None = None
    result: msgspec.Raw = msgspec.Raw()
    error: Problem | None = None


_decoder: msgspec.json.Decoder[_Said | list[_Said]] = msgspec.json.Decoder(_Said | list[_Said])


def encoded(calls: Sequence[Call]) -> bytes:
    """Write calls as one request; a single one without a batch, which not every node knows."""
    bodies = [
        {"jsonrpc": "2.0", "id": number, "method": call.method, "params": call.params}
        for number, call in enumerate(calls)
    ]
    return msgspec.json.encode(bodies if len(bodies) > 1 else bodies[0])


def decoded(node: str, body: bytes, calls: Sequence[Call]) -> list[Answer]:
    """Read what a node said, in the order of the calls: one answer for each, and no other.

    Raises ChainProblem.
    """
    try:
        said = _decoder.decode(body)
    except _UNREADABLE:
        raise RpcNonsense(node, "what it says is no answer of JSON-RPC 2.0") from None
    if isinstance(said, _Said):
        if said.error is not None and said.id is None:
            raise said.error.named(node)
        said = [said]
    by_id = {one.id: one for one in said}
    if len(said) != len(calls) or by_id.keys() != set(range(len(calls))):
        raise RpcNonsense(node, "its answers are not to what it was asked")
    return [_answer(node, call, by_id[number]) for number, call in enumerate(calls)]


def _answer(node: str, call: Call, said: _Said) -> Answer:
    answer = Answer(node, call, said.result, said.error)
    if (said.error is None) != bool(said.result):
        raise answer.nonsense("is neither a result nor an error")
    return answer

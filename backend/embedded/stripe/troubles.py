"""Troubles: what may go wrong on the way to Stripe, for those who are to live with it."""

from collections import deque

import msgspec

from backend.embedded.stripe.api import Api, Reply, Request
from backend.embedded.stripe.orders import Trouble

TROUBLES_MAX = 1_000


class Troubles:
    """Troubles that wait for their request."""

    def __init__(self, api: Api) -> None:
        """Let requests through to this API, once nothing is in their way."""
        self._api = api
        self._waiting: deque[Trouble] = deque(maxlen=TROUBLES_MAX)

    def add(self, trouble: Trouble) -> None:
        """Have something happen to the next request that suits."""
        self._waiting.append(trouble)

    def clear(self) -> None:
        """Have nothing more happen."""
        self._waiting.clear()

    async def answer(self, request: Request) -> Reply | None:
        """Answer a request, or not at all."""
        trouble = self._next_for(request.path)
        if trouble is None:
            return await self._api.answer(request)
        if trouble.does == "refuse":
            return _refusal(trouble)
        if trouble.does == "lose_request":
            return None
        if trouble.does == "lose_answer":
            await self._api.answer(request)
            return None
        return await self._api.answer(request._replace(takes_s=trouble.delay_s))

    def _next_for(self, path: str) -> Trouble | None:
        for trouble in self._waiting:
            if path.startswith(trouble.path):
                self._waiting.remove(trouble)
                return trouble
        return None


def _refusal(trouble: Trouble) -> Reply:
    too_many = trouble.status == 429  # noqa: PLR2004 - as HTTP has it
    error = {
        "type": "invalid_request_error" if too_many else "api_error",
        "message": "This was asked to go wrong.",
        **({"code": "rate_limit"} if too_many else {}),
    }
    headers: dict[str, str] = {}
    if trouble.should_retry is not None:
        headers["stripe-should-retry"] = str(trouble.should_retry).lower()
    if trouble.retry_after_s is not None:
        headers["retry-after"] = str(trouble.retry_after_s)
    return Reply(trouble.status, msgspec.json.encode({"error": error}), headers)

"""The backing: localstripe, asked for what it can do, its answers put into Stripe's words."""

from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import httpx
import msgspec

from backend.embedded.stripe.errors import ApiError, invalid, missing
from backend.embedded.stripe.resource import Resource, name_of

WITHIN_S: Final = 10.0
WRITES_MAX: Final = 20_000
"""It keeps all it was ever told, and writes all of it down each time."""
LISTED_MAX: Final = 100_000
"""It is asked for everything: its own pages have the oldest first."""
_KEY = "sk_test_stand_in"


class Backing:
    """The way to localstripe."""

    def __init__(self, url: str) -> None:
        """Talk to it there; nothing is connected yet."""
        self._writes = 0
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=WITHIN_S,
            trust_env=False,
            headers={"Authorization": f"Bearer {_KEY}"},
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def ask(
        self, method: str, path: str, fields: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Ask localstripe. Raises ApiError."""
        # As JSON, for of a form it would keep what is no text as text.
        has_body = method == "POST"
        self._writes += has_body
        if self._writes > WRITES_MAX:
            raise _away("localstripe has been told too much: begin with another folder")
        try:
            answer = await self._http.request(
                method,
                path,
                json=fields or {} if has_body else None,
                params=None if has_body else fields,
            )
            told: dict[str, Any] = msgspec.json.decode(answer.content)
        except (httpx.HTTPError, msgspec.DecodeError) as problem:
            raise _away(f"localstripe did not answer ({type(problem).__name__})") from problem
        if answer.is_success:
            return told
        raise _as_stripes(answer.status_code, path, told)

    async def forget(self) -> None:
        """Have localstripe begin anew. Raises HTTPError."""
        (await self._http.delete("/_config/data")).raise_for_status()
        self._writes = 0

    async def read(self, kind: type[Resource], wanted_id: str, param: str) -> dict[str, Any]:
        """Read one; `param` is where its id was told. Raises ApiError."""
        try:
            return await self.ask("GET", f"{kind.path}/{quote(wanted_id, safe='')}")
        except ApiError as problem:
            if problem.status == HTTPStatus.NOT_FOUND:
                raise missing(name_of(kind), wanted_id, param) from None
            raise

    async def every(self, path: str, **fields: Any) -> list[dict[str, Any]]:
        """List all there is, the oldest first. Raises ApiError."""
        answer = await self.ask("GET", path, {**fields, "limit": LISTED_MAX})
        found: list[dict[str, Any]] = answer["data"]
        return found


def _as_stripes(status: int, path: str, told: dict[str, Any]) -> ApiError:
    """Say an error of localstripe's, which has but a number and a word or two, as Stripe would."""
    error = told.get("error", {})
    message = str(error.get("message", "Bad request"))
    if status == HTTPStatus.NOT_FOUND:
        _, _, collection, *rest = path.split("/")
        return missing(collection.removesuffix("s"), rest[0] if rest else "")
    if status == HTTPStatus.PAYMENT_REQUIRED:
        code = error.get("code") or "card_declined"
        return ApiError(status, "card_error", message, code, decline_code="generic_decline")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _away(f"localstripe cannot do this: {message}")
    return invalid(message, error.get("code"))


def _away(message: str) -> ApiError:
    return ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "api_error", message)

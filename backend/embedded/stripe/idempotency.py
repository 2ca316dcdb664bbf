"""Idempotency: a request sent again with its key gets its first answer, and nothing is done twice.

What is kept is what an operation answered once it had begun; a request that was refused before,
for what it is or because its twin is still at work, may come again as if it were new.
"""

import msgspec
from msgspec import field

from backend.embedded.stripe.errors import ApiError

KEYS_MAX = 10_000
KEPT_S = 24 * 60 * 60
KEY_LENGTH_MAX = 255


class Answer(msgspec.Struct, kw_only=True, frozen=True):
    """An answer as it was sent first."""

    at: int
    fingerprint: str
    request_id: str
    status: int
    body: str


class Idempotency(msgspec.Struct):
    """The keys of a day."""

    answers: dict[str, Answer] = field(default_factory=dict)
    at_work: dict[str, str] = field(default_factory=dict)
    """What is being done just now, each with its fingerprint."""

    def begin(self, key: str, fingerprint: str, now: int) -> Answer | None:
        """Begin a request, or give the answer its first coming had. Raises ApiError."""
        if len(key) > KEY_LENGTH_MAX:
            raise _error(400, f"Idempotency keys have at most {KEY_LENGTH_MAX} characters.")
        self._forget(now)
        if key in self.at_work:
            raise _error(
                409,
                "There is currently another in-progress request using this Idempotent Key "
                f"(that probably means you submitted twice, and the other request is still going "
                f"through): {key}. Please try again later.",
                "idempotency_key_in_use",
            )
        first = self.answers.get(key)
        if first is not None and first.fingerprint != fingerprint:
            raise _error(
                400,
                "Keys for idempotent requests can only be used with the same parameters they were "
                f"first used with. Try using a key other than '{key}' if you meant to execute a "
                "different request.",
            )
        if first is None:
            self.at_work[key] = fingerprint
        return first

    def end(self, key: str, answer: Answer | None) -> None:
        """End a request; without an answer it leaves no trace."""
        self.at_work.pop(key, None)
        if answer is not None:
            self.answers[key] = answer

    def _forget(self, now: int) -> None:
        while self.answers:
            oldest = next(iter(self.answers))
            is_young = now - self.answers[oldest].at < KEPT_S
            if is_young and len(self.answers) <= KEYS_MAX:
                return
            del self.answers[oldest]


def _error(status: int, message: str, code: str | None = None) -> ApiError:
    return ApiError(status, "idempotency_error", message, code)

"""What the API refuses with, in the shape and with the codes of Stripe's own."""

from http import HTTPStatus
from typing import Any


class ApiError(Exception):
    """An answer that is an error."""

    def __init__(
        self, status: int, kind: str, message: str, code: str | None = None, **more: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"type": kind, "message": message}
        if code is not None:
            self.body["code"] = code
            self.body["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        self.body |= {name: value for name, value in more.items() if value is not None}


def invalid(message: str, code: str | None = None, **more: Any) -> ApiError:
    """Make the error for a request that cannot be carried out as it is."""
    return ApiError(HTTPStatus.BAD_REQUEST, "invalid_request_error", message, code, **more)


def missing(name: str, wanted_id: str, param: str = "id") -> ApiError:
    """Make the error for an object that is not there; 404 only where the URL names it."""
    is_of_url = param == "id"
    return ApiError(
        HTTPStatus.NOT_FOUND if is_of_url else HTTPStatus.BAD_REQUEST,
        "invalid_request_error",
        f"No such {name}: '{wanted_id}'",
        "resource_missing",
        param=param,
    )


def declined(message: str, code: str, **more: Any) -> ApiError:
    """Make the error for a card that was declined."""
    return ApiError(HTTPStatus.PAYMENT_REQUIRED, "card_error", message, code, **more)


def unauthorized(message: str) -> ApiError:
    """Make the error for a request by nobody."""
    return ApiError(HTTPStatus.UNAUTHORIZED, "invalid_request_error", message)

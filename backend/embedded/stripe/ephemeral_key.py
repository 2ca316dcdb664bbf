"""Ephemeral keys: what a phone may use for an hour, to show its owner's saved cards."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from backend.embedded.stripe import customer as customers
from backend.embedded.stripe.account import Account
from backend.embedded.stripe.errors import ApiError, invalid, unauthorized
from backend.embedded.stripe.forms import NoParams, Params
from backend.embedded.stripe.operations import Call, operation
from backend.embedded.stripe.resource import Resource, new_id, new_key
from backend.embedded.stripe.tables import Table

LIFE_S = 60 * 60
EPHEMERAL = "ek_test_"
"""What each begins with."""


class EphemeralKey(Resource, tag="ephemeral_key", kw_only=True):
    """A key for a while."""

    prefix: ClassVar = "ephkey_"
    path: ClassVar = "/v1/ephemeral_keys"

    associated_objects: list[dict[str, Any]]
    expires: int
    secret: str | None


class CreateParams(Params, kw_only=True):
    """Whose cards it shows."""

    customer: str


@operation("POST", "/v1/ephemeral_keys", CreateParams)
async def create(call: Call[CreateParams]) -> EphemeralKey:
    """Make one, for the version of the API that the phone speaks."""
    account, customer_id = call.account, call.params.customer
    if not (call.headers or {}).get("stripe-version"):
        raise invalid(
            "Please pass the API version that the phone's library speaks as `Stripe-Version`."
        )
    await customers.find(account, customer_id, "customer")
    now = account.now()
    made = EphemeralKey(
        id=new_id(EphemeralKey.prefix),
        created=now,
        associated_objects=[{"id": customer_id, "type": "customer"}],
        expires=now + LIFE_S,
        secret=new_key(EPHEMERAL),
    )
    account.of(EphemeralKey).add(made)
    return made


def check_sees(
    account: Account, secret: str, method: str, path: str, told: Mapping[str, Any]
) -> None:
    """Let a phone look at its owner and their cards, and at nothing else. Raises ApiError."""
    found = [key for key in account.of(EphemeralKey) if key.secret == secret]
    if not found or found[0].expires <= account.now():
        raise unauthorized("Expired or unknown ephemeral key.")
    owner = str(found[0].associated_objects[0]["id"])
    paths = {f"/v1/customers/{owner}", f"/v1/customers/{owner}/payment_methods"}
    is_theirs = path in paths or (path == "/v1/payment_methods" and told.get("customer") == owner)
    if method != "GET" or not is_theirs:
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            "invalid_request_error",
            "This ephemeral key shows the cards of its customer only.",
        )


@operation("DELETE", "/v1/ephemeral_keys/{id}", NoParams)
async def delete(call: Call[NoParams]) -> EphemeralKey:
    """End one before its time."""
    table: Table[EphemeralKey] = call.account.of(EphemeralKey)
    found = table.get(call.id)
    table.remove(found)
    found.secret = None
    return found

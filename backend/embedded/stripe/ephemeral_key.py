"""Ephemeral keys: what a phone may use for an hour, to show its owner's saved cards."""

from typing import Any, ClassVar

from backend.embedded.stripe import customer as customers
from backend.embedded.stripe.errors import invalid
from backend.embedded.stripe.forms import NoParams, Params
from backend.embedded.stripe.operations import Call, operation
from backend.embedded.stripe.resource import Resource, new_id, new_key
from backend.embedded.stripe.tables import Table

LIFE_S = 60 * 60


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
        secret=new_key("ek_test_"),
    )
    account.of(EphemeralKey).add(made)
    return made


@operation("DELETE", "/v1/ephemeral_keys/{id}", NoParams)
async def delete(call: Call[NoParams]) -> EphemeralKey:
    """End one before its time."""
    table: Table[EphemeralKey] = call.account.of(EphemeralKey)
    found = table.get(call.id)
    table.remove(found)
    found.secret = None
    return found

"""Customers: localstripe's, put into the shape that Stripe gives them today."""

from typing import Any, ClassVar

import msgspec
from msgspec import field

from backend.embedded.stripe.account import Account
from backend.embedded.stripe.billing import Address
from backend.embedded.stripe.errors import missing
from backend.embedded.stripe.forms import NoParams, Params
from backend.embedded.stripe.operations import Call, operation
from backend.embedded.stripe.resource import Resource, different
from backend.embedded.stripe.tables import ListParams, Page, page_of

_PREFIX_LENGTH = 8


class InvoiceSettings(msgspec.Struct, kw_only=True):
    """How invoices are paid."""

    custom_fields: None = None
    default_payment_method: str | None = None
    footer: str | None = None
    rendering_options: None = None


class Customer(Resource, tag="customer", kw_only=True):
    """Somebody who pays."""

    prefix: ClassVar = "cus_"
    path: ClassVar = "/v1/customers"

    address: Address | None = None
    balance: int = 0
    currency: str | None = None
    default_source: None = None
    delinquent: bool = False
    description: str | None = None
    discount: None = None
    email: str | None = None
    invoice_prefix: str
    invoice_settings: InvoiceSettings = field(default_factory=InvoiceSettings)
    metadata: dict[str, str] = field(default_factory=dict)
    name: str | None = None
    next_invoice_sequence: int = 1
    phone: str | None = None
    preferred_locales: list[str] = field(default_factory=list)
    shipping: None = None
    tax_exempt: str = "none"
    test_clock: None = None


class Deleted(msgspec.Struct, kw_only=True):
    """What is left of something that was deleted."""

    id: str
    object: str
    deleted: bool = True


class InvoiceSettingsParams(Params, kw_only=True):
    """How invoices are to be paid."""

    default_payment_method: str | None = None


class CustomerParams(Params, kw_only=True):
    """What is known of somebody."""

    address: Address | None = None
    balance: int | None = None
    description: str | None = None
    email: str | None = None
    invoice_settings: InvoiceSettingsParams | None = None
    metadata: dict[str, str] | str | None = None
    name: str | None = None
    phone: str | None = None
    preferred_locales: list[str] | None = None


class CustomerListParams(ListParams, kw_only=True):
    """Which customers."""

    email: str | None = None


@operation("POST", "/v1/customers", CustomerParams)
async def create(call: Call[CustomerParams]) -> Customer:
    """Make one."""
    return await new(call.account, call.params)


@operation("GET", "/v1/customers", CustomerListParams)
async def list_all(call: Call[CustomerListParams]) -> Page:
    """List them."""
    rows = [_shaped(told) for told in await call.account.backing.every(Customer.path)]
    email = call.params.email
    return page_of(Customer, rows, call.params, of=lambda row: email in {None, row.email})


@operation("GET", "/v1/customers/{id}", NoParams)
async def retrieve(call: Call[NoParams]) -> Customer | Deleted:
    """Read one, were it only that they were deleted."""
    if call.id in call.account.deleted:
        return Deleted(id=call.id, object="customer")
    return await find(call.account, call.id)


@operation("POST", "/v1/customers/{id}", CustomerParams)
async def update(call: Call[CustomerParams]) -> Customer:
    """Change what is told."""
    account = call.account
    before = await find(account, call.id)
    fields = _told(call.params)
    if call.params.metadata == "":
        fields["metadata"] = dict.fromkeys(before.metadata, "")
    if "balance" in fields:
        fields["account_balance"] = -fields.pop("balance")
    changed = _shaped(await account.backing.ask("POST", f"{Customer.path}/{call.id}", fields))
    account.emit("customer.updated", changed, different(before, changed))
    return changed


@operation("DELETE", "/v1/customers/{id}", NoParams)
async def delete(call: Call[NoParams]) -> Deleted:
    """Forget one."""
    gone = await find(call.account, call.id)
    await call.account.backing.ask("DELETE", f"{Customer.path}/{call.id}")
    call.account.deleted[call.id] = "customer"
    call.account.emit("customer.deleted", gone)
    return Deleted(id=call.id, object="customer")


async def new(account: Account, params: CustomerParams) -> Customer:
    """Make a customer."""
    made = _shaped(await account.backing.ask("POST", Customer.path, _told(params)))
    account.emit("customer.created", made)
    return made


async def find(account: Account, wanted_id: str, param: str = "id") -> Customer:
    """Find a customer who is there. Raises ApiError."""
    if wanted_id in account.deleted:
        raise missing("customer", wanted_id, param)
    return _shaped(await account.backing.read(Customer, wanted_id, param))


def _told(params: CustomerParams) -> dict[str, Any]:
    """Say what was told as localstripe takes it."""
    fields = {
        name: value for name, value in msgspec.to_builtins(params).items() if value is not None
    }
    if isinstance(address := fields.get("address"), dict):
        fields["address"] = {name: value for name, value in address.items() if value is not None}
    return fields


def _shaped(told: dict[str, Any]) -> Customer:
    settings = told["invoice_settings"] or {}
    return Customer(
        id=told["id"],
        created=told["created"],
        address=msgspec.convert(told["address"], Address) if told["address"] else None,
        balance=-told["account_balance"],
        description=told["description"] or None,
        email=told["email"] or None,
        invoice_prefix=told["id"][-_PREFIX_LENGTH:].upper(),
        invoice_settings=InvoiceSettings(
            default_payment_method=settings.get("default_payment_method") or None
        ),
        # localstripe takes no key away; one without a value is none.
        metadata={key: value for key, value in told["metadata"].items() if value},
        name=told["name"] or None,
        phone=told["phone"] or None,
        preferred_locales=told["preferred_locales"] or [],
    )

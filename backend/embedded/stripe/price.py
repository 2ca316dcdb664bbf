"""Prices: what a product costs, once or again and again."""

from typing import Any, ClassVar, Literal

from msgspec import field

from backend.embedded.stripe import product as products
from backend.embedded.stripe.account import Account
from backend.embedded.stripe.errors import invalid
from backend.embedded.stripe.forms import NoParams, Params, merged_metadata
from backend.embedded.stripe.operations import Call, operation
from backend.embedded.stripe.product import ProductParams
from backend.embedded.stripe.resource import Resource, new_id
from backend.embedded.stripe.tables import ListParams, Page


class Price(Resource, tag="price", kw_only=True):
    """What a product costs."""

    prefix: ClassVar = "price_"
    path: ClassVar = "/v1/prices"

    active: bool = True
    billing_scheme: str = "per_unit"
    currency: str
    custom_unit_amount: None = None
    lookup_key: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    nickname: str | None = None
    product: str
    recurring: dict[str, Any] | None = None
    tax_behavior: str = "unspecified"
    tiers_mode: None = None
    transform_quantity: None = None
    type: str
    unit_amount: int
    unit_amount_decimal: str


class Recurring(Params, kw_only=True):
    """How often it is paid."""

    interval: Literal["day", "week", "month", "year"]
    interval_count: int = 1
    usage_type: Literal["licensed"] = "licensed"


class ProductData(Params, kw_only=True):
    """A product that is made on the way."""

    name: str
    metadata: dict[str, str] = field(default_factory=dict)
    description: str | None = None


class CreateParams(Params, kw_only=True):
    """What something costs."""

    currency: str
    unit_amount: int
    active: bool = True
    lookup_key: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    nickname: str | None = None
    product: str | None = None
    product_data: ProductData | None = None
    recurring: Recurring | None = None
    tax_behavior: Literal["exclusive", "inclusive", "unspecified"] = "unspecified"
    transfer_lookup_key: bool = False


class UpdateParams(Params, kw_only=True):
    """What of a price can be changed: never how much it is."""

    active: bool | None = None
    lookup_key: str | None = None
    metadata: dict[str, str] | str | None = None
    nickname: str | None = None


class PriceListParams(ListParams, kw_only=True):
    """Which prices."""

    active: bool | None = None
    currency: str | None = None
    lookup_keys: list[str] | None = None
    product: str | None = None
    type: Literal["one_time", "recurring"] | None = None


@operation("POST", "/v1/prices", CreateParams)
async def create(call: Call[CreateParams]) -> Price:
    """Make one."""
    return await new(call.account, call.params)


@operation("GET", "/v1/prices", PriceListParams)
async def list_all(call: Call[PriceListParams]) -> Page:
    """List prices."""
    params = call.params
    return call.account.of(Price).page(
        params,
        of=lambda row: (
            params.active in {None, row.active}
            and params.currency in {None, row.currency}
            and params.product in {None, row.product}
            and params.type in {None, row.type}
            and (params.lookup_keys is None or row.lookup_key in params.lookup_keys)
        ),
    )


@operation("GET", "/v1/prices/{id}", NoParams)
async def retrieve(call: Call[NoParams]) -> Price:
    """Read one."""
    return call.account.of(Price).get(call.id)


@operation("POST", "/v1/prices/{id}", UpdateParams)
async def update(call: Call[UpdateParams]) -> Price:
    """Change what can be changed."""
    found, params = call.account.of(Price).get(call.id), call.params
    found.active = found.active if params.active is None else params.active
    found.lookup_key = params.lookup_key or found.lookup_key
    found.nickname = params.nickname or found.nickname
    found.metadata = merged_metadata(found.metadata, params.metadata)
    call.account.emit("price.updated", found)
    return found


async def new(account: Account, params: CreateParams) -> Price:
    """Make a price; localstripe has one that comes again as a plan. Raises ApiError."""
    if params.unit_amount < 0:
        raise invalid("Invalid non-negative integer", param="unit_amount")
    product_id = await _product_id(account, params)
    made = Price(
        id=new_id(Price.prefix),
        created=account.now(),
        active=params.active,
        currency=params.currency.lower(),
        lookup_key=_lookup_key(account, params),
        metadata=params.metadata,
        nickname=params.nickname,
        product=product_id,
        recurring=_shown_recurring(params.recurring) if params.recurring else None,
        tax_behavior=params.tax_behavior,
        type="recurring" if params.recurring else "one_time",
        unit_amount=params.unit_amount,
        unit_amount_decimal=str(params.unit_amount),
    )
    if params.recurring is not None:
        plan = {
            "id": made.id,
            "amount": made.unit_amount,
            "currency": made.currency,
            "interval": params.recurring.interval,
            "interval_count": params.recurring.interval_count,
            "product": product_id,
        }
        await account.backing.ask("POST", "/v1/plans", plan)
    account.of(Price).add(made)
    account.emit("price.created", made)
    return made


async def _product_id(account: Account, params: CreateParams) -> str:
    if params.product is not None:
        return (await products.find(account, params.product, "product")).id
    data = params.product_data
    if data is None:
        raise invalid(
            "One of the following params should be provided for this request: product or "
            "product_data."
        )
    told = ProductParams(name=data.name, metadata=data.metadata, description=data.description)
    return (await products.new(account, told)).id


def _lookup_key(account: Account, params: CreateParams) -> str | None:
    """Give the price its key, taken from the one that has it where that is told."""
    key = params.lookup_key
    holders = [row for row in account.of(Price) if key is not None and row.lookup_key == key]
    if holders and not params.transfer_lookup_key:
        raise invalid(f"A price (`{holders[0].id}`) already uses that lookup key.")
    for holder in holders:
        holder.lookup_key = None
    return key


def _shown_recurring(told: Recurring) -> dict[str, Any]:
    return {
        "interval": told.interval,
        "interval_count": told.interval_count,
        "meter": None,
        "trial_period_days": None,
        "usage_type": told.usage_type,
    }

"""Products: localstripe's, put into the shape that Stripe gives them today."""

from typing import Any, ClassVar

import msgspec
from msgspec import field

from backend.embedded.stripe.account import Account
from backend.embedded.stripe.customer import Deleted
from backend.embedded.stripe.errors import invalid
from backend.embedded.stripe.forms import NoParams, Params
from backend.embedded.stripe.operations import Call, operation
from backend.embedded.stripe.resource import Resource, different
from backend.embedded.stripe.tables import ListParams, Page, page_of


class Product(Resource, tag="product", kw_only=True):
    """Something that is sold."""

    prefix: ClassVar = "prod_"
    path: ClassVar = "/v1/products"

    active: bool
    default_price: str | None = None
    description: str | None = None
    images: list[str] = field(default_factory=list)
    marketing_features: list[dict[str, str]] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    name: str
    package_dimensions: None = None
    shippable: bool | None = None
    statement_descriptor: str | None = None
    tax_code: str | None = None
    type: str = "service"
    unit_label: str | None = None
    updated: int
    url: str | None = None


class ProductParams(Params, kw_only=True):
    """What is known of a product; a new one has a name."""

    id: str | None = None
    active: bool | None = None
    description: str | None = None
    metadata: dict[str, str] | None = None
    name: str | None = None
    statement_descriptor: str | None = None
    url: str | None = None


class ProductListParams(ListParams, kw_only=True):
    """Which products."""

    active: bool | None = None
    ids: list[str] | None = None


@operation("POST", "/v1/products", ProductParams)
async def create(call: Call[ProductParams]) -> Product:
    """Make one."""
    return await new(call.account, call.params)


@operation("GET", "/v1/products", ProductListParams)
async def list_all(call: Call[ProductListParams]) -> Page:
    """List products."""
    params = call.params
    rows = [_shaped(told) for told in await call.account.backing.every(Product.path)]
    return page_of(
        Product,
        rows,
        params,
        of=lambda row: (
            params.active in {None, row.active} and (params.ids is None or row.id in params.ids)
        ),
    )


@operation("GET", "/v1/products/{id}", NoParams)
async def retrieve(call: Call[NoParams]) -> Product:
    """Read one."""
    return await find(call.account, call.id)


@operation("POST", "/v1/products/{id}", ProductParams)
async def update(call: Call[ProductParams]) -> Product:
    """Change what is told."""
    before = await find(call.account, call.id)
    path = f"{Product.path}/{call.id}"
    changed = _shaped(await call.account.backing.ask("POST", path, _told(call.params)))
    call.account.emit("product.updated", changed, different(before, changed))
    return changed


@operation("DELETE", "/v1/products/{id}", NoParams)
async def delete(call: Call[NoParams]) -> Deleted:
    """Forget one."""
    gone = await find(call.account, call.id)
    await call.account.backing.ask("DELETE", f"{Product.path}/{call.id}")
    call.account.emit("product.deleted", gone)
    return Deleted(id=call.id, object="product")


async def new(account: Account, params: ProductParams) -> Product:
    """Make a product. Raises ApiError."""
    if params.name is None:
        raise invalid("Missing required param: name.", "parameter_missing", param="name")
    made = _shaped(await account.backing.ask("POST", Product.path, _told(params)))
    account.emit("product.created", made)
    return made


async def find(account: Account, wanted_id: str, param: str = "id") -> Product:
    """Find a product. Raises ApiError."""
    return _shaped(await account.backing.read(Product, wanted_id, param))


def _told(params: ProductParams) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(params)
    return {name: value for name, value in told.items() if value is not None}


def _shaped(told: dict[str, Any]) -> Product:
    return Product(
        id=told["id"],
        created=told["created"],
        active=told["active"],
        description=told["description"],
        metadata={key: value for key, value in told["metadata"].items() if value},
        name=told["name"],
        statement_descriptor=told["statement_descriptor"],
        updated=told["created"],
        url=told["url"],
    )

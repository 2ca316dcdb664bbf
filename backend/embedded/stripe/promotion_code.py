"""Promotion codes: what people type to get a coupon's reduction."""

from typing import Any, ClassVar, Literal

from msgspec import field

from backend.embedded.stripe import customer as customers
from backend.embedded.stripe.account import Account
from backend.embedded.stripe.coupon import Coupon
from backend.embedded.stripe.errors import invalid
from backend.embedded.stripe.forms import NoParams, Params, merged_metadata
from backend.embedded.stripe.operations import Call, operation
from backend.embedded.stripe.resource import Resource, new_code, new_id
from backend.embedded.stripe.tables import ListParams, Page


class PromotionCode(Resource, tag="promotion_code", kw_only=True):
    """A word that stands for a coupon."""

    prefix: ClassVar = "promo_"
    path: ClassVar = "/v1/promotion_codes"

    active: bool = True
    code: str
    customer: str | None = None
    expires_at: int | None = None
    max_redemptions: int | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    promotion: dict[str, Any]
    restrictions: dict[str, Any]
    times_redeemed: int = 0

    def is_valid(self, now: int, customer_id: str | None) -> bool:
        """Tell whether somebody may use it."""
        has_uses = self.max_redemptions is None or self.times_redeemed < self.max_redemptions
        is_in_time = self.expires_at is None or now < self.expires_at
        return self.active and has_uses and is_in_time and self.customer in {None, customer_id}


class Promotion(Params, kw_only=True):
    """What it stands for."""

    type: Literal["coupon"]
    coupon: str


class Restrictions(Params, kw_only=True):
    """Who may not use it."""

    first_time_transaction: bool = False
    minimum_amount: int | None = None
    minimum_amount_currency: str | None = None


class CreateParams(Params, kw_only=True):
    """A word, and what it stands for."""

    promotion: Promotion
    active: bool = True
    code: str | None = None
    customer: str | None = None
    expires_at: int | None = None
    max_redemptions: int | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    restrictions: Restrictions | None = None


class UpdateParams(Params, kw_only=True):
    """What of it can be changed."""

    active: bool | None = None
    metadata: dict[str, str] | str | None = None


class CodeListParams(ListParams, kw_only=True):
    """Which codes."""

    active: bool | None = None
    code: str | None = None
    coupon: str | None = None
    customer: str | None = None


@operation("POST", "/v1/promotion_codes", CreateParams)
async def create(call: Call[CreateParams]) -> PromotionCode:
    """Make one."""
    account, params = call.account, call.params
    coupon = account.of(Coupon).get(params.promotion.coupon, "promotion[coupon]")
    if params.customer is not None:
        await customers.find(account, params.customer, "customer")
    code = params.code or new_code()
    if any(row.active and row.code.lower() == code.lower() for row in account.of(PromotionCode)):
        raise invalid("An active promotion code with `code: " + code + "` already exists.")
    restrictions = params.restrictions or Restrictions()
    made = PromotionCode(
        id=new_id(PromotionCode.prefix),
        created=account.now(),
        active=params.active,
        code=code,
        customer=params.customer,
        expires_at=params.expires_at,
        max_redemptions=params.max_redemptions,
        metadata=params.metadata,
        promotion={"coupon": coupon.id, "type": "coupon"},
        restrictions={
            "first_time_transaction": restrictions.first_time_transaction,
            "minimum_amount": restrictions.minimum_amount,
            "minimum_amount_currency": restrictions.minimum_amount_currency,
        },
    )
    account.of(PromotionCode).add(made)
    account.emit("promotion_code.created", made)
    return made


@operation("GET", "/v1/promotion_codes", CodeListParams)
async def list_all(call: Call[CodeListParams]) -> Page:
    """List them."""
    params = call.params
    code = params.code.lower() if params.code else None
    return call.account.of(PromotionCode).page(
        params,
        of=lambda row: (
            params.active in {None, row.active}
            and code in {None, row.code.lower()}
            and params.coupon in {None, row.promotion["coupon"]}
            and params.customer in {None, row.customer}
        ),
    )


@operation("GET", "/v1/promotion_codes/{id}", NoParams)
async def retrieve(call: Call[NoParams]) -> PromotionCode:
    """Read one."""
    return call.account.of(PromotionCode).get(call.id)


@operation("POST", "/v1/promotion_codes/{id}", UpdateParams)
async def update(call: Call[UpdateParams]) -> PromotionCode:
    """Change what can be changed."""
    found, params = call.account.of(PromotionCode).get(call.id), call.params
    found.active = found.active if params.active is None else params.active
    found.metadata = merged_metadata(found.metadata, params.metadata)
    call.account.emit("promotion_code.updated", found)
    return found


def coupon_for(account: Account, wanted_id: str, customer_id: str | None) -> Coupon:
    """Find what a code stands for, for somebody who may use it. Raises ApiError."""
    found = account.of(PromotionCode).get(wanted_id, "discounts[0][promotion_code]")
    if not found.is_valid(account.now(), customer_id):
        raise invalid("This promotion code cannot be redeemed.", "promotion_code_unusable")
    return account.of(Coupon).get(found.promotion["coupon"])

"""Coupons: how much less something costs."""

from typing import ClassVar, Literal

from msgspec import field

from backend.embedded.stripe.customer import Deleted
from backend.embedded.stripe.errors import invalid
from backend.embedded.stripe.forms import NoParams, Params, merged_metadata
from backend.embedded.stripe.operations import Call, operation
from backend.embedded.stripe.resource import Resource, new_code
from backend.embedded.stripe.tables import ListParams, Page

_WHOLE = 100


class Coupon(Resource, tag="coupon", kw_only=True):
    """A reduction: a part of the price, or so much of it."""

    prefix: ClassVar = "coupon_"
    path: ClassVar = "/v1/coupons"

    amount_off: int | None
    currency: str | None
    duration: str
    duration_in_months: int | None
    max_redemptions: int | None
    metadata: dict[str, str]
    name: str | None
    percent_off: float | None
    redeem_by: int | None
    times_redeemed: int = 0
    valid: bool = True

    def off(self, amount: int) -> int:
        """Say how much less an amount becomes, never more than it is."""
        if self.amount_off is not None:
            return min(self.amount_off, amount)
        # A percentage has two digits behind its point; as whole hundredths nothing is rounded yet.
        hundredths = round((self.percent_off or 0) * _WHOLE)
        return amount * hundredths // (_WHOLE * _WHOLE)

    def redeemed(self, now: int) -> None:
        """Count one more use."""
        self.times_redeemed += 1
        self.valid = self.is_valid(now)

    def is_valid(self, now: int) -> bool:
        """Tell whether it can be used (again)."""
        has_uses = self.max_redemptions is None or self.times_redeemed < self.max_redemptions
        return has_uses and (self.redeem_by is None or now < self.redeem_by)


class CreateParams(Params, kw_only=True):
    """How much less, and for how long."""

    id: str | None = None
    amount_off: int | None = None
    currency: str | None = None
    duration: Literal["forever", "once", "repeating"] = "once"
    duration_in_months: int | None = None
    max_redemptions: int | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    name: str | None = None
    percent_off: float | None = None
    redeem_by: int | None = None


class UpdateParams(Params, kw_only=True):
    """What of a coupon can be changed."""

    metadata: dict[str, str] | str | None = None
    name: str | None = None


@operation("POST", "/v1/coupons", CreateParams)
async def create(call: Call[CreateParams]) -> Coupon:
    """Make one."""
    account, params = call.account, call.params
    _check(params)
    made_id = params.id or new_code()
    if any(row.id == made_id for row in account.of(Coupon)):
        raise invalid("Coupon already exists.", "resource_already_exists", param="id")
    made = Coupon(
        id=made_id,
        created=account.now(),
        amount_off=params.amount_off,
        currency=params.currency.lower() if params.currency else None,
        duration=params.duration,
        duration_in_months=params.duration_in_months,
        max_redemptions=params.max_redemptions,
        metadata=params.metadata,
        name=params.name,
        percent_off=params.percent_off,
        redeem_by=params.redeem_by,
    )
    account.of(Coupon).add(made)
    account.emit("coupon.created", made)
    return made


@operation("GET", "/v1/coupons", ListParams)
async def list_all(call: Call[ListParams]) -> Page:
    """List coupons."""
    return call.account.of(Coupon).page(call.params)


@operation("GET", "/v1/coupons/{id}", NoParams)
async def retrieve(call: Call[NoParams]) -> Coupon:
    """Read one."""
    return call.account.of(Coupon).get(call.id)


@operation("POST", "/v1/coupons/{id}", UpdateParams)
async def update(call: Call[UpdateParams]) -> Coupon:
    """Change what can be changed."""
    found = call.account.of(Coupon).get(call.id)
    found.name = call.params.name or found.name
    found.metadata = merged_metadata(found.metadata, call.params.metadata)
    call.account.emit("coupon.updated", found)
    return found


@operation("DELETE", "/v1/coupons/{id}", NoParams)
async def delete(call: Call[NoParams]) -> Deleted:
    """Forget one; what it was used for stays as it is."""
    found = call.account.of(Coupon).get(call.id)
    call.account.of(Coupon).remove(found)
    call.account.emit("coupon.deleted", found)
    return Deleted(id=call.id, object="coupon")


def _check(params: CreateParams) -> None:
    if (params.amount_off is None) == (params.percent_off is None):
        raise invalid("You must pass either `percent_off` or `amount_off` (not both).")
    if params.percent_off is not None and not 0 < params.percent_off <= _WHOLE:
        raise invalid("Invalid percent_off: must be above 0 and at most 100.", param="percent_off")
    if params.amount_off is not None and (params.amount_off <= 0 or params.currency is None):
        raise invalid("You must pass a `currency` with a positive `amount_off`.", param="currency")
    if (params.duration == "repeating") != (params.duration_in_months is not None):
        raise invalid(
            "You must pass `duration_in_months` where the duration is repeating, and only there.",
            param="duration_in_months",
        )

"""Products, prices, coupons and promotion codes: what things cost, and for whom less."""

import pytest
from stripe import StripeClient

from backend.integrations.stripe_api import StripeRequestWrong, stripe_facts
from tests.stripe.words import new_key


async def test_a_product_has_prices(stripe: StripeClient) -> None:
    product = await stripe.v1.products.create_async(
        {"name": "Coins", "metadata": {"asset": "coin"}}, new_key()
    )
    assert (product.active, product.metadata["asset"]) == (True, "coin")
    once = await stripe.v1.prices.create_async(
        {"product": product.id, "currency": "eur", "unit_amount": 500}, new_key()
    )
    monthly = await stripe.v1.prices.create_async(
        {
            "product": product.id,
            "currency": "eur",
            "unit_amount": 900,
            "recurring": {"interval": "month"},
        },
        new_key(),
    )
    assert (once.type, once.unit_amount, once.recurring) == ("one_time", 500, None)
    assert monthly.recurring
    assert (monthly.type, monthly.recurring.interval) == ("recurring", "month")
    page = await stripe.v1.prices.list_async({"product": product.id, "type": "recurring"})
    assert [price.id for price in page.data] == [monthly.id]


async def test_a_price_is_found_by_a_key_of_ours(stripe: StripeClient) -> None:
    key = new_key()["idempotency_key"]
    made = await stripe.v1.prices.create_async(
        {
            "currency": "eur",
            "unit_amount": 500,
            "lookup_key": key,
            "product_data": {"name": "Coins"},
        },
        new_key(),
    )
    page = await stripe.v1.prices.list_async({"lookup_keys": [key]})
    assert [price.id for price in page.data] == [made.id]


async def test_a_product_is_changed_and_laid_aside(stripe: StripeClient) -> None:
    product = await stripe.v1.products.create_async({"name": "Coins"}, new_key())
    changed = await stripe.v1.products.update_async(
        product.id, {"active": False, "name": "Old coins"}, new_key()
    )
    assert (changed.active, changed.name) == (False, "Old coins")
    page = await stripe.v1.products.list_async({"ids": [product.id], "active": True})
    assert page.data == []


async def test_a_code_stands_for_a_coupon(stripe: StripeClient) -> None:
    coupon = await stripe.v1.coupons.create_async(
        {"percent_off": 25, "duration": "once", "name": "A quarter less"}, new_key()
    )
    assert (coupon.percent_off, coupon.valid, coupon.times_redeemed) == (25, True, 0)
    code = f"TANDEM{new_key()['idempotency_key'][:10].upper()}"
    made = await stripe.v1.promotion_codes.create_async(
        {
            "promotion": {"type": "coupon", "coupon": coupon.id},
            "code": code,
            "max_redemptions": 3,
        },
        new_key(),
    )
    page = await stripe.v1.promotion_codes.list_async(
        {"code": code.lower(), "active": True, "expand": ["data.promotion.coupon"]}
    )
    (found,) = page.data
    assert (found.id, found.code, found.max_redemptions) == (made.id, code, 3)
    assert not isinstance(found.promotion.coupon, str)
    assert found.promotion.coupon
    assert found.promotion.coupon.id == coupon.id
    with pytest.raises(StripeRequestWrong), stripe_facts():
        await stripe.v1.promotion_codes.create_async(
            {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": code}, new_key()
        )
    await stripe.v1.promotion_codes.update_async(found.id, {"active": False}, new_key())
    page = await stripe.v1.promotion_codes.list_async({"code": code, "active": True})
    assert page.data == []


async def test_a_coupon_takes_off_a_part_or_an_amount_and_not_both(stripe: StripeClient) -> None:
    with pytest.raises(StripeRequestWrong), stripe_facts():
        await stripe.v1.coupons.create_async(
            {"percent_off": 10, "amount_off": 100, "currency": "eur"}, new_key()
        )
    made = await stripe.v1.coupons.create_async({"amount_off": 100, "currency": "eur"}, new_key())
    assert (made.amount_off, made.percent_off, made.duration) == (100, None, "once")
    gone = await stripe.v1.coupons.delete_async(made.id)
    assert gone.deleted

"""Shapes: the stand-in shows and takes what the library says Stripe shows and takes, no more.

So a new version of the library, which is a new version of the API, says where it has moved.
"""

from types import NoneType
from typing import Any, get_args

import msgspec
import pytest
import stripe
from stripe import params as library

from backend.embedded.stripe import (
    balance,
    charge,
    checkout_session,
    coupon,
    customer,
    dispute,
    events,
    invoice,
    payment,
    payment_intent,
    payment_method,
    price,
    product,
    promotion_code,
    refund,
    setup_intent,
    subscribing,
    subscription,
)
from backend.embedded.stripe.resource import BEHIND

SHOWN: list[tuple[type[msgspec.Struct], type[Any]]] = [
    (balance.BalanceTransaction, stripe.BalanceTransaction),
    (charge.Charge, stripe.Charge),
    (checkout_session.LineItem, stripe.LineItem),
    (checkout_session.Session, stripe.checkout.Session),
    (coupon.Coupon, stripe.Coupon),
    (customer.Customer, stripe.Customer),
    (dispute.Dispute, stripe.Dispute),
    (events.Event, stripe.Event),
    (invoice.Invoice, stripe.Invoice),
    (invoice.Line, stripe.InvoiceLineItem),
    (payment.PaymentIntent, stripe.PaymentIntent),
    (payment_method.PaymentMethod, stripe.PaymentMethod),
    (price.Price, stripe.Price),
    (product.Product, stripe.Product),
    (promotion_code.PromotionCode, stripe.PromotionCode),
    (refund.Refund, stripe.Refund),
    (setup_intent.SetupIntent, stripe.SetupIntent),
    (subscription.Item, stripe.SubscriptionItem),
    (subscription.Subscription, stripe.Subscription),
]
TAKEN: list[tuple[type[msgspec.Struct], Any]] = [
    (checkout_session.CreateParams, library.checkout.SessionCreateParams),
    (coupon.CreateParams, library.CouponCreateParams),
    (customer.CustomerParams, library.CustomerUpdateParams),
    (dispute.UpdateParams, library.DisputeUpdateParams),
    (payment_intent.CancelParams, library.PaymentIntentCancelParams),
    (payment_intent.CaptureParams, library.PaymentIntentCaptureParams),
    (payment_intent.CreateParams, library.PaymentIntentCreateParams),
    (payment_intent.IntentListParams, library.PaymentIntentListParams),
    (payment_intent.PaymentConfirmParams, library.PaymentIntentConfirmParams),
    (payment_intent.UpdateParams, library.PaymentIntentUpdateParams),
    (payment_method.CreateParams, library.PaymentMethodCreateParams),
    (price.CreateParams, library.PriceCreateParams),
    (product.ProductParams, library.ProductCreateParams),
    (promotion_code.CreateParams, library.PromotionCodeCreateParams),
    (refund.CreateParams, library.RefundCreateParams),
    (setup_intent.CreateParams, library.SetupIntentCreateParams),
    (subscribing.CreateParams, library.SubscriptionCreateParams),
]
FOR_PHONES = {"client_secret"}
"""What a phone sends, and a server, for which the library is made, does not."""
REFUSED = {"automatic_payment_methods", "payment_method_types"}
"""What is taken only to be refused by its name."""
NOT_YET = {"livemode", "created"}
"""What every resource of the stand-in has, and some of Stripe's have not."""


@pytest.mark.parametrize(("ours", "theirs"), SHOWN, ids=lambda kind: kind.__name__)
def test_what_is_shown_is_known_to_the_library(
    ours: type[msgspec.Struct], theirs: type[Any]
) -> None:
    known = set(theirs.__annotations__)
    assert set(ours.__struct_fields__) - known - {BEHIND} - NOT_YET == set()


@pytest.mark.parametrize(("ours", "theirs"), SHOWN, ids=lambda kind: kind.__name__)
def test_what_the_library_counts_on_is_shown(ours: type[msgspec.Struct], theirs: type[Any]) -> None:
    counted_on = {
        name for name, kind in theirs.__annotations__.items() if NoneType not in get_args(kind)
    }
    assert counted_on - set(ours.__struct_fields__) - {"object", "OBJECT_NAME"} == set()


@pytest.mark.parametrize(("ours", "theirs"), TAKEN, ids=lambda kind: kind.__name__)
def test_what_is_taken_is_known_to_the_library(ours: type[msgspec.Struct], theirs: Any) -> None:
    known = set(theirs.__annotations__)
    assert set(ours.__struct_fields__) - known - FOR_PHONES - REFUSED == set()

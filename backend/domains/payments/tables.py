"""The tables of payments, as the migration made them."""

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    Boolean,
    Date,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.conf.apps import AppConfig
from piccolo.table import Table

from backend.persistence.tables import MIGRATIONS


class PaymentCustomer(Table, tablename="payment_customer"):
    """Who somebody is to Stripe, and the card that may be charged while they are away."""

    user_id = UUID(primary_key=True)
    stripe_customer_id = Varchar(length=255, null=True, default=None)
    card_id = Varchar(length=255, null=True, default=None)
    card_brand = Varchar(length=40, null=True, default=None)
    card_last4 = Varchar(length=4, null=True, default=None)
    card_expires_on = Date(null=True, default=None)
    version = BigInt()
    seen_event_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)


class PaymentIntent(Table, tablename="payment_intent"):
    """A payment by card: money for a wallet, or what was forfeited."""

    id = UUID(primary_key=True)
    user_id = UUID()
    payment_type = Varchar(length=10)
    status = Varchar(length=20)
    amount_minor = BigInt()
    currency = Varchar(length=3)
    received_minor = BigInt()
    fee_minor = BigInt()
    refunded_minor = BigInt()
    disputed_minor = BigInt()
    stripe_id = Varchar(length=255, null=True, default=None)
    checkout_session_id = Varchar(length=255, null=True, default=None)
    saves_card = Boolean()
    by_page = Boolean()
    goes_to = UUID(null=True, default=None)
    challenge_id = UUID(null=True, default=None)
    challenge_event_id = UUID(null=True, default=None)
    problem = Varchar(length=100, null=True, default=None)
    tries = Integer()
    next_try_at = Timestamptz(null=True, default=None)
    version = BigInt()
    seen_event_at = Timestamptz(null=True, default=None)
    metadata = JSONB()
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)
    paid_at = Timestamptz(null=True, default=None)


class Payout(Table, tablename="payout"):
    """What somebody had paid back to their cards at once."""

    id = UUID(primary_key=True)
    user_id = UUID()
    amount_minor = BigInt()
    created_at = Timestamptz(default=None)


class PaymentRefund(Table, tablename="payment_refund"):
    """A part of a payment that goes back to its card."""

    id = UUID(primary_key=True)
    payment_intent_id = UUID()
    payout_id = UUID(null=True, default=None)
    user_id = UUID()
    amount_minor = BigInt()
    from_wallet_minor = BigInt()
    status = Varchar(length=20)
    stripe_id = Varchar(length=255, null=True, default=None)
    problem = Varchar(length=100, null=True, default=None)
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)


class PaymentDispute(Table, tablename="payment_dispute"):
    """A payment that its payer's bank took back, or asked about."""

    id = UUID(primary_key=True)
    payment_intent_id = UUID()
    user_id = UUID()
    stripe_id = Varchar(length=255)
    status = Varchar(length=30)
    reason = Varchar(length=100)
    amount_minor = BigInt()
    withdrawn_minor = BigInt()
    reinstated_minor = BigInt()
    fee_minor = BigInt()
    recovered_minor = BigInt()
    recoveries = Integer()
    opened_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)


class StripeWebhook(Table, tablename="stripe_webhook"):
    """Something Stripe told us, and what became of it."""

    event_id = Varchar(length=255, primary_key=True)
    event_type = Varchar(length=100)
    about_kind = Varchar(length=20, null=True, default=None)
    about_id = Varchar(length=255, null=True, default=None)
    payload = Text()
    was_missed = Boolean()
    stripe_created_at = Timestamptz(default=None)
    received_at = Timestamptz(default=None)
    status = Varchar(length=10)
    tries = Integer()
    problem = Varchar(length=300, null=True, default=None)
    applied_at = Timestamptz(null=True, default=None)


class StripeReconciliation(Table, tablename="stripe_reconciliation"):
    """What was found when our books were held against Stripe's."""

    id = UUID(primary_key=True)
    ran_at = Timestamptz(default=None)
    listed_from = Timestamptz(default=None)
    listed_to = Timestamptz(default=None)
    events_listed = Integer()
    events_missed = Integer()
    stripe_minor = BigInt()
    ledger_minor = BigInt()
    difference_minor = BigInt()


APP_CONFIG = AppConfig(
    app_name="payments",
    migrations_folder_path=str(MIGRATIONS / "payments"),
    table_classes=[
        PaymentCustomer,
        PaymentIntent,
        Payout,
        PaymentRefund,
        PaymentDispute,
        StripeWebhook,
        StripeReconciliation,
    ],
    migration_dependencies=["backend.domains.identity.tables"],
)

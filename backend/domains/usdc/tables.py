"""The tables of USDC: addresses, what came in, and what goes out."""

from piccolo.columns import JSONB, UUID, BigInt, Bytea, Timestamptz, Varchar
from piccolo.conf.apps import AppConfig
from piccolo.table import Table

from backend.persistence.tables import MIGRATIONS


class DepositAddress(Table, tablename="deposit_address"):
    """An address an operator handed in, at which one person may pay in."""

    chain_id = BigInt()
    address = Varchar(length=42, primary_key=True)
    provider_ref = Varchar(length=100, null=True, default=None)
    loaded_by = Varchar(length=100)
    loaded_at = Timestamptz(default=None)
    assigned_at = Timestamptz(null=True, default=None)


class CryptoWallet(Table, tablename="crypto_wallet"):
    """An address: of ours, where a person pays in, or their own, where they are paid."""

    id = UUID(primary_key=True)
    user_id = UUID()
    wallet_type = Varchar(length=10)
    chain_id = BigInt()
    address = Varchar(length=42)
    provider_ref = Varchar(length=100, null=True, default=None)
    accounted_principal_micros = BigInt()
    swept_micros = BigInt()
    last_observed_micros = BigInt()
    last_observed_block_number = BigInt(null=True, default=None)
    last_observed_block_hash = Varchar(length=66, null=True, default=None)
    last_refreshed_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=None)
    usable_from = Timestamptz(default=None)
    removed_at = Timestamptz(null=True, default=None)


class FundingSession(Table, tablename="funding_session"):
    """That somebody was told where to pay in, and within which limits."""

    id = UUID(primary_key=True)
    user_id = UUID()
    wallet_id = UUID()
    provider = Varchar(length=40)
    context = JSONB()
    address = Varchar(length=42)
    chain_id = BigInt()
    state = Varchar(length=10)
    limits_snapshot = JSONB()
    ip_hash = Bytea(null=True, default=None, secret=True)
    expires_at = Timestamptz(default=None)
    created_at = Timestamptz(default=None)


class UsdcDeposit(Table, tablename="usdc_deposit"):
    """What an address has grown by, and the transfer by which it was posted."""

    id = UUID(primary_key=True)
    wallet_id = UUID()
    user_id = UUID()
    from_micros = BigInt()
    to_micros = BigInt()
    amount_micros = BigInt()
    block_number = BigInt()
    block_hash = Varchar(length=66)
    transfer_id = UUID()
    over_limit = Varchar(length=10, null=True, default=None)
    created_at = Timestamptz(default=None)


class UsdcSweep(Table, tablename="usdc_sweep"):
    """What an operator moved out of an address, and the transaction that did."""

    id = UUID(primary_key=True)
    wallet_id = UUID()
    amount_micros = BigInt()
    tx_hash = Varchar(length=66)
    block_number = BigInt()
    block_hash = Varchar(length=66)
    operator = Varchar(length=100)
    created_at = Timestamptz(default=None)
    taken_back_at = Timestamptz(null=True, default=None)


class UsdcWithdrawal(Table, tablename="usdc_withdrawal"):
    """What somebody wants paid out, and how far that is."""

    id = UUID(primary_key=True)
    user_id = UUID()
    wallet_id = UUID(null=True, default=None)
    chain_id = BigInt()
    address = Varchar(length=42)
    amount_micros = BigInt()
    status = Varchar(length=10)
    hold_id = UUID()
    token_hash = Bytea(null=True, default=None, secret=True)
    confirm_until = Timestamptz(default=None)
    tx_hash = Varchar(length=66, null=True, default=None)
    reason = Varchar(length=200, null=True, default=None)
    operator = Varchar(length=100, null=True, default=None)
    asked_at = Timestamptz(default=None)
    confirmed_at = Timestamptz(null=True, default=None)
    approved_at = Timestamptz(null=True, default=None)
    executed_at = Timestamptz(null=True, default=None)
    checked_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    changed_at = Timestamptz(default=None)


APP_CONFIG = AppConfig(
    app_name="usdc",
    migrations_folder_path=str(MIGRATIONS / "usdc"),
    table_classes=[
        DepositAddress,
        CryptoWallet,
        FundingSession,
        UsdcDeposit,
        UsdcSweep,
        UsdcWithdrawal,
    ],
    migration_dependencies=["backend.domains.identity.tables", "backend.domains.ledger.tables"],
)

"""The tables of the ledger, as the migrations made them; only the functions there write to them."""

from piccolo.columns import UUID, BigInt, Boolean, Integer, Timestamptz, Varchar
from piccolo.conf.apps import AppConfig
from piccolo.table import Table

from backend.persistence.tables import MIGRATIONS


class Account(Table, tablename="account"):
    """A wallet with a floor, or an account of the house without one, and its four counters.

    The counters of the house run behind: they are rolled up, see the view `house_balance`.
    """

    id = UUID(primary_key=True)
    owner_id = UUID(null=True, default=None)
    asset = Varchar(length=20)
    purpose = Varchar(length=20)
    floor_minor = BigInt(null=True, default=None)
    debits_pending = BigInt()
    debits_posted = BigInt()
    credits_pending = BigInt()
    credits_posted = BigInt()
    version = BigInt()
    opened_at = Timestamptz(default=None)


class TransferRow(Table, tablename="transfer"):
    """An amount that went from one account to another, was held, or what became of a hold."""

    number = BigInt()
    id = UUID(primary_key=True)
    debit_account_id = UUID()
    credit_account_id = UUID()
    amount_minor = BigInt()
    released_minor = BigInt(null=True, default=None)
    asset = Varchar(length=20)
    phase = Varchar(length=10)
    pending_id = UUID(null=True, default=None)
    expires_at = Timestamptz(null=True, default=None)
    reason = Varchar(length=20)
    reference = Varchar(length=200)
    created_at = Timestamptz(default=None)


class Hold(Table, tablename="hold"):
    """A hold that is open now; the pending transfer of the same id says what it holds."""

    id = UUID(primary_key=True)
    expires_at = Timestamptz(null=True, default=None)


class Allowance(Table, tablename="allowance"):
    """How often something capped has been granted, and how often by the last who asked."""

    key = Varchar(length=200, primary_key=True)
    taken = Integer()
    taken_max = Integer()
    granted_last = Integer()


class RollUp(Table, tablename="roll_up"):
    """How far the transfers of the house are summed up in its accounts; a single row."""

    is_only = Boolean(primary_key=True)
    rolled_to = BigInt()
    settling_to = BigInt()
    settling_xid = BigInt(null=True, default=None)


APP_CONFIG = AppConfig(
    app_name="ledger",
    migrations_folder_path=str(MIGRATIONS / "ledger"),
    table_classes=[Account, TransferRow, Hold, Allowance, RollUp],
    migration_dependencies=["backend.persistence.tables"],
)

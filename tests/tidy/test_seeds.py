"""docs/seeds.md names tables, columns and routes that are there."""

import re
from pathlib import Path

from backend.assembly import create_app
from backend.settings import Settings
from tests.tidy.test_tables import all_tables

PAGE = (Path(__file__).parents[2] / "docs" / "seeds.md").read_text(encoding="utf-8")
_COLUMN = re.compile(r"`([a-z_]+)\.([a-z0-9_]+)`")
_ROUTE = re.compile(r"`(GET|POST|DELETE) (/v1/[^`]+)`")
_ROW = re.compile(r"^\| ([^|]+) \| ([^|]*) \|[^|]*\|$", re.MULTILINE)
CHALLENGE_STAKES = {
    "User": "id email tier flags currentStreakDays bestStreakDays lastStreakDateUtc",
    "Session": "id userId sessionHash expiresAt revokedAt",
    "AuthToken": "id email tokenHash expiresAt consumedAt returnTo",
    "UserWallet": (
        "id userId walletType chain address providerRef accountedPrincipalUsdcMicros "
        "lastFundingRefreshAt lastObservedBalanceMicros"
    ),
    "FundingSession": (
        "id userId provider context walletAddress chainId expiresAt ipHash limitsSnapshot createdAt"
    ),
    "PushSubscription": "id userId endpoint p256dh auth revokedAt",
    "UserChallenge": "id userId templateSlug status settings state startDate",
    "ChallengeEvent": "id userChallengeId scheduledFor amountCents paymentIntentId metadata",
    "ChallengeReminder": "id userChallengeId dueWindowKey channel sentAt",
    "PaymentIntent": "id userId type status amountCents metadata createdAt",
    "LedgerEntry": "id paymentIntentId amountCents direction createdAt",
}
"""The tables of the first design and their columns, as its own schema names them."""
_TABLE = re.compile(r"^### (\w+)\n(.*?)(?=^#|\Z)", re.MULTILINE | re.DOTALL)
COMMANDS = {"reminders.set", "payments.payment_changed"}


def test_each_column_it_names_is_there() -> None:
    known = {
        f"{table._meta.tablename}.{column._meta.db_column_name}"  # noqa: SLF001
        for table in all_tables()
        for column in table._meta.columns  # noqa: SLF001
    }
    named = {f"{table}.{column}" for table, column in _COLUMN.findall(PAGE)} - COMMANDS
    assert len(named) > 40
    assert named - known == set()


def test_each_route_it_names_is_there() -> None:
    app = create_app(Settings(database_url="postgresql://nobody@localhost/nothing"))
    named = {path for _, path in _ROUTE.findall(PAGE)}
    known = {route.path for route in app.routes}
    assert {path for path in named if path not in known} <= {"/v1/wallets/usd/entries"}


def test_each_column_of_a_seed_says_where_it_is() -> None:
    said, (_, _, page) = {}, PAGE.partition("\n## Challenge stakes\n")
    for table, section in _TABLE.findall(page.partition("\n## ")[0]):
        rows = _ROW.findall(section)[1:]
        assert [names for names, where in rows if not where.strip()] == []
        said[table] = [name for names, _ in rows for name in names.split(", ")]
    wanted = {table: columns.split() for table, columns in CHALLENGE_STAKES.items()}
    assert sum(map(len, wanted.values())) > 60
    assert said == wanted

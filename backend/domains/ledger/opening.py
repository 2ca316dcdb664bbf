"""Opening: the wallets every person has, and what they begin with."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from backend.domains.ledger.accounts import Asset, Purpose, house_account, wallet_account
from backend.domains.ledger.posting import post_at_once
from backend.domains.ledger.transfer import Reason, Transfer
from backend.persistence.guards import Connection

WELCOME_TOKENS = 5

_OPEN = "SELECT ledger_open_wallets($1, $2, $3, $4)"


async def open_wallets(connection: Connection, user_ids: Sequence[UUID], at: datetime) -> None:
    """Open the wallets of people, one for each asset, in the caller's transaction.

    Who has them already keeps them as they are.
    """
    wallets = [(user_id, asset) for user_id in user_ids for asset in Asset]
    await connection.execute(
        _OPEN,
        [wallet_account(user_id, asset) for user_id, asset in wallets],
        [user_id for user_id, _ in wallets],
        [asset for _, asset in wallets],
        at,
    )


async def on_sign_up(connection: Connection, user_id: UUID, now: datetime) -> None:
    """Open a new person's wallets and welcome them with some tokens."""
    await open_wallets(connection, [user_id], now)
    wallet = wallet_account(user_id, Asset.TOKEN)
    welcome = Transfer(
        id=uuid5(wallet, "welcome"),
        debit_account_id=house_account(Asset.TOKEN, Purpose.ISSUANCE),
        credit_account_id=wallet,
        amount_minor=WELCOME_TOKENS,
        asset=Asset.TOKEN,
        reason=Reason.BONUS,
        reference="welcome",
        at=now,
        is_optional=True,
    )
    await post_at_once(connection, [welcome])

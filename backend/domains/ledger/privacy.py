"""What the ledger has of people: their wallets, and what went in and out of them.

Nothing in the books is ever changed, so they stay when somebody is erased; their owner is then an
account that names nobody. Money that could still be paid out is given up first, or in the way.
"""

from backend.domains.ledger import leaving
from backend.persistence.personal_data import Export, Kept, PersonalData, Withheld

_MINE = "account_id = ANY(ARRAY(SELECT id FROM account WHERE owner_id = $1))"
# Says nothing new, but with it the indexes may be used, which leave the house's accounts out.
_A_WALLET = "account_id > '00000000-0000-0000-ffff-ffffffffffff'"

PERSONAL_DATA = PersonalData(
    exports=(
        Export(
            name="wallets",
            about="What you have of everything, in whole units: coins, tokens and AI credits are "
            "whole, usd is in cents, usdc in millionths. What is held is promised for something.",
            table="account",
            columns=(
                "id",
                "asset",
                "credits_posted - debits_posted - debits_pending AS available_minor",
                "credits_posted AS credits_posted_minor",
                "debits_posted AS debits_posted_minor",
                "credits_pending AS credits_pending_minor",
                "debits_pending AS debits_pending_minor",
                "floor_minor",
                "opened_at",
            ),
            also=("owner_id",),
            whose="owner_id = $1",
            order="asset",
        ),
        Export(
            name="ledger_entries",
            about="What went in and out of your wallets, each entry as you see it: negative where "
            "something goes out. `posted_minor` adds up to what you have.",
            table="transfer",
            source="ledger_entry",
            columns=(
                "number",
                "transfer_id",
                "account_id AS wallet_id",
                "asset",
                "amount_minor",
                "posted_minor",
                "phase",
                "pending_id AS hold_id",
                "expires_at",
                "reason",
                "reference",
                "created_at",
            ),
            also=("id", "debit_account_id", "credit_account_id"),
            whose=f"{_MINE} AND {_A_WALLET}",
            order="number, transfer_id, direction",
        ),
    ),
    withheld=(
        Withheld(
            table="account",
            columns=("purpose", "version"),
            why="They are how the books are kept; of a wallet they tell nothing.",
        ),
        Withheld(
            table="transfer",
            columns=("released_minor",),
            why="It is what was held before, which the entry of that says.",
        ),
        Withheld(
            table="hold",
            columns=("id", "expires_at"),
            why="What is held stands among the entries.",
        ),
        Withheld(
            table="allowance",
            columns=("key", "taken", "taken_max", "granted_last"),
            why="How often something capped was given follows from the entries.",
        ),
        Withheld(
            table="roll_up",
            columns=("is_only", "rolled_to", "settling_to", "settling_xid"),
            why="It is about the house's own accounts.",
        ),
    ),
    kept=(
        Kept(
            table="account",
            columns=(
                "id",
                "owner_id",
                "asset",
                "purpose",
                "floor_minor",
                "debits_pending",
                "debits_posted",
                "credits_pending",
                "credits_posted",
                "version",
                "opened_at",
            ),
            why="All accounts together add up to nothing; the owner's id names nobody any more.",
        ),
        Kept(
            table="transfer",
            columns=(
                "number",
                "id",
                "debit_account_id",
                "credit_account_id",
                "amount_minor",
                "released_minor",
                "asset",
                "phase",
                "pending_id",
                "expires_at",
                "reason",
                "reference",
                "created_at",
            ),
            why="The books are kept whole, as the law on books wants; they say no name.",
        ),
        Kept(
            table="hold",
            columns=("id", "expires_at"),
            why="Nobody is erased while money is held; a hold of coins ends by itself.",
        ),
        Kept(
            table="allowance",
            columns=("key", "taken", "taken_max", "granted_last"),
            why="What was given once is not given again; the id in the key names nobody any more.",
        ),
        Kept(
            table="roll_up",
            columns=("is_only", "rolled_to", "settling_to", "settling_xid"),
            why="It is about the house's own accounts.",
        ),
    ),
    why_not_erase=leaving.why_not_erase,
    part=leaving.give_up,
)

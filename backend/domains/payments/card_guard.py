"""The guard of cards: who promises to pay by card has one saved, and owes nothing.

Cards and debts are rows no actor keeps, so this is judged when the promise is committed.
"""

from collections.abc import Sequence
from uuid import UUID

from actors.ports import Work
from backend.domains.ledger import Asset
from backend.domains.payments import rules
from backend.domains.payments.messages import CardMissing, Owing
from backend.domains.payments.values import OWED
from backend.persistence.database import Record
from backend.persistence.guards import Connection, Guarded, Question, Verdict

_STANDING = """
SELECT u.id AS user_id,
       EXISTS (SELECT FROM payment_customer AS c
               WHERE c.user_id = u.id AND c.card_id IS NOT NULL) AS has_card,
       (SELECT coalesce(sum(p.amount_minor), 0) FROM payment_intent AS p
        WHERE p.user_id = u.id AND p.payment_type = 'forfeit' AND p.status = ANY($2))
       + (SELECT coalesce(sum(d.withdrawn_minor - d.reinstated_minor - d.recovered_minor), 0)
          FROM payment_dispute AS d WHERE d.user_id = u.id) AS owed_minor
FROM unnest($1::uuid[]) AS u(id)
"""


class CardGuard:
    """Refuses who has no card, or owes something."""

    name = "payments"

    def question(self, guarded: Sequence[Guarded]) -> Question:
        """Ask how those stand who promise."""
        return Question(_STANDING, (list({found.item for found in guarded}), list(OWED)))

    async def judge(
        self, connection: Connection, guarded: Sequence[Guarded], rows: Sequence[Record]
    ) -> Verdict:
        """Name who cannot promise that."""
        del connection
        standing = {row["user_id"]: row for row in rows}
        verdict = Verdict()
        for found in guarded:
            row = standing[found.item]
            if row["owed_minor"]:
                verdict.failures.append((found, Owing(owed_minor=int(row["owed_minor"]))))
            elif not row["has_card"]:
                verdict.failures.append((found, CardMissing()))
        return verdict


CARDS = CardGuard()


def need_card(work: Work, user_id: UUID, asset: Asset, each_minor: int) -> None:
    """Refuse a promise that a card is to pay for, where none is saved or something is owed.

    Raises ChargeImpossible; CardMissing and Owing when it is committed.
    """
    rules.check_charge(asset, each_minor)
    work.guard(CARDS, user_id)

"""Posting: the guard by which the database judges and applies all transfers of a batch at once."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from backend.domains.ledger.accounts import Asset
from backend.domains.ledger.messages import Balance, BalanceMoved, refusal_of
from backend.domains.ledger.transfer import Transfer, check
from backend.persistence.database import Record, fetch
from backend.persistence.guards import Connection, Guarded, Question, Verdict
from backend.persistence.job_run import JobRun
from protocol.address import Address, users_address
from protocol.messages import Tell
from protocol.refusals import Refusal

_POST = """
SELECT turn, step, code, facts, owner_id, asset, posted_minor, held_minor, version
FROM ledger_post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
"""

Told = list[tuple[Address, Tell]]


class Posting:
    """Posts transfers; those of one command succeed or fail together."""

    name = "ledger"

    def question(self, guarded: Sequence[Guarded]) -> Question:
        """Have all transfers of the batch posted, or the first of every turn that fails named."""
        return _posting(
            [found.turn for found in guarded],
            [found.step for found in guarded],
            [found.item for found in guarded],
        )

    async def judge(
        self, connection: Connection, guarded: Sequence[Guarded], rows: Sequence[Record]
    ) -> Verdict:
        """Tell what the posting came to."""
        del connection
        if not rows or rows[0]["code"] is None:
            return Verdict(tells=_tells(rows))
        places = {(found.turn, found.step): found for found in guarded}
        return Verdict([(places[row["turn"], row["step"]], _refusal(row)) for row in rows])


POSTING = Posting()


async def post_at_once(connection: Connection, transfers: Sequence[Transfer]) -> Told:
    """Post linked transfers in the caller's transaction, outside any turn.

    Returns what the actors of those whose balances moved must be told. Raises what they are refused
    with; then nothing was posted.
    """
    steps = [0] * len(transfers)
    query, values = _posting(steps, steps, transfers)
    return _told(await connection.fetch(query, *values))


async def post_now(run: JobRun, *transfers: Transfer) -> None:
    """Post linked transfers in the transaction of a run, which tells whose balances moved.

    Raises what they are refused with; then nothing was posted, and the transaction goes on.
    """
    if not transfers:
        return
    steps = [0] * len(transfers)
    query, values = _posting(steps, steps, [check(transfer) for transfer in transfers])
    for address, tell in _told(await fetch(query, *values)):
        run.tell(address, tell)


async def post_each(transfers: Sequence[Transfer]) -> Told:
    """Post transfers that have nothing to do with each other; those that are refused are left out.

    It happens in the caller's transaction and returns what `post_at_once` does.
    """
    left = list(transfers)
    while left:
        query, values = _posting(range(len(left)), [0] * len(left), left)
        rows = await fetch(query, *values)
        if not rows or rows[0]["code"] is None:
            return _tells(rows)
        # Every round leaves fewer, so there are only so many.
        refused = {row["turn"] for row in rows}
        left = [transfer for place, transfer in enumerate(left) if place not in refused]
    return []


def _told(rows: Sequence[Record]) -> Told:
    """Say whom to tell what; raises what the first transfer that failed is refused with."""
    for row in rows:
        if row["code"] is not None:
            raise _refusal(row)
    return _tells(rows)


def _posting(turns: Sequence[int], steps: Sequence[int], transfers: Sequence[Transfer]) -> Question:
    caps = _unless_empty([transfer.cap for transfer in transfers])
    return Question(
        _POST,
        (
            turns,
            steps,
            [transfer.id for transfer in transfers],
            [transfer.debit_account_id for transfer in transfers],
            [transfer.credit_account_id for transfer in transfers],
            [transfer.amount_minor for transfer in transfers],
            [transfer.asset for transfer in transfers],
            _unless_empty([transfer.phase for transfer in transfers]),
            _unless_empty([transfer.pending_id for transfer in transfers]),
            _unless_empty([transfer.expires_at for transfer in transfers]),
            [transfer.reason for transfer in transfers],
            [transfer.reference for transfer in transfers],
            [transfer.at for transfer in transfers],
            _unless_empty([transfer.is_optional for transfer in transfers]),
            caps and [cap and cap.key for cap in caps],
            caps and [cap and cap.taken_max for cap in caps],
            _unless_empty([transfer.is_repeatable for transfer in transfers]),
        ),
    )


def _unless_empty(values: list[Any]) -> list[Any] | None:
    """Leave an array away in which nothing stands; the database then skips what it is about."""
    return values if any(values) else None


def _refusal(row: Record) -> Refusal:
    return refusal_of(row["code"], msgspec.json.decode(row["facts"]))


def _tells(rows: Iterable[Record]) -> Told:
    return [(users_address(row["owner_id"]), _moved(row)) for row in rows]


def _moved(row: Record) -> BalanceMoved:
    held_minor: int = row["held_minor"]
    return BalanceMoved(
        balance=Balance(
            asset=Asset(row["asset"]),
            available_minor=row["posted_minor"] - held_minor,
            held_minor=held_minor,
            version=row["version"],
        )
    )

"""The ledger by itself: people with wallets, and batches of turns as a lane would bring them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from backend.domains import ledger
from backend.domains.ledger import Asset, Purpose, Reason, house_account, wallet_account
from backend.domains.ledger.posting import POSTING
from backend.persistence.guards import Connection, Guarded, Verdict
from backend.persistence.work import Work
from protocol.ids import uuid7
from protocol.refusals import Refusal
from tests.support.clock import BEGINNING

Step = Callable[[Work], None]
ISSUANCE = house_account(Asset.COIN, Purpose.ISSUANCE)
HOUSE = house_account(Asset.COIN, Purpose.HOUSE)
NOW = BEGINNING


def award(  # noqa: PLR0913
    user_id: UUID,
    amount_minor: int = 1,
    *,
    id: UUID | None = None,  # noqa: A002
    cap: ledger.Cap | None = None,
    once: bool = False,
    asset: str = Asset.COIN,
) -> Step:
    """Give somebody something."""
    return partial(
        ledger.award,
        user_id=user_id,
        id=id or uuid7(),
        amount_minor=amount_minor,
        reference="test",
        at=NOW,
        cap=cap,
        once=once,
        asset=asset,
    )


def transfer(
    debit: UUID,
    credit: UUID,
    amount_minor: int,
    *,
    id: UUID | None = None,  # noqa: A002
    asset: str = Asset.COIN,
) -> ledger.Transfer:
    """Say what goes where."""
    return ledger.Transfer(
        id=id or uuid7(),
        debit_account_id=debit,
        credit_account_id=credit,
        amount_minor=amount_minor,
        asset=asset,
        reason=Reason.USAGE,
        reference="test",
        at=NOW,
    )


def linked(*transfers: ledger.Transfer) -> Step:
    """Post some transfers as one command."""
    return lambda work: ledger.post(work, *transfers)


def spend(user_id: UUID, amount_minor: int, to: UUID = HOUSE, *, id: UUID | None = None) -> Step:  # noqa: A002
    """Have somebody spend coins."""
    return linked(transfer(wallet_account(user_id), to, amount_minor, id=id))


def hold(
    user_id: UUID,
    amount_minor: int,
    *,
    id: UUID,  # noqa: A002
    to: UUID = HOUSE,
    expires_at: datetime | None = None,
) -> Step:
    """Hold coins of somebody."""
    return partial(
        ledger.hold,
        id=id,
        debit_account_id=wallet_account(user_id),
        credit_account_id=to,
        amount_minor=amount_minor,
        asset=Asset.COIN,
        reason=Reason.STAKE,
        reference="test",
        at=NOW,
        expires_at=expires_at,
    )


def post_hold(
    hold_id: UUID,
    amount_minor: int | None = None,
    *,
    id: UUID | None = None,  # noqa: A002
    at: datetime = NOW,
) -> Step:
    """Take what is held, or some of it."""
    return partial(
        ledger.post_hold,
        id=id or uuid7(),
        hold_id=hold_id,
        reason=Reason.FORFEIT,
        reference="test",
        at=at,
        amount_minor=amount_minor,
    )


def void_hold(hold_id: UUID) -> Step:
    """Give back what is held."""
    return partial(
        ledger.void_hold,
        id=uuid7(),
        hold_id=hold_id,
        reason=Reason.REFUND,
        reference="test",
        at=NOW,
    )


def expire_hold(hold_id: UUID, at: datetime) -> Step:
    """Give back what was held for long enough."""
    return partial(
        ledger.expire_hold,
        id=uuid7(),
        hold_id=hold_id,
        reason=Reason.REFUND,
        reference="test",
        at=at,
    )


def guarded(turns: Sequence[Sequence[Step]]) -> list[Guarded]:
    """Put the steps of turns into the form a guard is asked in."""
    found = []
    for turn, steps in enumerate(turns):
        for place, step in enumerate(steps):
            work = Work()
            step(work)
            found += [Guarded(turn, place, item) for _, item in work.guards]
    return found


async def judged(connection: Connection, turns: Sequence[Sequence[Step]]) -> Verdict:
    """Have the guard judge turns, as a batch does, in the transaction that is open."""
    items = guarded(turns)
    query, values = POSTING.question(items)
    return await POSTING.judge(connection, items, await connection.fetch(query, *values))


@dataclass
class Book:
    """The ledger through one connection of the application."""

    connection: Connection

    async def people(self, count: int, coins: int = 0) -> list[UUID]:
        """Have people with wallets, each with some coins."""
        user_ids = [uuid7() for _ in range(count)]
        await ledger.open_wallets(self.connection, user_ids, NOW)
        if coins:
            await self.post([award(user_id, coins) for user_id in user_ids])
        return user_ids

    async def judge(self, *turns: Sequence[Step]) -> Verdict:
        """Bring a batch of turns; it is committed unless anything fails."""
        transaction = self.connection.transaction()
        await transaction.start()
        try:
            verdict = await judged(self.connection, turns)
        except BaseException:
            await transaction.rollback()
            raise
        if verdict.failures:
            await transaction.rollback()
        else:
            await transaction.commit()
        return verdict

    async def post(self, *turns: Sequence[Step]) -> Verdict:
        """Bring a batch that must succeed."""
        verdict = await self.judge(*turns)
        assert verdict.failures == []
        return verdict

    async def refused(self, *turns: Sequence[Step]) -> Refusal:
        """Bring a batch of which exactly one step must fail."""
        verdict = await self.judge(*turns)
        assert len(verdict.failures) == 1
        return verdict.failures[0][1]

    async def balance(self, user_id: UUID, asset: str = Asset.COIN) -> tuple[int, int]:
        """Read what somebody has available, and what is held."""
        row = await self.connection.fetchrow(
            "SELECT available_minor, held_minor FROM wallet WHERE owner_id = $1 AND asset = $2",
            user_id,
            asset,
        )
        return row["available_minor"], row["held_minor"]

    async def coins(self, user_id: UUID) -> int:
        """Read how many coins somebody has available."""
        return (await self.balance(user_id))[0]

    async def house(self, account: UUID = HOUSE) -> int:
        """Read what an account of the house has."""
        found: Any = await self.connection.fetchval(
            "SELECT posted_minor FROM house_balance WHERE account_id = $1", account
        )
        return int(found)

    async def transfers(self, user_id: UUID) -> int:
        """Count the transfers into somebody's coins, and out of them."""
        found: Any = await self.connection.fetchval(
            "SELECT count(*) FROM ledger_entry WHERE account_id = $1", wallet_account(user_id)
        )
        return int(found)


def failed(verdict: Verdict) -> list[tuple[int, int, str]]:
    """Say which steps of which turns failed, and why."""
    return [(found.turn, found.step, refusal.code) for found, refusal in verdict.failures]

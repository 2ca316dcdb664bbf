"""Depositing: what comes in at addresses of ours is observed, and posted once.

The chain is read first, and only then is anything locked or written: a worker that dies in between
has done nothing, and two that have read the same post it once.
"""

from uuid import UUID, uuid5

import msgspec
import structlog

from backend.domains import ledger
from backend.domains.identity import tier_of
from backend.domains.ledger import Asset, Purpose, Reason, Transfer, house_account, wallet_account
from backend.domains.usdc import deposit_store, rules, session_store
from backend.domains.usdc.deposit_store import Deposit, LockedWallet, Sweep
from backend.domains.usdc.messages import DepositPosted
from backend.domains.usdc.usdc import Usdc
from backend.integrations.chain import Block, Chain
from backend.persistence.job_run import JobRun
from protocol.address import users_address
from protocol.ids import uuid7

log = structlog.get_logger()

POST = "usdc.post_growth"
LOOKED_AT_ONCE_MAX = 500


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """An address had more in a block than was accounted for."""

    wallet_id: UUID
    observed_micros: int
    block: Block


async def look(run: JobRun, chain: Chain, chain_id: int) -> None:
    """Look at addresses, and have posted what they have grown by. Raises ChainProblem."""
    looked = await deposit_store.read_next(chain_id, run.now, LOOKED_AT_ONCE_MAX)
    if not looked:
        return
    block = await chain.confirmed_block()
    micros = await chain.balances_of([one.address for one in looked], block)
    async with run.once():
        found = await deposit_store.observe(
            {one.id: micros[one.address] for one in looked}, block, run.now
        )
        for one in found:
            if one.growth > 0:
                run.job(POST, Growth(wallet_id=one.id, observed_micros=one.micros, block=block))
    short = sum(one.growth < 0 for one in found)
    if short:
        log.warning("deposit addresses have less than they should", count=short)


async def post(growth: Growth, run: JobRun) -> None:
    """Post what an address has grown by, unless that was done. Raises ChainProblem."""
    usdc = run.use(Usdc)
    sweep = await deposit_store.last_sweep(growth.wallet_id)
    if sweep is not None and not await stands(sweep, await usdc.chain()):
        log.warning("a sweep is not where it was; nothing is posted", wallet=growth.wallet_id)
        return
    async with run.once():
        wallet = await deposit_store.lock(growth.wallet_id, run.now)
        if await deposit_store.last_sweep(wallet.id) == sweep:
            await _take_over(growth, wallet, usdc, run)


async def stands(sweep: Sweep, chain: Chain) -> bool:
    """Tell whether a sweep is in its block; else what it took out may be back, and is no deposit.

    The last one answers for those before it: the chain cannot lose their blocks and keep its own.
    """
    execution = await chain.read_transfers(sweep.tx_hash)
    return execution is not None and execution.block.hash == sweep.block_hash


async def _take_over(growth: Growth, wallet: LockedWallet, usdc: Usdc, run: JobRun) -> None:
    if growth.block.number <= wallet.block_number:
        return
    amount_micros = rules.growth(
        growth.observed_micros,
        accounted_micros=wallet.accounted_micros,
        swept_micros=wallet.swept_micros,
    )
    if amount_micros <= 0:
        return
    accounted_micros = wallet.accounted_micros + amount_micros
    await deposit_store.take_over(wallet, accounted_micros, growth.observed_micros, growth.block)
    limits = await session_store.last_limits(wallet.id)
    limits = limits or usdc.limits(await tier_of(wallet.user_id))
    deposit = Deposit(
        id=uuid7(int(run.now.timestamp() * 1000)),
        wallet=wallet,
        amount_micros=amount_micros,
        transfer_id=uuid5(wallet.id, f"deposit/{wallet.accounted_micros}"),
        over_limit=rules.over_limit(limits, amount_micros, before_micros=wallet.day_micros),
    )
    await _post(deposit, growth.block, run)


async def _post(deposit: Deposit, block: Block, run: JobRun) -> None:
    """Write a deposit down, move the money, and tell its owner."""
    user_id, is_over_limit = deposit.wallet.user_id, deposit.over_limit is not None
    await deposit_store.add_deposit(deposit, block, run.now)
    transfer = Transfer(
        id=deposit.transfer_id,
        debit_account_id=house_account(Asset.USDC, Purpose.CHAIN),
        credit_account_id=wallet_account(user_id, Asset.USDC),
        amount_minor=deposit.amount_micros,
        asset=Asset.USDC,
        reason=Reason.DEPOSIT,
        reference=f"usdc_deposit/{deposit.id}",
        at=run.now,
    )
    await ledger.post_now(run, transfer)
    posted = DepositPosted(
        deposit_id=deposit.id,
        amount_micros=deposit.amount_micros,
        is_over_limit=is_over_limit,
        deposited_at=run.now,
    )
    run.tell(users_address(user_id), posted)
    if is_over_limit:
        log.warning("a deposit is over a limit", deposit=deposit.id, limit=deposit.over_limit)

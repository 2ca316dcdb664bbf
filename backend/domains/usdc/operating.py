"""Operating: what those who run Tandem do about USDC, each by a subcommand of `tandem usdc`.

Tandem has no keys: addresses are made, swept and paid from elsewhere, and said here. Who did what
stands in the rows.
"""

from collections.abc import Iterable
from uuid import UUID

from backend.domains.usdc import (
    deposit_store,
    depositing,
    rules,
    wallet_store,
    withdrawal_store,
    withdrawing,
)
from backend.domains.usdc.messages import Status
from backend.domains.usdc.usdc import Usdc
from backend.domains.usdc.withdrawal_store import TransactionUsed, Withdrawal
from backend.integrations.chain import Execution, TransactionHash
from backend.integrations.ethereum_address import AddressWrong, EthereumAddress, read_address
from backend.persistence.job_run import JobRun

LINES_MAX = 10_000
PROVIDER_REF_MAX = 100
TO_PAY_MAX = 200
REASON_MAX = 200


class NotPossible(Exception):
    """What an operator wants cannot be; the sentence says why."""


async def load_addresses(run: JobRun, lines: Iterable[str], operator: str) -> tuple[int, int]:
    """Hand in addresses at which people will pay in: one a line, and what the provider calls it.

    All or none; returns how many are new, and how many there were. Raises NotPossible, NotOffered,
    ChainProblem.
    """
    usdc = run.use(Usdc)
    found = _read_lines(lines, usdc.settings.token)
    places = {address: number for number, address, _ in found}
    chain_id, addresses = usdc.settings.chain_id, list(places)
    known = await wallet_store.ours_among(chain_id, addresses)
    for one in await wallet_store.peoples_among(chain_id, addresses):
        raise NotPossible(f"Line {places[EthereumAddress(one)]}: somebody is paid at {one}.")
    chain = await usdc.chain()
    new = [address for address in addresses if address not in known]
    block = await chain.confirmed_block()
    for address, micros in (await chain.balances_of(new, block)).items() if new else ():
        if micros:
            # Whoever is given this address first would be given that as well.
            raise NotPossible(f"Line {places[address]}: {address} has money already.")
    async with run.once():
        rows = {address: provider_ref for _, address, provider_ref in found}
        added = await wallet_store.load(chain_id, list(rows.items()), operator, run.now)
    return added, len(addresses) - added


async def to_pay() -> list[Withdrawal]:
    """List the withdrawals that are confirmed and not ended, the longest waiting first."""
    return await withdrawal_store.read_to_pay(TO_PAY_MAX)


async def approve(run: JobRun, withdrawal_id: UUID, operator: str) -> Withdrawal:
    """Take a withdrawal on, before it is paid; from now on its owner cannot cancel it.

    Raises NotPossible, WithdrawalDecided.
    """
    async with run.once():
        found = await _lock(withdrawal_id)
        if found.status is Status.APPROVED:
            return found
        rules.check_status(found.status, Status.CONFIRMED)
        columns = {"approved_at": run.now, "operator": operator, "reason": None}
        return await withdrawing.move(run, found, Status.APPROVED, **columns)


async def execute(
    run: JobRun, withdrawal_id: UUID, tx_hash: TransactionHash, operator: str
) -> Withdrawal:
    """Say by which transaction a withdrawal was paid; it counts when the chain says so.

    One that was sent with a higher fee in the place of another is said in its place.
    Raises NotPossible, WithdrawalDecided.
    """
    try:
        async with run.once():
            found = await _lock(withdrawal_id)
            if (found.status, found.tx_hash) == (Status.EXECUTING, tx_hash):
                return found
            rules.check_status(found.status, Status.APPROVED, Status.EXECUTING)
            columns = {"executed_at": run.now, "operator": operator, "reason": None}
            return await withdrawing.move(
                run, found, Status.EXECUTING, tx_hash=tx_hash, checked_at=None, **columns
            )
    except TransactionUsed:
        raise NotPossible("This transaction pays another withdrawal already.") from None


async def refuse(run: JobRun, withdrawal_id: UUID, reason: str, operator: str) -> Withdrawal:
    """Refuse a withdrawal that was not paid; what was held is free again.

    Raises NotPossible, WithdrawalDecided.
    """
    async with run.once():
        found = await _lock(withdrawal_id)
        rules.check_status(found.status, *rules.REFUSABLE)
        columns = {"reason": reason[:REASON_MAX], "operator": operator}
        return await withdrawing.give_back(run, found, Status.REFUSED, **columns)


async def sweep(
    run: JobRun,
    address: EthereumAddress,
    amount_micros: int,
    tx_hash: TransactionHash,
    operator: str,
) -> bool:
    """Say that money was moved out of an address of ours; the chain has to say the same.

    Said again it is the same sweep, in the block it stands in now; returns whether it is new.
    Raises NotPossible, NotOffered, ChainProblem.
    """
    wallet_id = await _wallet(run, address)
    chain = await run.use(Usdc).chain()
    execution = await chain.read_transfers(tx_hash)
    if execution is None or not execution.is_confirmed:
        raise NotPossible("The chain has not confirmed this transaction yet; say it again later.")
    left_micros = _left(address, execution)
    if left_micros != amount_micros:
        there = rules.in_words(left_micros) if left_micros > 0 else "nothing"
        raise NotPossible(f"This transaction moved {there} out of {address}.")
    last = await deposit_store.last_sweep(wallet_id)
    if last is not None and last.tx_hash != tx_hash and not await depositing.stands(last, chain):
        raise NotPossible(
            f"The sweep by {last.tx_hash} is not where it was: say that again first, or that it is "
            "gone, or it would count as well as this one."
        )
    async with run.once():
        await deposit_store.lock(wallet_id, run.now)
        return await deposit_store.add_sweep(
            wallet_id, amount_micros, tx_hash, execution.block, operator, run.now
        )


async def take_sweep_back(
    run: JobRun, address: EthereumAddress, tx_hash: TransactionHash, operator: str
) -> None:
    """Say that the chain has a sweep no more, having taken another way; it has to say the same.

    Raises NotPossible, NotOffered, ChainProblem.
    """
    wallet_id = await _wallet(run, address)
    execution = await (await run.use(Usdc).chain()).read_transfers(tx_hash)
    if execution is not None and _left(address, execution):
        raise NotPossible("The chain has this transaction; say the sweep again instead.")
    async with run.once():
        await deposit_store.lock(wallet_id, run.now)
        if not await deposit_store.take_sweep_back(wallet_id, tx_hash, operator, run.now):
            raise NotPossible(f"No sweep of {address} was by this transaction.")


async def _wallet(run: JobRun, address: EthereumAddress) -> UUID:
    """Find the wallet of an address of ours. Raises NotPossible, NotOffered."""
    wallet_id = await deposit_store.find(run.use(Usdc).settings.chain_id, address)
    if wallet_id is None:
        raise NotPossible(f"Nobody pays in at {address}.")
    return wallet_id


def _left(address: EthereumAddress, execution: Execution) -> int:
    """Say by how much less an address has after a transaction."""
    return sum(one.micros for one in execution.transfers if one.sender == address) - sum(
        one.micros for one in execution.transfers if one.receiver == address
    )


async def _lock(withdrawal_id: UUID) -> Withdrawal:
    found = await withdrawal_store.lock(withdrawal_id)
    if found is None:
        raise NotPossible(f"There is no withdrawal {withdrawal_id}.")
    return found


def _read_lines(
    lines: Iterable[str], token: EthereumAddress
) -> list[tuple[int, EthereumAddress, str | None]]:
    """Read addresses, with the numbers of their lines; an empty one says nothing."""
    found = []
    for number, line in enumerate(lines, 1):
        if number > LINES_MAX:
            raise NotPossible(f"A file has {LINES_MAX} lines at most; cut it in pieces.")
        text, _, provider_ref = line.strip().partition(" ")
        if not text:
            continue
        try:
            address = read_address(text)
        except AddressWrong as problem:
            raise NotPossible(f"Line {number}: {problem}") from None
        if address == token:
            raise NotPossible(f"Line {number}: this is the token's own address.")
        found.append((number, address, provider_ref.strip()[:PROVIDER_REF_MAX] or None))
    return found

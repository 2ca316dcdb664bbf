"""The chain that money comes in by, read by several nodes of which one is enough."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

import httpcore
import structlog

from actors.ports import Clock
from backend.integrations.chain.errors import (
    ChainProblem,
    RpcLimited,
    RpcNodeAway,
    RpcNodeBehind,
    RpcNodeRefused,
    RpcNonsense,
)
from backend.integrations.chain.reader import Reader
from backend.integrations.chain.rpc_node import RpcNode
from backend.integrations.chain.rpc_url import read_rpc_url
from backend.integrations.chain.settings import ChainSettings
from backend.integrations.chain.values import Block, Execution, TransactionHash
from backend.integrations.ethereum_address import EthereumAddress

log = structlog.get_logger()

OWNERS_MAX = 10_000
CONNECTIONS_MAX = 10
_KEPT_S = 30.0
_OF_ONE_NODE = (RpcLimited, RpcNodeAway, RpcNodeBehind, RpcNodeRefused, RpcNonsense)
"""Another node may do better."""

Found = TypeVar("Found")


class Chain:
    """Reads balances and transactions of one token; one for the whole process.

    Balances are read in a confirmed block, by its hash. A chain that goes another way meanwhile
    is noticed as BlockUnknown, and nothing is concluded.
    """

    def __init__(self, settings: ChainSettings, clock: Clock) -> None:
        """Read by these nodes; nothing is connected yet. Raises RpcUrlWrong."""
        self._owners_at_once = max(1, settings.batch_max - 1)
        """One call of each request is for the block itself."""
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=CONNECTIONS_MAX,
            max_keepalive_connections=CONNECTIONS_MAX,
            keepalive_expiry=_KEPT_S,
        )
        self._readers = [
            Reader(self._node(number, url, settings), settings, clock)
            for number, url in enumerate(settings.rpc_urls, start=1)
        ]
        self._first = 0
        """Which answered last, and is asked first."""

    async def close(self) -> None:
        """Let go of the connections."""
        await self._pool.aclose()

    async def verify(self) -> None:
        """Make sure that every node that answers is on our chain and knows our token.

        Raises WrongChain and NotThisToken; where no node answers, what keeps one from it.
        """
        problems: list[ChainProblem] = []
        for reader in self._readers:
            try:
                await reader.meet()
            except _OF_ONE_NODE as problem:
                problems.append(problem)
        if len(problems) == len(self._readers):
            raise _of_all(problems)
        _tell_of(problems)

    async def head(self) -> Block:
        """Read the last block. Raises ChainProblem."""
        return await self._ask(lambda reader: reader.head())

    async def confirmed_block(self) -> Block:
        """Read the last block with as many on top of it as the settings want.

        Another node may be a little behind the one before it, so a block may come that is older
        than the last. Raises NoConfirmedBlock and other ChainProblems.
        """
        return await self._ask(lambda reader: reader.confirmed_block())

    async def balance_of(self, owner: EthereumAddress, at: Block) -> int:
        """Read how many micros an address has in a block. Raises ChainProblem."""
        return (await self.balances_of([owner], at))[owner]

    async def balances_of(
        self, owners: Sequence[EthereumAddress], at: Block
    ) -> dict[EthereumAddress, int]:
        """Read how many micros each address has in one block, in as few requests as may be.

        Raises BlockUnknown when the block is not part of the chain, and other ChainProblems.
        """
        owners = list(dict.fromkeys(owners))
        if len(owners) > OWNERS_MAX:
            raise ValueError(f"{len(owners)} addresses are too many; ask for {OWNERS_MAX} at most.")
        found: dict[EthereumAddress, int] = {}
        for start in range(0, len(owners), self._owners_at_once):
            found |= await self._part_of(owners[start : start + self._owners_at_once], at)
        return found

    async def read_transfers(self, tx_hash: TransactionHash) -> Execution | None:
        """Read what a transaction moved of the token; None while no block has it.

        Raises BlockUnknown when its block was just taken away, and other ChainProblems.
        """
        return await self._ask(lambda reader: reader.execution_of(tx_hash))

    def _node(self, number: int, url: str, settings: ChainSettings) -> RpcNode:
        name = f"RPC node {number}"
        return RpcNode(
            name,
            read_rpc_url(name, url),
            self._pool,
            batch_max=settings.batch_max,
            within_s=settings.within_s,
        )

    async def _part_of(
        self, owners: Sequence[EthereumAddress], at: Block
    ) -> dict[EthereumAddress, int]:
        return await self._ask(lambda reader: reader.balances_of(owners, at))

    async def _ask(self, question: Callable[[Reader], Awaitable[Found]]) -> Found:
        """Put a question to one node after the other until one answers."""
        problems: list[ChainProblem] = []
        for number in self._in_turn():
            try:
                await self._readers[number].meet()
                found = await question(self._readers[number])
            except _OF_ONE_NODE as problem:
                problems.append(problem)
            else:
                self._first = number
                _tell_of(problems)
                return found
        raise _of_all(problems)

    def _in_turn(self) -> Iterator[int]:
        count = len(self._readers)
        return ((self._first + step) % count for step in range(count))


def _of_all(problems: Sequence[ChainProblem]) -> ChainProblem:
    """Choose what to say where no node answered: while one may come back, it is temporary."""
    return next((problem for problem in problems if problem.is_temporary), problems[-1])


def _tell_of(problems: Sequence[ChainProblem]) -> None:
    for problem in problems:
        log.warning("an RPC node was passed over", why=str(problem))

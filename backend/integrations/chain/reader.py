"""Reads the chain by one node, which is believed only after it was met."""

from collections.abc import Iterator, Sequence

from actors.ports import Clock
from backend.integrations.chain.errors import (
    BlockUnknown,
    NoConfirmedBlock,
    RpcLimited,
    RpcNodeBehind,
    WrongChain,
)
from backend.integrations.chain.forms import BLOCK, QUANTITY, RECEIPT, ReceiptSaid
from backend.integrations.chain.json_rpc import INVALID_PARAMS, Answer, Call
from backend.integrations.chain.rpc_node import RpcNode
from backend.integrations.chain.settings import ChainSettings
from backend.integrations.chain.token import Token
from backend.integrations.chain.values import Block, Execution, TransactionHash
from backend.integrations.ethereum_address import EthereumAddress

_LATEST = "latest"
_CHAIN_ID = Call("eth_chainId")
_NO_BLOCK = "0x" + "0" * 64
"""A hash that no block has."""


class Reader:
    """One node's view of the chain, and of the token on it."""

    def __init__(self, node: RpcNode, settings: ChainSettings, clock: Clock) -> None:
        self._node = node
        self._settings = settings
        self._clock = clock
        self._token = Token(settings.token)
        self._is_met = False
        self._knows_hashes = False

    async def meet(self) -> None:
        """Make sure, once, that the node is on our chain and knows our token.

        Raises WrongChain, NotThisToken, and whatever keeps it from answering.
        """
        if self._is_met:
            return
        chain_id, decimals, symbol, probe = await self._node.ask(
            _CHAIN_ID,
            self._token.decimals(_LATEST),
            self._token.symbol(_LATEST),
            self._token.decimals(_by_hash(_NO_BLOCK)),
        )
        self._check_chain(chain_id)
        self._token.check(decimals, symbol, self._settings.token_symbol)
        self._knows_hashes = self._refuses_unknown_hash(probe)
        self._is_met = True

    async def head(self) -> Block:
        """Read the last block. Raises ChainProblem."""
        # The chain is asked for each time: another node may answer at that URL by now.
        chain_id, latest = await self._node.ask(_CHAIN_ID, _block_at(_LATEST))
        self._check_chain(chain_id)
        return self._fresh(latest)

    async def confirmed_block(self) -> Block:
        """Read the last block that has as many on top of it as the settings want.

        Raises NoConfirmedBlock and other ChainProblems.
        """
        head = await self.head()
        number = head.number - self._settings.confirmations
        if number < 0:
            raise NoConfirmedBlock(head.number, self._settings.confirmations)
        (answer,) = await self._node.ask(_block_at(hex(number)))
        return _block(answer, number)

    async def balances_of(
        self, owners: Sequence[EthereumAddress], at: Block
    ) -> dict[EthereumAddress, int]:
        """Read what addresses have in a block.

        Raises BlockUnknown when the block is not part of the chain, and other ChainProblems.
        """
        if self._knows_hashes:
            # Not every node heeds that the block must be canonical, so that is asked as well.
            *answers, block = await self._node.ask(
                *self._balances(owners, _by_hash(at.hash)), _block_at(hex(at.number))
            )
        else:
            answers = await self._node.ask(*self._balances(owners, hex(at.number)))
            # Asked afterwards, or the chain could still go another way in between.
            (block,) = await self._node.ask(_block_at(hex(at.number)))
        _canonical(block, at.number, at.hash)
        return {
            owner: self._token.micros(answer) for owner, answer in zip(owners, answers, strict=True)
        }

    async def execution_of(self, tx_hash: TransactionHash) -> Execution | None:
        """Read what became of a transaction; None while no block has it. Raises ChainProblem."""
        chain_id, latest, answer = await self._node.ask(
            _CHAIN_ID, _block_at(_LATEST), Call("eth_getTransactionReceipt", (tx_hash,))
        )
        self._check_chain(chain_id)
        head = self._fresh(latest)
        receipt = answer.read(RECEIPT)
        if receipt is None:
            return None
        _check_is_of(receipt, tx_hash, answer)
        number = int(receipt.block_number, 16)
        (its_block,) = await self._node.ask(_block_at(hex(number)))
        block = _canonical(its_block, number, receipt.block_hash)
        confirmations = max(0, head.number - block.number)
        has_succeeded = receipt.status == "0x1"
        return Execution(
            tx_hash=tx_hash,
            block=block,
            confirmations=confirmations,
            is_confirmed=confirmations >= self._settings.confirmations,
            has_succeeded=has_succeeded,
            transfers=self._token.transfers(receipt, answer) if has_succeeded else (),
        )

    def _check_chain(self, answer: Answer) -> None:
        found = int(answer.read(QUANTITY), 16)
        if found != self._settings.chain_id:
            raise WrongChain(self._node.name, found, self._settings.chain_id)

    def _refuses_unknown_hash(self, probe: Answer) -> bool:
        """Tell whether a node reads by a block's hash (EIP-1898), by its answer for no block."""
        if probe.problem is None:
            return False  # It took no notice of the hash.
        if isinstance(problem := probe.problem.named(self._node.name), RpcLimited):
            raise problem  # It did not come to look at it.
        return probe.problem.code != INVALID_PARAMS

    def _fresh(self, latest: Answer) -> Block:
        """Read the last block, which must not be old. Raises RpcNodeBehind."""
        head = _block(latest)
        age_s = (self._clock.now() - head.at).total_seconds()
        if age_s > self._settings.head_age_max_s:
            raise RpcNodeBehind(self._node.name, age_s)
        return head

    def _balances(self, owners: Sequence[EthereumAddress], place: object) -> Iterator[Call]:
        return (self._token.balance_of(owner, place) for owner in owners)


def _block_at(place: str) -> Call:
    """Ask for a block, without its transactions."""
    return Call("eth_getBlockByNumber", (place, False))


def _by_hash(block_hash: str) -> dict[str, object]:
    """Name a block so that it is refused when the chain has gone another way since."""
    return {"blockHash": block_hash, "requireCanonical": True}


def _block(answer: Answer, number: int | None = None) -> Block:
    """Read a block that must be there, and be the one that was asked for if one was."""
    said = answer.read(BLOCK)
    if said is None:
        raise answer.nonsense("is empty")
    try:
        block = said.block
    except (ValueError, OverflowError):
        raise answer.nonsense("has a time that is none") from None
    if number not in {None, block.number}:
        raise answer.nonsense("is another block")
    return block


def _canonical(answer: Answer, number: int, block_hash: str) -> Block:
    """Read a block that must still be part of the chain. Raises BlockUnknown."""
    said = answer.read(BLOCK)
    if said is None or said.hash != block_hash:
        raise BlockUnknown(number, block_hash)
    return _block(answer, number)


def _check_is_of(receipt: ReceiptSaid, tx_hash: TransactionHash, answer: Answer) -> None:
    """Make sure that a receipt, and all in it, is of one transaction in one block."""
    wanted = (tx_hash, receipt.block_hash)
    is_whole = all((log.transaction_hash, log.block_hash) == wanted for log in receipt.logs)
    if receipt.transaction_hash != tx_hash or not is_whole:
        raise answer.nonsense("is of another transaction")

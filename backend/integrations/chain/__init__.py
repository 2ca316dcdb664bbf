"""The chain: what Tandem needs of an EVM chain to know who has how much of one token.

chain = Chain(settings, clock)
await chain.verify()
block = await chain.confirmed_block()
micros = await chain.balances_of(addresses, block)
"""

from backend.integrations.chain.chain import Chain
from backend.integrations.chain.errors import (
    BlockUnknown,
    CallReverted,
    ChainProblem,
    NoConfirmedBlock,
    NotThisToken,
    RpcLimited,
    RpcNodeAway,
    RpcNodeBehind,
    RpcNodeRefused,
    RpcNonsense,
    RpcUrlWrong,
    WrongChain,
)
from backend.integrations.chain.settings import ChainSettings
from backend.integrations.chain.values import (
    Block,
    Execution,
    NotATransactionHash,
    TransactionHash,
    Transfer,
    read_transaction_hash,
)

__all__ = [
    "Block",
    "BlockUnknown",
    "CallReverted",
    "Chain",
    "ChainProblem",
    "ChainSettings",
    "Execution",
    "NoConfirmedBlock",
    "NotATransactionHash",
    "NotThisToken",
    "RpcLimited",
    "RpcNodeAway",
    "RpcNodeBehind",
    "RpcNodeRefused",
    "RpcNonsense",
    "RpcUrlWrong",
    "TransactionHash",
    "Transfer",
    "WrongChain",
    "read_transaction_hash",
]

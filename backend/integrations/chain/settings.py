"""What a deployment decides about the chain that money comes in by."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from backend.integrations.ethereum_address import EthereumAddress
from protocol.marks import SECRET, without_private

NODES_MAX = 8
BATCH_MAX = 1_000


class ChainSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Which chain, which token on it, and by which nodes they are read."""

    rpc_urls: Annotated[tuple[str, ...], Meta(min_length=1, max_length=NODES_MAX), SECRET]
    """Nodes of the chain; when one fails the next is asked. The URLs often carry a key."""
    chain_id: Annotated[int, Meta(ge=1)]
    token: EthereumAddress
    """The contract; what it counts must be millionths."""
    token_symbol: str = "USDC"  # noqa: S105 - a token of another kind
    confirmations: Annotated[int, Meta(ge=0)] = 64
    """How many blocks must stand on top of one that counts; 64 are what Ethereum calls final.

    Nodes that keep no archive know the balances of the last 128 blocks only.
    """
    within_s: Annotated[float, Meta(gt=0)] = 10.0
    """After so long a request is given up."""
    batch_max: Annotated[int, Meta(ge=1, le=BATCH_MAX)] = 100
    """How many calls one request may carry; 1 for nodes that know no batches."""
    head_age_max_s: Annotated[float, Meta(gt=0)] = 600.0
    """A node whose last block is older has lost touch with the chain."""

    def __repr__(self) -> str:
        """Show them as a log may."""
        return f"ChainSettings({without_private(self)})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show the same to who prints in colours."""
        return list(without_private(self).items())

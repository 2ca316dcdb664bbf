"""The forms of what nodes say, as strictly as the protocol has them; what differs is refused.

https://ethereum.github.io/execution-apis/
"""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from backend.integrations.chain.values import Block

Quantity = Annotated[str, Meta(pattern=r"\A0x(?:0|[1-9a-f][0-9a-f]{0,15})\Z")]
"""A number of up to 64 bits."""
Hash = Annotated[str, Meta(pattern=r"\A0x[0-9a-f]{64}\Z")]
Address = Annotated[str, Meta(pattern=r"\A0x[0-9a-fA-F]{40}\Z")]
Data = Annotated[str, Meta(pattern=r"\A0x(?:[0-9a-f]{2})*\Z")]


class BlockSaid(msgspec.Struct, frozen=True, gc=False):
    """A block, of which the number, the hash and the time are wanted."""

    number: Quantity
    hash: Hash
    timestamp: Quantity

    @property
    def block(self) -> Block:
        """The same in our words. Raises ValueError and OverflowError for a time that is none."""
        at = datetime.fromtimestamp(int(self.timestamp, 16), UTC)
        return Block(int(self.number, 16), self.hash, at)


class LogSaid(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """An event of a contract."""

    address: Address
    topics: tuple[Hash, ...]
    data: Data
    block_hash: Hash
    transaction_hash: Hash


class ReceiptSaid(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """What became of a transaction."""

    transaction_hash: Hash
    block_hash: Hash
    block_number: Quantity
    status: Literal["0x0", "0x1"]
    logs: tuple[LogSaid, ...]


QUANTITY: msgspec.json.Decoder[str] = msgspec.json.Decoder(Quantity)
DATA: msgspec.json.Decoder[str] = msgspec.json.Decoder(Data)
BLOCK: msgspec.json.Decoder[BlockSaid | None] = msgspec.json.Decoder(BlockSaid | None)
RECEIPT: msgspec.json.Decoder[ReceiptSaid | None] = msgspec.json.Decoder(ReceiptSaid | None)

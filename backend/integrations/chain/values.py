"""What is read of a chain. Amounts are micros: millionths of a token, in whole numbers."""

import re
from datetime import datetime
from typing import NewType

import msgspec

from backend.integrations.ethereum_address import EthereumAddress

MICROS_MAX = 2**63 - 1
"""More than this is no amount of dollars, and no column has room for it."""

TransactionHash = NewType("TransactionHash", str)
"""Made by `read_transaction_hash` only."""

_FORM = re.compile(r"0[xX]([0-9a-fA-F]{64})")


class NotATransactionHash(ValueError):
    """The text has not the form of a transaction's hash."""


def read_transaction_hash(text: str) -> TransactionHash:
    """Read a transaction's hash as people paste it. Raises NotATransactionHash."""
    form = _FORM.fullmatch(text.strip())
    if form is None:
        raise NotATransactionHash(
            "A transaction's hash is 0x and 64 hexadecimal digits; copy it as a whole."
        )
    return TransactionHash(f"0x{form[1].lower()}")


class Block(msgspec.Struct, frozen=True, gc=False):
    """A block of the chain, as long as no reorganisation takes it away."""

    number: int
    hash: str
    at: datetime


class Transfer(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Tokens that went from one address to another; the zero address mints and burns."""

    sender: EthereumAddress
    receiver: EthereumAddress
    micros: int


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction that stands in a block."""

    tx_hash: TransactionHash
    block: Block
    confirmations: int
    """How many blocks stand on top of it."""
    is_confirmed: bool
    """Whether these are as many as the settings want."""
    has_succeeded: bool
    transfers: tuple[Transfer, ...]
    """What it moved of the token, in order; nothing where it has not succeeded."""

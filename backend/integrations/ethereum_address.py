"""Ethereum addresses: read as people type them, kept in the one form that carries a checksum.

The checksum is which letters are capitals: https://eips.ethereum.org/EIPS/eip-55
"""

import re
from typing import NewType

from eth_hash.auto import keccak

EthereumAddress = NewType("EthereumAddress", str)
"""An address with its checksum; made by `read_address` and `checksummed` only."""

RESERVED_BELOW = 2**16
"""There are the zero address, which mints and burns, `…dEaD`, and what chains keep for their own
contracts."""
_PLACEHOLDERS = frozenset({"e" * 40, "f" * 40})
"""What programs write where ether is meant, or nobody."""
_FORM = re.compile(r"0[xX]([0-9a-fA-F]{40})")
_CAPITAL_FROM = 8


class AddressWrong(ValueError):
    """Money must not be sent to this; the sentence says why, and what to do."""


class NotAnAddress(AddressWrong):
    """The text has not the form of an address."""


class ChecksumWrong(AddressWrong):
    """The text has the form of an address, and a letter or digit of it is wrong."""


class NobodysAddress(AddressWrong):
    """Nobody has the key to this address: what is sent there is lost."""


def read_address(text: str) -> EthereumAddress:
    """Read an address that money may be sent to. Raises AddressWrong.

    In small letters alone, or capitals alone, it carries no checksum and is taken as it is.
    """
    form = _FORM.fullmatch(text.strip())
    if form is None:
        raise NotAnAddress("An address is 0x and 40 hexadecimal digits; copy it as a whole.")
    digits = form[1]
    address = checksummed(digits)
    if digits not in {digits.lower(), digits.upper()} and digits != address[2:]:
        raise ChecksumWrong(
            "The capital letters of this address do not fit its digits, so one of them is wrong; "
            "copy it anew from where it came."
        )
    if int(digits, 16) < RESERVED_BELOW or digits.lower() in _PLACEHOLDERS:
        raise NobodysAddress("Nobody has this address; what is sent there is lost.")
    return address


def checksummed(digits: str) -> EthereumAddress:
    """Give 40 hexadecimal digits the form with the checksum, whoever's address they are."""
    digits = digits.lower()
    checks = keccak(digits.encode()).hex()
    return EthereumAddress(
        "0x"
        + "".join(
            digit.upper() if int(check, 16) >= _CAPITAL_FROM else digit
            for digit, check in zip(digits, checks, strict=False)
        )
    )

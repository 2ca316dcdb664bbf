"""Addresses: taken as people paste them, and refused by name where money would be lost."""

import pytest

from backend.integrations.ethereum_address import (
    AddressWrong,
    ChecksumWrong,
    NobodysAddress,
    NotAnAddress,
    checksummed,
    read_address,
)

# The examples of EIP-55 itself.
ALL_CAPITALS = [
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
]
ALL_SMALL = [
    "0xde709f2102306220921060314715629080e2fb77",
    "0x27b1fdb04752bbc536007a920d24acb045561c26",
]
MIXED = [
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
]
ANNAS = MIXED[0]


@pytest.mark.parametrize("address", [*ALL_CAPITALS, *ALL_SMALL, *MIXED])
def test_the_examples_of_the_standard_are_kept_as_they_are(address: str) -> None:
    assert read_address(address) == address
    assert checksummed(address[2:].lower()) == address


@pytest.mark.parametrize("address", [*ALL_CAPITALS, *ALL_SMALL, *MIXED])
def test_without_a_checksum_an_address_is_taken_and_gets_one(address: str) -> None:
    assert read_address(address.lower()) == address
    assert read_address(f"0x{address[2:].upper()}") == address
    assert read_address(address.upper()) == address


def test_what_was_pasted_with_an_address_is_let_go() -> None:
    assert read_address(f"  {ANNAS}\n") == ANNAS


@pytest.mark.parametrize("place", [3, 11, 40])
def test_a_single_wrong_letter_is_noticed(place: int) -> None:
    wrong = ANNAS[:place] + ANNAS[place].swapcase() + ANNAS[place + 1 :]
    assert wrong != ANNAS
    with pytest.raises(ChecksumWrong, match="copy it anew"):
        read_address(wrong)


def test_a_wrong_digit_is_noticed() -> None:
    with pytest.raises(ChecksumWrong):
        read_address(ANNAS.replace("6053", "6054"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        "anna.eth",
        ANNAS[2:],
        ANNAS[:-1],
        f"{ANNAS}0",
        ANNAS.replace("5", "g", 1),
        f"ethereum:{ANNAS}",
        f"{ANNAS} {ANNAS}",
        f"{ANNAS}\x00",
        "0x" + "\N{ARABIC-INDIC DIGIT ZERO}" * 40,
        "0x" + "1" * 64,  # the hash of a transaction
    ],
)
def test_what_has_another_form_is_no_address(text: str) -> None:
    with pytest.raises(NotAnAddress, match="40 hexadecimal digits"):
        read_address(text)


@pytest.mark.parametrize(
    "digits",
    ["0" * 40, f"{1:040x}", f"{0xFFFF:040x}", f"{0xDEAD:040x}", "e" * 40, "F" * 40],
)
def test_what_nobody_has_the_key_to_is_refused(digits: str) -> None:
    with pytest.raises(NobodysAddress, match="lost"):
        read_address(f"0x{digits}")


def test_the_first_address_that_somebody_may_have_is_taken() -> None:
    assert read_address(f"0x{0x10000:040x}") == checksummed(f"{0x10000:040x}")


def test_every_refusal_is_one_of_addresses() -> None:
    assert issubclass(NotAnAddress, AddressWrong)
    assert issubclass(ChecksumWrong, AddressWrong)
    assert issubclass(NobodysAddress, AddressWrong)

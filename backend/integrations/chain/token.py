"""The token's own language: how its contract is asked, and what its answers and events mean.

https://eips.ethereum.org/EIPS/eip-20
"""

from backend.integrations.chain.errors import NotThisToken
from backend.integrations.chain.forms import DATA, LogSaid, ReceiptSaid
from backend.integrations.chain.json_rpc import Answer, Call
from backend.integrations.chain.values import MICROS_MAX, Transfer
from backend.integrations.ethereum_address import EthereumAddress, checksummed

DECIMALS = 6
"""A token's unit is then a millionth: amounts are micros."""

# The first four bytes of the hash of what is called.
_DECIMALS = "0x313ce567"  # decimals()
_SYMBOL = "0x95d89b41"  # symbol()
_BALANCE_OF = "0x70a08231"  # balanceOf(address)
_TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
"""The hash of Transfer(address,address,uint256), its two addresses indexed."""
_TRANSFER_TOPICS = 3
_WORD_DIGITS = 64
_BEFORE_ADDRESS = "0" * 24
_SYMBOL_BYTES_MAX = 64


class Token:
    """The contract of the token, at its address."""

    def __init__(self, address: EthereumAddress) -> None:
        self._address = address

    def decimals(self, at: object) -> Call:
        """Ask how many decimals it has."""
        return self._call(_DECIMALS, at)

    def symbol(self, at: object) -> Call:
        """Ask what it is called."""
        return self._call(_SYMBOL, at)

    def balance_of(self, owner: EthereumAddress, at: object) -> Call:
        """Ask how much of it an address has."""
        return self._call(_BALANCE_OF + _BEFORE_ADDRESS + owner[2:].lower(), at)

    def check(self, decimals: Answer, symbol: Answer, wanted: str) -> None:
        """Make sure that it is what the settings say. Raises NotThisToken."""
        found = self._number(decimals)
        if found != DECIMALS:
            raise NotThisToken(self._address, f"it has {found} decimals and not {DECIMALS}")
        said = _text(self._data(symbol))
        if said != wanted:
            raise NotThisToken(self._address, f"its symbol is {said!a} and not {wanted!a}")

    def micros(self, balance: Answer) -> int:
        """Read how much an address has. Raises ChainProblem."""
        return _within_reason(self._number(balance), balance)

    def transfers(self, receipt: ReceiptSaid, answer: Answer) -> tuple[Transfer, ...]:
        """Find what a transaction moved of the token. Raises RpcNonsense."""
        return tuple(
            self._transfer(log, answer)
            for log in receipt.logs
            if log.address.lower() == self._address.lower() and log.topics[:1] == (_TRANSFER,)
        )

    def _call(self, data: str, at: object) -> Call:
        return Call("eth_call", ({"to": self._address, "data": data}, at))

    def _number(self, answer: Answer) -> int:
        digits = self._data(answer)
        if len(digits) != _WORD_DIGITS:
            raise answer.nonsense("is no number")
        return int(digits, 16)

    def _data(self, answer: Answer) -> str:
        digits = answer.read(DATA)[2:]
        if not digits:
            # That is how an address without a contract answers to everything.
            raise NotThisToken(self._address, "no contract is there in the block that was asked")
        return digits

    def _transfer(self, log: LogSaid, answer: Answer) -> Transfer:
        if len(log.topics) != _TRANSFER_TOPICS or len(log.data) != 2 + _WORD_DIGITS:
            raise answer.nonsense("has a transfer that is none")
        _, sender, receiver = log.topics
        return Transfer(
            sender=_address(sender, answer),
            receiver=_address(receiver, answer),
            micros=_within_reason(int(log.data, 16), answer),
        )


def _address(word: str, answer: Answer) -> EthereumAddress:
    digits = word.removeprefix("0x" + _BEFORE_ADDRESS)
    if digits == word:
        raise answer.nonsense("has a transfer that is none")
    return checksummed(digits)


def _within_reason(micros: int, answer: Answer) -> int:
    if micros > MICROS_MAX:
        raise answer.nonsense("has more tokens than there can be")
    return micros


def _text(digits: str) -> str | None:
    """Read a string as contracts return it: where it begins, how long it is, then its bytes."""
    raw = bytes.fromhex(digits)
    begins, length, rest = raw[:32], int.from_bytes(raw[32:64]), raw[64:]
    if int.from_bytes(begins) != len(begins) or length > min(_SYMBOL_BYTES_MAX, len(rest)):
        return None
    return rest[:length].decode("ascii", errors="replace")

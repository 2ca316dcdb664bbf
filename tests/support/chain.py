"""A chain of this machine's own: anvil with a dollar on it, moved on by the tests alone.

Blocks come only when a test has one mined. Every account is unlocked, and nothing costs gas.
"""

import asyncio
import itertools
import os
import re
import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from backend.embedded.process import Launch, ServerProcess
from backend.integrations.chain import ChainSettings, TransactionHash
from backend.integrations.ethereum_address import EthereumAddress, checksummed
from tests.support.contract import Contract, compiled_dollar
from tests.support.until import until

CHAIN_ID = 31_337
BANK = checksummed("ba" * 20)
"""Who mints."""
_PACKAGE = Path(__file__).parent / "npm" / "node_modules" / "@foundry-rs" / "anvil-linux-amd64"
_SETTINGS = {
    "--host": "127.0.0.1",
    "--port": "0",
    "--chain-id": str(CHAIN_ID),
    "--gas-price": "0",
    "--block-base-fee-per-gas": "0",
    "--no-mining": None,
    "--auto-impersonate": None,
}
_GAS = hex(3_000_000)
"""Said with each transaction, so that one that will revert is sent as well."""
_OF_WISH = ("from", "to", "input", "gas", "gasPrice", "nonce")
"""Sent with the same again, a transaction has the same hash again."""
_WITHOUT_TRANSACTIONS = (False,)
_ANSWER_WITHIN_S = 10.0
_LISTENING = re.compile(r"Listening on (127\.0\.0\.1:\d+)")
_AGE = 100
"""How many blocks it has before the first test: more than anybody wants on top of one."""
_REVERTS = "0x5f5ffd"
"""A contract that refuses whatever it is asked."""

_number = itertools.count(0xA11CE0000000)


class LocalChain:
    """The running chain, at `url`; its dollar is at `token`."""

    def __init__(self, process: ServerProcess, url: str, dollar: Contract) -> None:
        self.url = url
        self._process = process
        self._dollar = dollar
        self._http = httpx.Client(base_url=url, timeout=_ANSWER_WITHIN_S, trust_env=False)
        self.token = self.deploy()
        self.mine(_AGE)

    def settings(self, *urls: str, **other: Any) -> ChainSettings:
        """Say how it is read: at its own URL or at these, with three blocks on top."""
        said = {"chain_id": CHAIN_ID, "token": self.token, "confirmations": 3, **other}
        return ChainSettings(rpc_urls=urls or (self.url,), **said)

    def new_address(self) -> EthereumAddress:
        """Give an address that nobody has had yet."""
        return checksummed(f"{next(_number):040x}")

    def deploy(self, decimals: int = 6) -> EthereumAddress:
        """Put a dollar on the chain, without any money yet."""
        tx_hash = self._send(None, f"0x{self._dollar.bytecode}{_words(decimals)}")
        self.mine()
        return checksummed(self.ask("eth_getTransactionReceipt", tx_hash)["contractAddress"][2:])

    def mint(
        self, to: EthereumAddress, micros: int, *, token: EthereumAddress | None = None
    ) -> TransactionHash:
        """Make money for somebody, in a block of its own."""
        data = self._call("mint", int(to, 16), micros)
        return self._mined(self._send(token or self.token, data))

    def transfer(
        self, sender: EthereumAddress, to: EthereumAddress, micros: int, *, is_mined: bool = True
    ) -> TransactionHash:
        """Send money, in a block of its own if it is to be mined; too much reverts."""
        data = self._call("transfer", int(to, 16), micros)
        tx_hash = self._send(self.token, data, sender)
        return self._mined(tx_hash) if is_mined else tx_hash

    def transfer_from(
        self, owner: EthereumAddress, spender: EthereumAddress, to: EthereumAddress, micros: int
    ) -> TransactionHash:
        """Have somebody send another's money, which the owner allows first."""
        self._send(self.token, self._call("approve", int(spender, 16), micros), owner)
        self.mine()
        data = self._call("transferFrom", int(owner, 16), int(to, 16), micros)
        return self._mined(self._send(self.token, data, spender))

    def transfer_many(
        self, sender: EthereumAddress, to: Sequence[EthereumAddress], micros: int
    ) -> TransactionHash:
        """Send each the same in one transaction."""
        data = self._call("transferMany", 64, micros, len(to), *(int(one, 16) for one in to))
        return self._mined(self._send(self.token, data, sender))

    def mine(self, count: int = 1) -> None:
        """Have blocks mined; the first has whatever was sent."""
        self.ask("anvil_mine", hex(count))

    def reorganise(self, depth: int, *, again: Sequence[TransactionHash] = ()) -> None:
        """Put other blocks in the place of the last ones: empty, but for these in the very last."""
        sent = [self.ask("eth_getTransactionByHash", tx_hash) for tx_hash in again]
        wishes = [{name: one[name] for name in _OF_WISH} for one in sent]
        # Another miner, or an empty block might come out as the very same.
        self.ask("anvil_setCoinbase", self.new_address())
        self.ask("anvil_reorg", depth, [[wish, depth - 1] for wish in wishes])

    def set_time(self, at: datetime) -> None:
        """Move the clock by which blocks are dated, back as well; it goes on from there."""
        self.ask("anvil_setTime", int(at.timestamp()))

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Have it take connections and answer nothing until the block is left."""
        os.kill(self._process.pid, signal.SIGSTOP)
        os.waitpid(self._process.pid, os.WUNTRACED)  # It may still be answering for a moment.
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    @contextmanager
    def broken_token(self) -> Iterator[None]:
        """Have a contract that reverts everything in the place of the dollar's for a while."""
        code = self.ask("eth_getCode", self.token, "latest")
        self.ask("anvil_setCode", self.token, _REVERTS)
        try:
            yield
        finally:
            self.ask("anvil_setCode", self.token, code)

    def ask(self, method: str, *params: object) -> Any:
        """Ask it anything, past the code under test."""
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        said = self._http.post("/", json=call).json()
        assert "error" not in said, f"{method}: {said['error']}"
        return said["result"]

    def block(self, number: int | None = None) -> dict[str, Any]:
        """Read a block, the last one if no other is named, past the code under test."""
        place = "latest" if number is None else hex(number)
        found: dict[str, Any] = self.ask("eth_getBlockByNumber", place, *_WITHOUT_TRANSACTIONS)
        return found

    def close(self) -> None:
        """Let go of the connection to it."""
        self._http.close()

    def _call(self, name: str, *words: int) -> str:
        return f"0x{self._dollar.selectors[name]}{_words(*words)}"

    def _send(
        self, to: EthereumAddress | None, data: str, sender: EthereumAddress = BANK
    ) -> TransactionHash:
        wish = {"from": sender, "to": to, "data": data, "gas": _GAS, "gasPrice": "0x0"}
        return TransactionHash(self.ask("eth_sendTransaction", wish))

    def _mined(self, tx_hash: TransactionHash) -> TransactionHash:
        self.mine()
        return tx_hash


@contextmanager
def running_chain(folder: Path, compiled: Path) -> Iterator[LocalChain]:
    """Run a chain until the block is left; what is compiled is kept in `compiled`."""
    command = [_anvil(), *_arguments()]
    dollar = compiled_dollar(compiled)
    log = folder / "anvil.log"
    process = ServerProcess(
        Launch(
            argv=command,
            folder=folder,
            log=log,
            pid_file=folder / "anvil.pid",
            account=None,
            death_signal=signal.SIGKILL,
        )
    )

    def has_spoken() -> bool:
        return process.has_ended() or _LISTENING.search(log.read_text()) is not None

    try:
        asyncio.run(until(has_spoken))
        found = _LISTENING.search(log.read_text())
        assert found, f"anvil did not start: {log.read_text()[-2_000:]}"
        chain = LocalChain(process, f"http://{found[1]}", dollar)
        yield chain
        chain.close()
    finally:
        process.kill()


def _anvil() -> str:
    """Find anvil: the one that comes as a package, else the one on the PATH."""
    packaged = _PACKAGE / "bin" / "anvil"
    found = str(packaged) if packaged.is_file() else shutil.which("anvil")
    assert found, (
        "The chain anvil is missing: on Linux x86-64 `make test` installs it, elsewhere install "
        "Foundry (https://getfoundry.sh) and put anvil on the PATH."
    )
    return found


def _arguments() -> Iterator[str]:
    for name, value in _SETTINGS.items():
        yield name
        if value is not None:
            yield value


def _words(*numbers: int) -> str:
    """Write what a contract is called with: numbers of 32 bytes each."""
    return "".join(f"{number:064x}" for number in numbers)

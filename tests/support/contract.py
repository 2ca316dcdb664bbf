"""The contract of the tests' dollar, compiled once and kept for the tests that come later."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import msgspec

from tests.clients.javascript_phone import node_command

HERE = Path(__file__).parent
SOURCE = HERE / "contracts" / "Dollar.sol"
COMPILER = HERE / "npm" / "compile.mjs"
NPM = HERE / "npm" / "node_modules"
_WITHIN_S = 60.0


class Contract(msgspec.Struct, frozen=True):
    """What a chain is told to have the contract, and to call it."""

    bytecode: str
    selectors: dict[str, str]
    """Of each function by its name: what a call of it begins with."""


def compiled_dollar(folder: Path) -> Contract:
    """Compile the contract, or take it from the folder if it has been compiled there before."""
    lock = COMPILER.with_name("package-lock.json")
    whole = b"".join(path.read_bytes() for path in (SOURCE, COMPILER, lock))
    kept = folder / f"dollar-{hashlib.sha256(whole).hexdigest()[:16]}.json"
    if not kept.exists():
        written = kept.with_suffix(f".{os.getpid()}")
        written.write_bytes(msgspec.json.encode(_compile()))
        written.rename(kept)  # at once, for others may be looking for it
    return msgspec.json.decode(kept.read_bytes(), type=Contract)


def _compile() -> Contract:
    assert (NPM / "solc").is_dir(), "The compiler solc is missing: `make test` installs it."
    said = subprocess.run(
        [*node_command(), str(COMPILER), str(SOURCE)],
        capture_output=True,
        check=True,
        timeout=_WITHIN_S,
    )
    output = json.loads(said.stdout)
    assert "errors" not in output, "\n".join(one["formattedMessage"] for one in output["errors"])
    found = output["contracts"][SOURCE.name]["Dollar"]["evm"]
    selectors = {
        signature.partition("(")[0]: selector
        for signature, selector in found["methodIdentifiers"].items()
    }
    return Contract(found["bytecode"]["object"], selectors)

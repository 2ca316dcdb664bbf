"""The secrets of a run: made once, kept in the data folder, closed to everybody else.

They are for a run on one's own machine. A deployment sets its own in the environment, and what is
set there goes before what is kept here.
"""

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from backend.embedded.place import as_fact
from backend.integrations.vapid import generate_vapid_keys
from backend.running.errors import KeysUnreadable


def _hash_key() -> str:
    return secrets.token_urlsafe(32)


def _demo_password() -> str:
    return "-".join(secrets.token_hex(2) for _ in range(3))


def _vapid_private_key() -> str:
    return generate_vapid_keys().private_key


def _webhook_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(24)}"


MAKERS: dict[str, Callable[[], str]] = {
    "TANDEM_HASH_KEY": _hash_key,
    "TANDEM_DEMO_PASSWORD": _demo_password,
    "TANDEM_VAPID_PRIVATE_KEY": _vapid_private_key,
    "TANDEM_STRIPE_WEBHOOK_SECRETS": _webhook_secret,
}


def keys_of(path: Path) -> dict[str, str]:
    """Return the secrets by the names of their settings; what is missing is made and kept.

    Raises KeysUnreadable, or FolderNotWritable and DiskFull as the embedded servers do.
    """
    try:
        kept = _read(path)
        missing = {name: make() for name, make in MAKERS.items() if name not in kept}
        if missing:
            kept |= missing
            _write(path, kept)
    except OSError as problem:
        raise as_fact(problem, path.parent) from None
    return kept


def _read(path: Path) -> dict[str, str]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise KeysUnreadable(path) from None
    if not isinstance(kept, dict) or not all(isinstance(value, str) for value in kept.values()):
        raise KeysUnreadable(path)
    return kept


def _write(path: Path, kept: dict[str, str]) -> None:
    """Write the file whole or not at all, readable by us only from its first byte on."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(kept, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)

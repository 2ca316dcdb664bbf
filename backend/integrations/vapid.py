"""VAPID: the key pairs by which push services know who sends (RFC 8292)."""

import base64
from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

FORMER_KEYS_MAX = 8
_PRIVATE_BYTES = 32
_CURRENT = "TANDEM_VAPID_PRIVATE_KEY"
_FORMER = "TANDEM_VAPID_FORMER_PRIVATE_KEYS"


class WebPushSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment decides about Web Push; without a key nothing is pushed."""

    private_key: str = ""
    """The VAPID key, 32 bytes as base64url: secret, the same on every node and worker."""
    former_private_keys: str = ""
    """Keys it had before, the newest first, with spaces between; secret as well."""
    contact: str = "mailto:push@localhost"
    """Whom push services may write to: a mailto: or https: URL."""
    allows_loopback: bool = False
    """For tests only: push services on this machine, over plain HTTP and on any port."""

    def __repr__(self) -> str:
        """Say nothing of the keys."""
        return "<WebPushSettings>"


class VapidKeys(NamedTuple):
    """A key pair, both halves as base64url."""

    private_key: str
    public_key: str

    def __repr__(self) -> str:
        """Say nothing of the private half."""
        return f"<VapidKeys {self.public_key}>"


class VapidKeyWrong(Exception):
    """A setting does not hold VAPID private keys."""


class VapidKeyRing:
    """The key pairs of a deployment: the one it has browsers subscribe with, and former ones.

    A subscription is bound to the key it was made with, so former keys stay until hardly any of
    theirs are left.
    """

    def __init__(self, private_key: str = "", former_private_keys: str = "") -> None:
        """Read the settings; both may be empty. Raises VapidKeyWrong."""
        former = former_private_keys.split()
        if former and not private_key:
            raise VapidKeyWrong(
                f"{_FORMER} is set and {_CURRENT} is not: browsers need one to subscribe with."
            )
        if len(former) > FORMER_KEYS_MAX:
            raise VapidKeyWrong(f"{_FORMER} holds {len(former)} keys; {FORMER_KEYS_MAX} may be.")
        pairs = [(private_key, _CURRENT)] if private_key else []
        pairs += [(key, _FORMER) for key in former]
        self._private_keys = {public_key_of(key, setting): key for key, setting in pairs}

    @property
    def current(self) -> str:
        """The public key new subscriptions are made with; empty when there is none."""
        return next(iter(self._private_keys), "")

    @property
    def eldest(self) -> str:
        """The public key that was the only one before there was a second."""
        return next(reversed(self._private_keys), "")

    def __bool__(self) -> bool:
        """Tell whether this deployment pushes at all."""
        return bool(self._private_keys)

    def __contains__(self, public_key: str) -> bool:
        """Tell whether it can push to what was subscribed with this key."""
        return public_key in self._private_keys

    def __iter__(self) -> Iterator[VapidKeys]:
        """Go through the pairs, the newest first."""
        for public_key, private_key in self._private_keys.items():
            yield VapidKeys(private_key, public_key)


def generate_vapid_keys() -> VapidKeys:
    """Make a key pair; subscriptions are bound to it, so it is kept for as long as they last."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_numbers().private_value.to_bytes(_PRIVATE_BYTES)
    return VapidKeys(_encode(private), _public(key))


def public_key_of(private_key: str, setting: str = _CURRENT) -> str:
    """Give the half a browser subscribes with. Raises VapidKeyWrong, which names the setting."""
    try:
        padded = private_key + "=" * (-len(private_key) % 4)
        key = base64.b64decode(padded, altchars=b"-_", validate=True)
        if len(key) == _PRIVATE_BYTES:
            return _public(ec.derive_private_key(int.from_bytes(key), ec.SECP256R1()))
    except (ValueError, UnsupportedAlgorithm):
        pass
    raise VapidKeyWrong(f"{setting} is no VAPID key: it is 32 bytes, written as base64url.")


def _public(key: ec.EllipticCurvePrivateKey) -> str:
    return _encode(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

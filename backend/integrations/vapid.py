"""VAPID: the key pair by which push services know who sends (RFC 8292)."""

import base64
from typing import NamedTuple

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_PRIVATE_BYTES = 32


class WebPushSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment decides about Web Push; without a key nothing is pushed."""

    private_key: str = ""
    """The VAPID key, 32 bytes as base64url: secret, the same on every node, kept for ever."""
    contact: str = "mailto:push@localhost"
    """Whom push services may write to: a mailto: or https: URL."""
    allows_loopback: bool = False
    """For tests only: push services on this machine, over plain HTTP and on any port."""


class VapidKeys(NamedTuple):
    """A key pair, both halves as base64url."""

    private_key: str
    public_key: str


class VapidKeyWrong(Exception):
    """The setting is not a VAPID private key."""


def generate_vapid_keys() -> VapidKeys:
    """Make a key pair; subscriptions are bound to it, so it is made once and kept."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_numbers().private_value.to_bytes(_PRIVATE_BYTES)
    return VapidKeys(_encode(private), _public(key))


def public_key_of(private_key: str) -> str:
    """Give the half a browser subscribes with. Raises VapidKeyWrong."""
    try:
        padded = private_key + "=" * (-len(private_key) % 4)
        key = base64.b64decode(padded, altchars=b"-_", validate=True)
        if len(key) == _PRIVATE_BYTES:
            return _public(ec.derive_private_key(int.from_bytes(key), ec.SECP256R1()))
    except (ValueError, UnsupportedAlgorithm):
        pass
    raise VapidKeyWrong(
        "TANDEM_VAPID_PRIVATE_KEY is no VAPID key: it is 32 bytes, written as base64url."
    )


def _public(key: ec.EllipticCurvePrivateKey) -> str:
    return _encode(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

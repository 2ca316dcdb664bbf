"""Tokens: 32 random bytes that open something, with a prefix that says what.

Only SHA-256 hashes of them are kept. That is enough without salt or cost: what is random to 256
bits cannot be found by trying. By the prefix, people and secret scanners know one when they see it.
"""

import base64
import hashlib
import hmac
import re
import secrets
from enum import StrEnum

_BYTES = 32
_SHAPE = re.compile(r"(?P<kind>td[artl]_)[A-Za-z0-9_-]{43}")


class TokenKind(StrEnum):
    """What a token opens; the value is its prefix."""

    ACCESS = "tda_"
    REFRESH = "tdr_"
    TICKET = "tdt_"
    LINK = "tdl_"


def new_token(kind: TokenKind) -> str:
    """Draw a token."""
    return kind + secrets.token_urlsafe(_BYTES)


def new_salt() -> bytes:
    """Draw a salt for `successor_of`."""
    return secrets.token_bytes(_BYTES)


def successor_of(shown: str, kind: TokenKind, salt: bytes) -> str:
    """Derive the token that another is exchanged for: the same one for the same salt.

    Neither the salt nor the token that was shown yields it alone, so the salt may be kept.
    """
    derived = hmac.digest(salt, f"{kind}{shown}".encode(), hashlib.sha256)
    return kind + base64.urlsafe_b64encode(derived).rstrip(b"=").decode()


def hash_of(token: str, kind: TokenKind) -> bytes | None:
    """Hash a token as it is kept; None for what cannot be one of this kind."""
    shape = _SHAPE.fullmatch(token)
    if shape is None or shape["kind"] != kind:
        return None
    return hashlib.sha256(token.encode()).digest()


def hash_of_new(token: str) -> bytes:
    """Hash a token we made ourselves."""
    return hashlib.sha256(token.encode()).digest()

"""Claims: who somebody is, as an ID token says it (OpenID Connect Core, 3.1.3.7)."""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from joserfc.errors import ClaimError
from joserfc.jwt import JWTClaimsRegistry, Token
from msgspec import Meta

from backend.integrations.oidc.errors import TokenFault, TokenRefused
from backend.integrations.oidc.sealed import Sealed
from protocol.marks import PRIVATE, SECRET

LEEWAY_S = 60
"""How far two clocks may be apart."""
AGE_MAX_S = 10 * 60
"""Providers give their tokens an hour or a day, but this one says who is here now."""
_FAULTS = {
    "iss": TokenFault.WRONG_ISSUER,
    "aud": TokenFault.WRONG_AUDIENCE,
    "nonce": TokenFault.WRONG_NONCE,
    "exp": TokenFault.EXPIRED,
    "iat": TokenFault.NOT_YET_VALID,
    "nbf": TokenFault.NOT_YET_VALID,
}


class OidcIdentity(Sealed, frozen=True, kw_only=True):
    """Who somebody is at a provider; issuer and subject together are theirs for ever."""

    issuer: str
    subject: Annotated[str, PRIVATE]
    email: Annotated[str | None, PRIVATE] = None
    email_verified: bool = False
    name: Annotated[str | None, PRIVATE] = None


class Expected(Sealed, frozen=True, kw_only=True):
    """What an ID token must say to be taken."""

    issuer: str
    parties: frozenset[str]
    """The clients it may have been issued to, of which it names one at least."""
    trusted: frozenset[str]
    """All that may read it, too."""
    nonces: Annotated[tuple[str, ...], SECRET]
    access_token: Annotated[str | None, SECRET] = None
    """What came with it, if anything did."""
    code: Annotated[str | None, SECRET] = None
    """What it was exchanged for, if for anything."""


class _Claims(msgspec.Struct, frozen=True):
    """What an ID token says, under the names it has there."""

    iss: str
    sub: Annotated[str, Meta(pattern=r"^[ -~]{1,255}\Z")]
    aud: str | tuple[str, ...]
    exp: int | float
    iat: int | float
    nonce: str | None = None
    azp: str | None = None
    at_hash: str | None = None
    c_hash: str | None = None
    email: Annotated[str, Meta(max_length=320)] | None = None
    # Apple writes it as text, now and then.
    email_verified: bool | Literal["true", "false"] | None = None
    name: str | None = None

    @property
    def audiences(self) -> set[str]:
        return {self.aud} if isinstance(self.aud, str) else set(self.aud)


def identity_of(token: Token, expected: Expected, now: datetime) -> OidcIdentity:
    """Read who somebody is from a token whose signature holds. Raises TokenRefused."""
    claims = _read(token.claims)
    _check_registered(token.claims, expected, now)
    _check_audiences(claims, expected)
    if claims.iat < now.timestamp() - AGE_MAX_S - LEEWAY_S:
        raise TokenRefused(TokenFault.TOO_OLD)
    algorithm = token.header["alg"]
    if not _is_half_hash(claims.at_hash, expected.access_token, algorithm):
        raise TokenRefused(TokenFault.WRONG_ACCESS_TOKEN)
    if not _is_half_hash(claims.c_hash, expected.code, algorithm):
        raise TokenRefused(TokenFault.WRONG_CODE)
    return OidcIdentity(
        issuer=claims.iss,
        subject=claims.sub,
        email=claims.email or None,
        email_verified=bool(claims.email) and claims.email_verified in {True, "true"},
        name=claims.name or None,
    )


def _read(claims: dict[str, Any]) -> _Claims:
    try:
        return msgspec.convert(claims, _Claims)
    except msgspec.ValidationError:
        raise TokenRefused(TokenFault.MALFORMED) from None


def _check_registered(claims: dict[str, Any], expected: Expected, now: datetime) -> None:
    registry = JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_S,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "values": sorted(expected.parties)},
        nonce={"essential": True, "values": list(expected.nonces)},
    )
    try:
        registry.validate(claims)
    except ClaimError as problem:
        raise TokenRefused(_FAULTS.get(problem.claim, TokenFault.MALFORMED)) from None


def _check_audiences(claims: _Claims, expected: Expected) -> None:
    if not claims.audiences <= expected.trusted:
        raise TokenRefused(TokenFault.WRONG_AUDIENCE)
    # Who is one of many must be named; who is named must be one of us.
    is_named = claims.azp is not None or len(claims.audiences) == 1
    if not is_named or (claims.azp is not None and claims.azp not in expected.parties):
        raise TokenRefused(TokenFault.WRONG_PARTY)


def _is_half_hash(told: str | None, of: str | None, algorithm: str) -> bool:
    """Tell whether a hash is that of a text, where both are there.

    It is the left half, by the hash function that the signature uses.
    """
    if told is None or of is None:
        return True
    digest = hashlib.new(f"sha{algorithm[-3:]}", of.encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=")
    return hmac.compare_digest(told.encode(), half)

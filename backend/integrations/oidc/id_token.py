"""The ID token: what a provider says of somebody, and signs."""

from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import (
    BadSignatureError,
    InvalidKeyCurveError,
    InvalidKeyIdError,
    JoseError,
    KeyParameterError,
    UnsupportedAlgorithmError,
)
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from joserfc.jwt import Token

from backend.integrations.oidc.errors import TokenFault, TokenRefused

TOKEN_CHARACTERS_MAX = 16 * 1024


def open_id_token(text: str, keys: KeySet, algorithms: tuple[str, ...]) -> Token:
    """Check by whom a token is signed, and give what it says. Raises TokenRefused."""
    if len(text) > TOKEN_CHARACTERS_MAX:
        raise TokenRefused(TokenFault.MALFORMED)
    # Headers that we do not know are to be ignored (RFC 7515, 4), which joserfc calls not strict.
    registry = JWSRegistry(algorithms=algorithms, strict_check_header=False)
    try:
        signed = jws.deserialize_compact(text, keys, registry=registry)
        return Token(signed.headers(), msgspec.json.decode(signed.payload, type=dict[str, Any]))
    except (UnsupportedAlgorithmError, KeyParameterError, InvalidKeyCurveError):
        fault = TokenFault.WRONG_ALGORITHM
    except InvalidKeyIdError:
        fault = TokenFault.UNKNOWN_KEY
    except BadSignatureError:
        fault = TokenFault.BAD_SIGNATURE
    except (JoseError, ValueError, TypeError, RecursionError):
        fault = TokenFault.MALFORMED
    # The problem's own words quote the token.
    raise TokenRefused(fault)

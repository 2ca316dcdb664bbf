"""An attempt to sign in: what is drawn for it, and must come back."""

import base64
import hashlib
import secrets
from typing import Annotated, Self

from backend.integrations.oidc.sealed import Sealed
from protocol.marks import SECRET

_BYTES = 32


class Attempt(Sealed, frozen=True, kw_only=True):
    """What ties a callback and an ID token to the browser that began."""

    state: Annotated[str, SECRET]
    """Comes back with the code."""
    nonce: Annotated[str, SECRET]
    """Comes back inside the ID token."""
    code_verifier: Annotated[str, SECRET]
    """Is shown when the code is exchanged (PKCE, RFC 7636)."""

    @classmethod
    def new(cls) -> Self:
        """Draw one."""
        state, nonce, verifier = (secrets.token_urlsafe(_BYTES) for _ in range(3))
        return cls(state=state, nonce=nonce, code_verifier=verifier)

    @property
    def code_challenge(self) -> str:
        """What the provider is told of the verifier: its hash, by the method S256."""
        hashed = hashlib.sha256(self.code_verifier.encode()).digest()
        return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()

"""Opening a link: it is judged and used up in one transaction with all that follows from it."""

import hashlib
import hmac

from backend.domains.identity.identity import Identity
from backend.domains.identity.links import link_store
from backend.domains.identity.links.link_store import Link, Purpose
from backend.domains.identity.messages import LinkExpired, LinkUnknown, LinkUsed
from backend.domains.identity.tokens import TokenKind, hash_of


async def take(
    identity: Identity, token: str, *purposes: Purpose, verifier: str | None = None
) -> Link:
    """Use a link up, in the caller's transaction. Raises LinkUnknown, LinkUsed, LinkExpired.

    One that was bound to a challenge opens for who knows its verifier alone, and is as unknown to
    anybody else as if there were none: so a link that was seen on the way opens nothing.
    """
    token_hash = hash_of(token, TokenKind.LINK)
    link = await link_store.lock(token_hash) if token_hash else None
    if link is None or link.purpose not in purposes or not _is_bound_to(link, verifier):
        raise LinkUnknown
    now = identity.clock.now()
    if link.consumed_at is not None:
        raise LinkUsed
    if link.expires_at <= now:
        raise LinkExpired
    await link_store.consume(link, now)
    return link


def challenge_of(verifier: str) -> bytes:
    """Derive what a link is bound to from what its owner keeps (S256 of RFC 7636)."""
    return hashlib.sha256(verifier.encode()).digest()


def _is_bound_to(link: Link, verifier: str | None) -> bool:
    if link.challenge is None:
        return True
    return verifier is not None and hmac.compare_digest(link.challenge, challenge_of(verifier))

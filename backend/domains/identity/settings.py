"""What a deployment decides about identity: how long tokens live, what a password costs."""

from datetime import timedelta

import msgspec

from backend.domains.identity.limits import Limits
from backend.domains.identity.origins import Origin

LINK_LIFE = timedelta(minutes=10)
"""How long a link that was sent opens something."""


class PasswordCost(msgspec.Struct, frozen=True, kw_only=True):
    """What hashing one password costs, and how much of it is done at once.

    The defaults are OWASP's second choice for argon2id: as strong as 46 MiB in one pass, with less
    memory. Changed costs reach old hashes when their owner next signs in.
    """

    time_cost: int = 2
    memory_kib: int = 19 * 1024
    parallelism: int = 1
    at_once: int = 2
    """Threads that hash; each takes a core and `memory_kib`."""
    waiting_max: int = 64
    wait_s: float = 5.0


class IdentitySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the room needs to know."""

    access_life: timedelta = timedelta(minutes=15)
    refresh_life: timedelta = timedelta(days=60)
    """How long a session lives without a refresh."""
    session_life: timedelta = timedelta(days=365)
    """How long a session lives however much it is used."""
    ticket_life: timedelta = timedelta(seconds=30)
    race_grace: timedelta = timedelta(seconds=30)
    """How long a refresh token may be shown twice: two tabs at once, a request sent again."""
    lost_answer_grace: timedelta = timedelta(hours=24)
    """The same, as long as nobody has used what it was exchanged for: the answer was lost."""
    sessions_max: int = 50
    """Sessions of one person; of more, those not used for the longest time are ended."""
    tickets_per_session_max: int = 8
    fresh_for: timedelta = timedelta(minutes=15)
    """How long after signing in somebody need not prove again who they are."""
    public_url: str = "http://127.0.0.1:8000"
    """Where links lead when nothing else was asked for."""
    return_to: frozenset[Origin] = frozenset()
    """Where links may lead."""
    terms_version: str = ""
    privacy_version: str = ""
    """What is in force of either; empty: there is none to agree to."""
    hash_key: str = ""
    """Keys the hashes that stand for addresses; without one, they could be found by trying all."""
    passwords: PasswordCost = msgspec.field(default_factory=PasswordCost)
    limits: Limits = msgspec.field(default_factory=Limits)

"""How a client stands to the server."""

from typing import Literal

import msgspec

StateName = Literal["connecting", "open", "waiting", "closed"]
CUT = "cut"
"""The reason while the client's own switch keeps it away."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Connecting, open, waiting to connect again, or closed; and why."""

    name: StateName
    reason: str | None = None
    code: int | None = None
    """The close code, where a socket was closed."""
    retry_in_s: float | None = None
    """When it connects again, while waiting."""

"""Failpoints: named places where a test may have the process die or freeze.

Armed only by the environment variable TANDEM_FAILPOINT, `<name>` or `<name>:<nth time>`, with
TANDEM_FAILPOINT_SIGNAL saying how (KILL, the default, or STOP). Otherwise a comparison of None.
"""

import os
import signal

_name, _, _nth = os.environ.get("TANDEM_FAILPOINT", "").partition(":")
_armed: str | None = _name or None
_left = int(_nth or 1)
_signal = signal.Signals[f"SIG{os.environ.get('TANDEM_FAILPOINT_SIGNAL', 'KILL')}"]

FAILPOINTS = (
    "commit.begin",
    "commit.judged",
    "commit.written",
    "commit.answered",
    "commit.settled",
)
"""Every place, in the order in which a commit passes them."""


def reach(name: str) -> None:
    """Pass a failpoint; when it is armed, this process gets the signal here."""
    global _left  # noqa: PLW0603 - one process dies once
    if _armed == name:
        _left -= 1
        if _left == 0:
            os.kill(os.getpid(), _signal)

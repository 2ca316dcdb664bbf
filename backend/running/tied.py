"""Runs a command of `tandem` that ends with the process that started it, however that ends.

Standard input is the line between the two: the kernel closes its other end with the parent, even
when that is killed, and on every system.
"""

import os
import signal
import sys
import threading
import time

GRACE_S = 15.0


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):  # Nobody writes; this returns when the line is cut.
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)  # Whoever has not ended by then hangs.
    os._exit(1)


def main() -> int:
    """Tie ourselves first: loading the command takes a while, and the parent may end in it."""
    threading.Thread(target=_end_with_parent, name="tie", daemon=True).start()
    from backend.cli import main as tandem  # noqa: PLC0415 - see above

    return tandem(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

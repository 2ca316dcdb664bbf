"""Becomes a server: gives up root, asks to end with its parent, and executes the program.

Started by path with `python -I -S`, so that it loads nothing but a little of the standard library:
the steps between fork and exec are not safe in a process that has threads, and this one has none.
"""

import ctypes
import json
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def become(uid: int, gid: int) -> None:
    """Give up root for good."""
    try:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    except OSError as error:
        sys.exit(f"error: root may not become user {uid} here ({error.strerror})")


def end_with_parent(parent: int, death_signal: int) -> None:
    """Have the kernel send us `death_signal` when the process that started us is gone."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, death_signal) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:  # It died before we asked.
        sys.exit(1)


def main() -> None:
    """Do what the JSON in the first argument says; the rest is the program and its arguments."""
    order = json.loads(sys.argv[1])
    os.umask(0o077)
    with open(order["pid_file"], "w", encoding="ascii") as pid_file:  # noqa: PTH123 - pathlib is slow to load.
        pid_file.write(str(os.getpid()))
    if order["uid"] is not None:
        become(order["uid"], order["gid"])
    # After setuid, which clears it.
    end_with_parent(order["parent"], order["death_signal"])
    # Python ignores these two, and a program inherits what is ignored.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - the argument list is ours.
    except OSError as error:
        sys.exit(f"error: cannot execute {sys.argv[2]} ({error.strerror})")


main()

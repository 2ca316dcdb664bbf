"""The port of the page: looked at before anything is started for it."""

import errno
import socket

from backend.running.errors import PortTaken

_REASONS = {
    errno.EADDRINUSE: "another program listens there",
    errno.EACCES: "this user may not listen below port 1024",
}


def check_port(host: str, port: int) -> None:
    """Make sure that a server could listen. Raises PortTaken."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tried:
        # What uvicorn does too; connections that are only fading away do not count then.
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
            tried.listen(1)
        except OSError as problem:
            reason = _REASONS.get(problem.errno or 0, problem.strerror or str(problem))
            raise PortTaken(port, reason) from None

"""The port of the page: looked at before anything is started for it."""

from backend.listening import listen, reason_of
from backend.running.errors import PortTaken


def check_port(host: str, port: int) -> None:
    """Make sure that a server could listen. Raises PortTaken."""
    try:
        listen(host, port).close()
    except OSError as problem:
        raise PortTaken(port, reason_of(problem)) from None

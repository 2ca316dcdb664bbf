"""What goes wrong when another service is asked over HTTP, whichever it is."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpcore

TOO_MANY = 429
OWN_FAULTS_FROM = 500
NETWORK_PROBLEMS = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    OSError,  # TLS that does not hold comes as one.
)
RETRY_AFTER_MAX_S = 3_600.0


def retry_after_s(headers: Sequence[tuple[bytes, bytes]]) -> float:
    """Read how long to wait, in seconds or until a moment; within limits."""
    told = next((value for name, value in headers if name.lower() == b"retry-after"), b"").decode(
        "latin-1"
    )
    if told.isdecimal():
        wait_s = float(told[:9])
    else:
        try:
            until = parsedate_to_datetime(told)
            # A zone of "-0000" is UTC as well (RFC 5322), and comes without any.
            wait_s = (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, OverflowError):
            wait_s = 0.0
    return min(max(wait_s, 0.0), RETRY_AFTER_MAX_S)

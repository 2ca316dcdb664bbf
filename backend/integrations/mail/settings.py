"""Where mail is handed over, as one URL says it.

smtp://user:password@host:587     STARTTLS before anything is said; to this machine, plain
smtps://user:password@host:465    TLS from the first byte on
smtp+unix:///path/to/socket       a mail server of this machine
"""

from urllib.parse import unquote, urlsplit

import msgspec

from backend.integrations.addresses import is_loopback

SUBMISSION_PORT = 587
SUBMISSIONS_PORT = 465
_PORTS = {"smtp": SUBMISSION_PORT, "smtps": SUBMISSIONS_PORT}


class MailUrlWrong(ValueError):
    """The URL does not say where mail goes; the sentence names what is wrong, never the URL."""


class MailDoor(msgspec.Struct, frozen=True, kw_only=True):
    """Where mail is handed over, and as whom."""

    host: str | None = None
    port: int | None = None
    path: str | None = None
    """The socket of a server of this machine, in the place of host and port."""
    is_tls: bool = False
    """Whether TLS stands from the first byte on."""
    starts_tls: bool = False
    """Whether it must begin before anything is said."""
    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        """Name it without its secrets."""
        return f"<MailDoor {self.path or f'{self.host}:{self.port}'}>"


class MailSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment decides about mail; without a URL none is sent."""

    url: str = ""
    sender: str = "Tandem <tandem@localhost>"
    """Who it says it is from."""
    within_s: float = 20.0
    """How long handing one over may take in all."""

    def __repr__(self) -> str:
        """Say nothing of the URL: it holds a password."""
        return f"<MailSettings from {self.sender}>"


def read_mail_url(url: str) -> MailDoor:
    """Read where mail goes. Raises MailUrlWrong."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise MailUrlWrong("it is no URL") from None
    if parts.scheme == "smtp+unix":
        if parts.netloc or not parts.path:
            raise MailUrlWrong("a socket is named with three slashes: smtp+unix:///path")
        return MailDoor(path=unquote(parts.path))
    if parts.scheme not in _PORTS:
        raise MailUrlWrong("it begins with smtp://, smtps:// or smtp+unix://")
    if not host:
        raise MailUrlWrong("it names no host")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise MailUrlWrong("nothing stands behind the host and its port")
    if (parts.username is None) != (parts.password is None):
        raise MailUrlWrong("user and password come together: smtp://user:password@host")
    is_here = host == "localhost" or is_loopback(host)
    return MailDoor(
        host=host,
        port=port or _PORTS[parts.scheme],
        is_tls=parts.scheme == "smtps",
        starts_tls=parts.scheme == "smtp" and not is_here,
        user=parts.username and unquote(parts.username),
        password=parts.password and unquote(parts.password),
    )

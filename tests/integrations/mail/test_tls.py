"""A mail server proves who it is before anything is said to it."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from backend.integrations.mail import Letter, MailAway, Mailer, MailSettings
from tests.integrations.mail.mail_server import mail_server

NOW = datetime.now(UTC)
LETTER = Letter(to="anna@example.org", subject="Hello", paragraphs=("Hi",))


@pytest.fixture
def unknown(tmp_path: Path) -> ssl.SSLContext:
    """What somebody shows who is vouched for by nobody."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.example")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


async def test_a_letter_is_not_given_to_who_cannot_prove_to_be_the_mail_server(
    unknown: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As it is with a server of another machine, which this one cannot be.
    monkeypatch.setattr("backend.integrations.mail.settings.is_loopback", lambda _host: False)
    async with mail_server(unknown) as server:
        mailer = Mailer(MailSettings(url=server.url.replace("localhost", "127.0.0.1")))
        with pytest.raises(MailAway):
            await mailer.send(LETTER, id=UUID(int=1), at=NOW)
    assert server.taken == []

"""The tables of identity: people, what proves who they are, and where they are signed in."""

import warnings

from piccolo.columns import (
    JSONB,
    UUID,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.conf.apps import AppConfig
from piccolo.table import Table

from backend.persistence.tables import MIGRATIONS

# `user` is a reserved word, so Piccolo advises against it; it quotes every name, and so do we.
warnings.filterwarnings("ignore", "We recommend giving your table a different name", UserWarning)


class User(Table, tablename="user"):
    """A person. The e-mail address is unique whatever its case; it is kept as given."""

    id = UUID(primary_key=True)
    email = Varchar(length=254)
    name = Varchar(length=80)
    nickname = Varchar(length=40, null=True, default=None)
    phone = Varchar(length=16, null=True, default=None)
    photo_url = Varchar(length=500, null=True, default=None)
    time_zone = Varchar(length=64)
    time_zone_before = Varchar(length=64, null=True, default=None)
    time_zone_from = Date(null=True, default=None)
    locale = Varchar(length=35)
    role = Varchar(length=20)
    tier = Varchar(length=20)
    flags = JSONB()
    love_language_primary = Varchar(length=30, null=True, default=None)
    love_language_secondary = Varchar(length=30, null=True, default=None)
    relationship_preferences = JSONB()
    is_active = Boolean(default=True)
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)
    last_active_at = Timestamptz(default=None)
    last_signed_in_at = Timestamptz(null=True, default=None)
    email_verified_at = Timestamptz(null=True, default=None)
    deactivated_at = Timestamptz(null=True, default=None)
    deactivated_by = Varchar(length=10, null=True, default=None)


class Credential(Table, tablename="credential"):
    """What proves who somebody is: a password's hash, or an identity at an OIDC issuer."""

    id = UUID(primary_key=True)
    user_id = ForeignKey(User, null=False)
    kind = Varchar(length=20)
    secret_hash = Text(null=True, default=None, secret=True)
    issuer = Varchar(length=200, null=True, default=None)
    subject = Varchar(length=255, null=True, default=None)
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)
    last_used_at = Timestamptz(null=True, default=None)


class AuthToken(Table, tablename="auth_token"):
    """A link that was sent, or an identity an issuer vouched for: opens something once."""

    id = UUID(primary_key=True)
    purpose = Varchar(length=20)
    email = Varchar(length=254, null=True, default=None)
    user_id = ForeignKey(User, null=True)
    token_hash = Bytea(secret=True)
    challenge = Bytea(null=True, default=None, secret=True)
    return_to = Varchar(length=500)
    issuer = Varchar(length=200, null=True, default=None)
    subject = Varchar(length=255, null=True, default=None)
    name = Varchar(length=80, null=True, default=None)
    is_email_known = Boolean(default=False)
    created_at = Timestamptz(default=None)
    expires_at = Timestamptz(default=None)
    consumed_at = Timestamptz(null=True, default=None)


class Consent(Table, tablename="consent"):
    """What somebody agreed to, in which version, and when; nothing of it is ever changed."""

    user_id = ForeignKey(User, null=False, primary_key=True)
    document = Varchar(length=20)
    version = Varchar(length=40)
    given_at = Timestamptz(default=None)


class AccountNote(Table, tablename="account_note"):
    """Why those who run Tandem changed a tier or flags, and to what; never changed."""

    id = UUID(primary_key=True)
    user_id = ForeignKey(User, null=False)
    operator = Varchar(length=100)
    tier = Varchar(length=20)
    flags = JSONB()
    note = Varchar(length=500)
    noted_at = Timestamptz(default=None)


class OidcAttempt(Table, tablename="oidc_attempt"):
    """An attempt to come in by an account elsewhere; the row goes when it comes back. Unlogged."""

    state_hash = Bytea(primary_key=True, secret=True)
    provider = Varchar(length=32)
    challenge = Bytea(null=True, default=None, secret=True)
    return_to = Varchar(length=500)
    user_id = ForeignKey(User, null=True, on_delete=OnDelete.cascade)
    expires_at = Timestamptz(default=None)


class Session(Table, tablename="session"):
    """One sign-in on one device, until it is ended; also the family of its refresh tokens."""

    id = UUID(primary_key=True)
    user_id = ForeignKey(User, null=False)
    access_hash = Bytea(secret=True)
    access_expires_at = Timestamptz(default=None)
    access_used_at = Timestamptz(null=True, default=None)
    expires_at = Timestamptz(default=None)
    revoked_at = Timestamptz(null=True, default=None)
    revoke_reason = Varchar(length=40, null=True, default=None)
    device_name = Varchar(length=100, null=True, default=None)
    user_agent = Varchar(length=300, null=True, default=None)
    address_hash = Bytea(secret=True)
    created_at = Timestamptz(default=None)
    last_used_at = Timestamptz(default=None)


class RefreshToken(Table, tablename="refresh_token"):
    """A refresh token; once exchanged it is kept, so that its reuse is noticed."""

    id = UUID(primary_key=True)
    session_id = ForeignKey(Session, null=False, on_delete=OnDelete.cascade)
    hash = Bytea(secret=True)
    issued_at = Timestamptz(default=None)
    expires_at = Timestamptz(default=None)
    rotated_at = Timestamptz(null=True, default=None)
    replaced_by: ForeignKey["RefreshToken"] = ForeignKey(
        "self", null=True, on_delete=OnDelete.set_null
    )
    successor_salt = Bytea(null=True, default=None, secret=True)


class SocketTicket(Table, tablename="socket_ticket"):
    """A ticket that opens one socket, once; the row is deleted when it does. Unlogged."""

    hash = Bytea(primary_key=True, secret=True)
    session_id = ForeignKey(Session, null=False, on_delete=OnDelete.cascade)
    expires_at = Timestamptz(default=None)


APP_CONFIG = AppConfig(
    app_name="identity",
    migrations_folder_path=str(MIGRATIONS / "identity"),
    table_classes=[
        User,
        Credential,
        AuthToken,
        OidcAttempt,
        Consent,
        AccountNote,
        Session,
        RefreshToken,
        SocketTicket,
    ],
    migration_dependencies=["backend.persistence.tables"],
)

"""What identity has of people: who they are, what opens their account, and where they sign in.

An account that is erased stays as an id which others' rows name: without a name, an address or a
way in.
"""

from collections.abc import Sequence
from uuid import UUID

from backend.domains.identity import store
from backend.persistence.personal_data import (
    Export,
    Kept,
    PersonalData,
    Withheld,
    delete,
    overwrite,
)

_SESSION = "session_id IN (SELECT id FROM session WHERE user_id = $1)"
_ADDRESSED = 'lower(email) = (SELECT lower(email) FROM "user" WHERE id = $1)'


async def traces(user_id: UUID) -> Sequence[str]:
    """Say by which words somebody is known: their address, until it is erased."""
    email = await store.email_of(user_id)
    return [email] if email else []


PERSONAL_DATA = PersonalData(
    exports=(
        Export(
            name="account",
            about="Your account and your profile.",
            table="user",
            columns=(
                "id",
                "email",
                "email_verified_at",
                "name",
                "nickname",
                "phone",
                "photo_url",
                "time_zone",
                "time_zone_before",
                "time_zone_from",
                "locale",
                "role",
                "tier",
                "flags",
                "love_language_primary",
                "love_language_secondary",
                "relationship_preferences",
                "is_active",
                "created_at",
                "updated_at",
                "last_active_at",
                "last_signed_in_at",
                "deactivated_at",
                "deactivated_by",
            ),
            whose="id = $1",
            order="id",
        ),
        Export(
            name="credentials",
            about="What opens your account; a password stands without itself.",
            table="credential",
            columns=(
                "id",
                "kind",
                "issuer",
                "subject",
                "created_at",
                "updated_at",
                "last_used_at",
            ),
            also=("user_id",),
            whose="user_id = $1",
            order="id",
        ),
        Export(
            name="account_notes",
            about="Why those who run Tandem changed your tier or your flags, and to what.",
            table="account_note",
            columns=("id", "tier", "flags", "note", "noted_at"),
            also=("user_id",),
            whose="user_id = $1",
            order="noted_at, id",
        ),
        Export(
            name="links",
            about="The links that were sent for your account lately, without what they open.",
            table="auth_token",
            columns=(
                "id",
                "purpose",
                "email",
                "return_to",
                "issuer",
                "subject",
                "name",
                "is_email_known",
                "created_at",
                "expires_at",
                "consumed_at",
            ),
            also=("user_id",),
            whose="user_id = $1",
            order="id",
        ),
        Export(
            name="consents",
            about="What you agreed to, and when.",
            table="consent",
            columns=("document", "version", "given_at"),
            also=("user_id",),
            whose="user_id = $1",
            order="given_at, document",
        ),
        Export(
            name="sessions",
            about="Where you are signed in, and were within the last month.",
            table="session",
            columns=(
                "id",
                "device_name",
                "user_agent",
                "created_at",
                "last_used_at",
                "access_used_at",
                "access_expires_at",
                "expires_at",
                "revoked_at",
                "revoke_reason",
            ),
            also=("user_id",),
            whose="user_id = $1",
            order="id",
        ),
    ),
    withheld=(
        Withheld(
            table="credential",
            columns=("secret_hash",),
            why="It is made of your password, and could be used to guess it.",
        ),
        Withheld(
            table="auth_token",
            columns=("token_hash", "challenge"),
            why="They are made of what opens your account.",
        ),
        Withheld(
            table="oidc_attempt",
            columns=(
                "state_hash",
                "provider",
                "challenge",
                "return_to",
                "user_id",
                "expires_at",
            ),
            why="An attempt to sign in elsewhere stands for minutes, and then is gone.",
        ),
        Withheld(
            table="account_note",
            columns=("operator",),
            why="It names somebody who works here.",
        ),
        Withheld(
            table="session",
            columns=("access_hash", "address_hash"),
            why="One is made of what opens your account, the other of a network address: it only "
            "tells whether two are the same.",
        ),
        Withheld(
            table="refresh_token",
            columns=(
                "id",
                "session_id",
                "hash",
                "issued_at",
                "expires_at",
                "rotated_at",
                "replaced_by",
                "successor_salt",
            ),
            why="They are made of what opens your account; the sessions say when they were used.",
        ),
        Withheld(
            table="socket_ticket",
            columns=("hash", "session_id", "expires_at"),
            why="They open a connection within seconds, and then are gone.",
        ),
    ),
    erasures=(
        delete("socket_ticket", _SESSION),
        delete("refresh_token", _SESSION),
        delete("session", "user_id = $1"),
        delete("credential", "user_id = $1"),
        delete("account_note", "user_id = $1"),
        delete("oidc_attempt", "user_id = $1"),
        delete("auth_token", f"user_id = $1 OR {_ADDRESSED}"),
        overwrite(
            "user",
            "id = $1",
            {
                "email": "'erased:' || id",
                "email_verified_at": "NULL",
                "name": "''",
                "nickname": "NULL",
                "phone": "NULL",
                "photo_url": "NULL",
                "time_zone": "'UTC'",
                "time_zone_before": "NULL",
                "time_zone_from": "NULL",
                "locale": "'en'",
                "role": "'user'",
                "tier": "'free'",
                "flags": "'{}'",
                "love_language_primary": "NULL",
                "love_language_secondary": "NULL",
                "relationship_preferences": "'{}'",
                "last_active_at": "created_at",
                "last_signed_in_at": "NULL",
            },
        ),
    ),
    kept=(
        Kept(
            table="user",
            columns=("id", "is_active", "created_at", "updated_at"),
            why="Others' rows name the account by its id, which says when it was made.",
        ),
        Kept(
            table="user",
            columns=("deactivated_at", "deactivated_by"),
            why="They say that the account is closed.",
        ),
        Kept(
            table="consent",
            columns=("user_id", "document", "version", "given_at"),
            why="They prove that there was consent, by an id that names nobody.",
        ),
    ),
    traces=traces,
    goes_last=True,
)

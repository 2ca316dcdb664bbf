"""What relationships have of people: whom they are or were together with, invited and blocked.

Of the other one an export has the name they show, as long as the two are together.
"""

from backend.domains.relationships import parting
from backend.domains.relationships.store import name_of
from backend.persistence.personal_data import (
    Export,
    Kept,
    PersonalData,
    Withheld,
    delete,
    overwrite,
)

_MINE = "r.user_1_id = $1 OR r.user_2_id = $1"
_TOGETHER = "r.status IN ('active', 'paused')"
_ADDRESSED = 'lower(email) = (SELECT lower(email) FROM "user" WHERE id = $1)'
_PROVED = (
    'lower(email) = (SELECT lower(email) FROM "user" '
    "WHERE id = $1 AND email_verified_at IS NOT NULL)"
)

PERSONAL_DATA = PersonalData(
    exports=(
        Export(
            name="relationships",
            about="Whom you are or were together with, and what the two of you agreed on. The "
            "name is theirs; once you are apart it is not told.",
            table="relationship",
            source='relationship AS r LEFT JOIN "user" AS other ON other.id <> $1 '
            "AND other.id IN (r.user_1_id, r.user_2_id)",
            columns=(
                "r.id",
                f"CASE WHEN {_TOGETHER} THEN {name_of('other')} END AS with_whom",
                "r.user_1_id = $1 AS you_invited",
                "r.relationship_type",
                "r.start_date",
                "r.anniversary_date",
                "r.status",
                "r.privacy_level",
                "r.privacy_before",
                "r.opened_at",
                "r.created_at",
                "r.updated_at",
                "r.started_at",
                "r.ended_at",
            ),
            also=("user_1_id", "user_2_id"),
            whose=_MINE,
            order="r.id",
        ),
        Export(
            name="invitations_sent",
            about="Whom you invited, and what became of it.",
            table="invitation",
            columns=(
                "relationship_id",
                "email",
                "status",
                "created_at",
                "expires_at",
                "answered_at",
            ),
            also=("inviter_id",),
            whose="inviter_id = $1",
            order="relationship_id",
        ),
        Export(
            name="invitations_received",
            about="Invitations to you: those you answered, and those that wait.",
            table="invitation",
            columns=("relationship_id", "status", "created_at", "expires_at", "answered_at"),
            also=("answered_by_id",),
            whose=f"answered_by_id = $1 OR (status = 'pending' AND {_PROVED} AND NOT EXISTS "
            "(SELECT FROM block AS b WHERE (b.user_id, b.blocked_id) IN "
            "((inviter_id, $1), ($1, inviter_id))))",
            order="relationship_id",
        ),
        Export(
            name="blocks",
            about="Whom you never want to be invited by, by the id of their account.",
            table="block",
            columns=("blocked_id", "created_at"),
            also=("user_id",),
            whose="user_id = $1",
            order="created_at, blocked_id",
        ),
    ),
    withheld=(
        Withheld(
            table="relationship",
            columns=("ended_by_id",),
            why="Which of the two ended it is told neither of them.",
        ),
        Withheld(
            table="invitation",
            columns=("code_hash",),
            why="It is made of a code that opens the invitation.",
        ),
    ),
    erasures=(
        overwrite(
            "invitation",
            # Answered, perhaps, under an address they had before.
            f"email IS NOT NULL AND (inviter_id = $1 OR answered_by_id = $1 OR {_ADDRESSED})",
            {"email": "'erased'"},
        ),
        delete("block", "user_id = $1"),
    ),
    kept=(
        Kept(
            table="relationship",
            columns=(
                "id",
                "user_1_id",
                "user_2_id",
                "relationship_type",
                "start_date",
                "anniversary_date",
                "status",
                "privacy_level",
                "privacy_before",
                "opened_at",
                "created_at",
                "updated_at",
                "started_at",
                "ended_at",
                "ended_by_id",
            ),
            why="It is the other one's too: with somebody who has left, whose id names nobody.",
        ),
        Kept(
            table="invitation",
            columns=(
                "relationship_id",
                "inviter_id",
                "code_hash",
                "status",
                "created_at",
                "expires_at",
                "answered_at",
                "answered_by_id",
            ),
            why="It is how a relationship began that was the other one's too.",
        ),
    ),
    part=parting.part,
    circle=parting.circle,
)

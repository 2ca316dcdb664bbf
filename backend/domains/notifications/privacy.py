"""What notifications have of people: what they were told, what they want, where they are pushed.

What others were told of somebody stands in inboxes of theirs, and leaves them with the relationship
or the invitation it was about.
"""

from backend.persistence.personal_data import (
    Export,
    PersonalData,
    Statement,
    Withheld,
    delete,
)

# The count goes with what was unread, so that it is right at any moment.
_FORGET = """
WITH gone AS (
    DELETE FROM notification WHERE id = ANY(ARRAY(
        SELECT id FROM notification WHERE user_id = $1 ORDER BY id LIMIT $2
    )) RETURNING read_at
), counted AS (
    UPDATE inbox SET version = version + 1,
                     unread = unread - (SELECT count(*) FROM gone WHERE read_at IS NULL)
    WHERE user_id = $1 AND EXISTS (SELECT FROM gone)
)
SELECT count(*) AS touched FROM gone
"""

PERSONAL_DATA = PersonalData(
    exports=(
        Export(
            name="notifications",
            about="What you were told; what was told of a relationship leaves the inbox with it.",
            table="notification",
            columns=(
                "id",
                "relationship_id",
                "notification_type",
                "title",
                "message",
                "priority",
                "created_at",
                "read_at",
                "pushed_at",
            ),
            also=("user_id",),
            whose="user_id = $1",
            order="id",
        ),
        Export(
            name="notification_preferences",
            about="What you want of pushes, by which clock.",
            table="notification_preference",
            columns=(
                "lock_screen",
                "quiet_from",
                "quiet_until",
                "muted",
                "time_zone",
                "updated_at",
            ),
            also=("user_id",),
            whose="user_id = $1",
            order="user_id",
        ),
        Export(
            name="push_subscriptions",
            about="The browsers that are pushed to, as far as anybody may know of them.",
            table="push_subscription",
            columns=(
                "id",
                "session_id",
                "kind",
                "created_at",
                "pushed_at",
                "revoked_at",
                "revoke_reason",
            ),
            also=("user_id",),
            whose="user_id = $1",
            order="created_at, id",
        ),
    ),
    withheld=(
        Withheld(
            table="inbox",
            columns=("user_id", "unread", "version"),
            why="It counts the notifications that were not read.",
        ),
        Withheld(
            table="push_subscription",
            columns=("endpoint", "endpoint_hash", "p256dh", "auth"),
            why="With them anybody could speak to your browser.",
        ),
        Withheld(
            table="push_subscription",
            columns=("public_key", "refusals"),
            why="They are about how we reach your browser, not about you.",
        ),
        Withheld(
            table="notification",
            columns=("collapse_key", "rings"),
            why="They say which other one it replaces on a phone, and whether a phone may ring.",
        ),
    ),
    erasures=(
        Statement(table="notification", sql=_FORGET),
        delete("inbox", "user_id = $1"),
        delete("notification_preference", "user_id = $1"),
        delete("push_subscription", "user_id = $1"),
    ),
)

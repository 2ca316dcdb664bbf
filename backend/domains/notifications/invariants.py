"""What must always hold of inboxes."""

from backend.persistence.invariants import Invariant


class InboxesAreCounted(Invariant):
    """The unread count of every inbox is the number of its notifications that were not read."""

    query = """
        SELECT user_id, kept.unread, counted.unread AS counted_unread
        FROM inbox AS kept
        FULL JOIN (
            SELECT user_id, count(*) AS unread FROM notification WHERE read_at IS NULL GROUP BY 1
        ) AS counted USING (user_id)
        WHERE coalesce(kept.unread, 0) <> coalesce(counted.unread, 0)
    """

"""What must always hold of moods; the table itself has no foreign keys, because it is hot."""

from backend.persistence.invariants import Invariant


class SharedMoodsAreOfMembers(Invariant):
    """Every mood that names a relationship is shared, and of one of the two."""

    query = """
        SELECT m.id, m.user_id, m.relationship_id
        FROM mood_log AS m
        JOIN "user" AS u ON u.id = m.user_id
        LEFT JOIN relationship AS r ON r.id = m.relationship_id
        WHERE m.is_shared <> (m.relationship_id IS NOT NULL)
           OR (m.relationship_id IS NOT NULL
               AND m.user_id IS DISTINCT FROM r.user_1_id
               AND m.user_id IS DISTINCT FROM r.user_2_id)
    """

"""What must always hold of relationships and invitations."""

from backend.persistence.invariants import Invariant


class InvitationsFitTheirRelationships(Invariant):
    """A relationship waits for an answer exactly as long as its invitation does."""

    query = """
        SELECT i.relationship_id, i.status, r.status AS relationship_status
        FROM invitation AS i JOIN relationship AS r ON r.id = i.relationship_id
        WHERE (i.status = 'pending') <> (r.status = 'invited')
           OR (i.status = 'accepted') <> (r.user_2_id IS NOT NULL)
           OR (i.status = 'accepted' AND i.answered_by_id IS DISTINCT FROM r.user_2_id)
    """


class TheBlockedAreApart(Invariant):
    """Nobody is in a relationship with somebody they blocked."""

    query = """
        SELECT r.id, b.user_id, b.blocked_id
        FROM relationship AS r
        JOIN block AS b ON (b.user_id, b.blocked_id) IN
                           ((r.user_1_id, r.user_2_id), (r.user_2_id, r.user_1_id))
        WHERE r.status IN ('active', 'paused')
    """


class TwoHaveOneRelationship(Invariant):
    """Two people have at most one relationship with each other at a time."""

    query = """
        SELECT least(user_1_id, user_2_id) AS one, greatest(user_1_id, user_2_id) AS other
        FROM relationship WHERE status IN ('active', 'paused') GROUP BY 1, 2 HAVING count(*) > 1
    """

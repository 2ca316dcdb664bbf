"""What must always hold of who was erased."""

from backend.persistence.invariants import Invariant


class TheErasedHaveNoName(Invariant):
    """Whoever was erased has no name, no address and no way in."""

    query = """
        SELECT e.user_id FROM erasure AS e JOIN "user" AS u ON u.id = e.user_id
        WHERE e.state = 'done'
          AND (u.is_active OR u.name <> '' OR strpos(u.email, '@') > 0
               OR EXISTS (SELECT FROM credential AS c WHERE c.user_id = u.id)
               OR EXISTS (SELECT FROM session AS s WHERE s.user_id = u.id))
    """

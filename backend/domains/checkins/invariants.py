"""What must always hold of check-ins."""

from backend.persistence.invariants import Invariant


class StreakIsWhatTheRowsSay(Invariant):
    """The streak of every pair is what follows from all of their check-ins, counted anew."""

    query = """
        WITH complete AS (
            SELECT relationship_id, local_day FROM daily_checkin GROUP BY 1, 2 HAVING count(*) = 2
        ), placed AS (
            SELECT relationship_id, local_day, local_day - row_number() OVER (
                PARTITION BY relationship_id ORDER BY local_day
            )::integer AS island
            FROM complete
        ), runs AS (
            SELECT relationship_id, count(*) AS days, max(local_day) AS last_day
            FROM placed GROUP BY relationship_id, island
        ), counted AS (
            SELECT relationship_id, max(days) AS best_days, max(last_day) AS last_day,
                   (array_agg(days ORDER BY last_day DESC))[1] AS current_days
            FROM runs GROUP BY relationship_id
        )
        SELECT relationship_id, kept.current_days, counted.current_days AS counted_days,
               kept.best_days, counted.best_days AS counted_best_days,
               kept.last_day, counted.last_day AS counted_last_day
        FROM pair_streak AS kept FULL JOIN counted USING (relationship_id)
        WHERE (coalesce(kept.current_days, 0), coalesce(kept.best_days, 0), kept.last_day)
              IS DISTINCT FROM
              (coalesce(counted.current_days, 0), coalesce(counted.best_days, 0), counted.last_day)
    """


class OneCheckInADay(Invariant):
    """Nobody has two check-ins of one local day in one relationship."""

    query = """
        SELECT relationship_id, user_id, local_day, count(*) AS check_ins
        FROM daily_checkin GROUP BY 1, 2, 3 HAVING count(*) > 1
    """


class CheckInsAreOfMembers(Invariant):
    """Every check-in is of one of the two of its relationship."""

    query = """
        SELECT c.id, c.relationship_id, c.user_id
        FROM daily_checkin AS c JOIN relationship AS r ON r.id = c.relationship_id
        WHERE c.user_id IS DISTINCT FROM r.user_1_id AND c.user_id IS DISTINCT FROM r.user_2_id
    """


class CheckInCoinsComeOnceADay(Invariant):
    """Nobody was given the coins of checking in twice for one local day."""

    query = """
        SELECT c.user_id, c.local_day, count(*) AS awards
        FROM daily_checkin AS c JOIN transfer AS t ON t.reference = 'checkin/' || c.id
        GROUP BY 1, 2 HAVING count(*) > 1
    """

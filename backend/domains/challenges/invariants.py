"""What always holds of challenges and of the money on them."""

from typing import ClassVar

from backend.persistence.invariants import Invariant


class WhatIsStakedIsHeld(Invariant):
    """What a challenge says is held for it is held, to the unit, and nothing of one that ended."""

    query: ClassVar = """
        SELECT c.id AS challenge_id FROM user_challenge AS c
        LEFT JOIN hold AS h ON h.id = c.hold_id
        LEFT JOIN transfer AS t ON t.id = c.hold_id AND t.phase = 'pending'
        WHERE (c.hold_id IS NOT NULL AND (h.id IS NULL OR t.amount_minor <> c.held_minor
                                          OR t.asset <> c.asset))
           OR (c.status = 'ended' AND c.hold_id IS NOT NULL)
    """


class WhatCanBeLostIsHeld(Invariant):
    """Prepaid, what is held is enough for all that is promised and not settled."""

    query: ClassVar = """
        SELECT c.id AS challenge_id FROM user_challenge AS c
        JOIN challenge_event AS e ON e.user_challenge_id = c.id AND e.status <> 'settled'
        WHERE c.stake_mode = 'prepaid' AND c.status = 'running'
        GROUP BY c.id, c.held_minor HAVING sum(e.amount_minor) > c.held_minor
    """


class EachIsForfeitedOnce(Invariant):
    """Prepaid, what was settled as missed is forfeited, each time once; nothing else is."""

    query: ClassVar = """
        SELECT coalesce(missed.reference, t.reference) AS reference FROM (
            SELECT 'challenge_event/' || e.id AS reference, e.amount_minor
            FROM challenge_event AS e JOIN user_challenge AS c ON c.id = e.user_challenge_id
            WHERE c.stake_mode = 'prepaid' AND e.status = 'settled' AND e.outcome = 'missed'
        ) AS missed
        FULL JOIN (
            SELECT reference, sum(amount_minor) AS amount_minor FROM transfer
            WHERE reason = 'forfeit' AND phase = 'post' AND reference LIKE 'challenge_event/%'
            GROUP BY reference
        ) AS t USING (reference)
        WHERE missed.amount_minor IS DISTINCT FROM t.amount_minor
    """


class TalliesAreCounted(Invariant):
    """What a challenge says has become of it is what has become of each."""

    query: ClassVar = """
        SELECT c.id AS challenge_id FROM user_challenge AS c
        LEFT JOIN challenge_event AS e ON e.user_challenge_id = c.id AND e.status = 'settled'
        GROUP BY c.id, c.state
        HAVING ((c.state -> 'tally' ->> 'done')::bigint,
                (c.state -> 'tally' ->> 'missed')::bigint,
                (c.state -> 'tally' ->> 'excused')::bigint)
            <> (count(*) FILTER (WHERE e.outcome = 'done'),
                count(*) FILTER (WHERE e.outcome = 'missed'),
                count(*) FILTER (WHERE e.outcome = 'excused'))
    """

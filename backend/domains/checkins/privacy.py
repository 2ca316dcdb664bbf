"""What check-ins have of people.

An export has one's own. The partner's are theirs, also those one is shown: they may hide them or
take them back, and a file could not follow.
"""

from backend.persistence.personal_data import Export, PersonalData, Statement, Withheld, delete

_OURS = "relationship_id IN (SELECT id FROM relationship WHERE (user_1_id = $1 OR user_2_id = $1)"
# The streak says on which days somebody checked in, and alone nobody has one. It follows from the
# check-ins at any moment, so both go together: a whole relationship at once, of ten years and less.
_FORGET = """
WITH ours AS (
    SELECT DISTINCT relationship_id FROM daily_checkin WHERE user_id = $1
    LIMIT greatest($2::bigint / 4000, 1)
), gone AS (
    DELETE FROM daily_checkin AS c USING ours
    WHERE c.user_id = $1 AND c.relationship_id = ours.relationship_id RETURNING 1
), streak AS (
    DELETE FROM pair_streak AS s USING ours WHERE s.relationship_id = ours.relationship_id
)
SELECT count(*) AS touched FROM gone
"""

PERSONAL_DATA = PersonalData(
    exports=(
        Export(
            name="check_ins",
            about="Your check-ins: how you were, on which day where you were, and your note.",
            table="daily_checkin",
            columns=(
                "id",
                "relationship_id",
                "local_day",
                "time_zone",
                "connection_score",
                "mood_score",
                "relationship_satisfaction",
                "gratitude_note",
                "privacy_level",
                "made_at",
                "received_at",
                "amended_at",
            ),
            also=("user_id",),
            whose="user_id = $1",
            order="local_day, id",
        ),
        Export(
            name="streaks",
            about="On how many days in a row both of you checked in, of each relationship you "
            "are in now.",
            table="pair_streak",
            columns=("relationship_id", "current_days", "best_days", "last_day", "updated_at"),
            whose=f"{_OURS} AND status IN ('active', 'paused'))",
            order="relationship_id",
        ),
    ),
    withheld=(
        Withheld(
            table="pair_streak",
            columns=("open_from", "settled_best_days", "settled_run_days", "settled_last_day"),
            why="They are how the streak is counted, and follow from the check-ins of both.",
        ),
    ),
    erasures=(
        Statement(table="daily_checkin", sql=_FORGET),
        delete("pair_streak", f"{_OURS})"),
    ),
)

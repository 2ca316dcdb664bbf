"""What check-ins have of people.

An export has one's own. The partner's are theirs, also those one is shown: they may hide them or
take them back, and a file could not follow.
"""

from backend.persistence.personal_data import Export, PersonalData, Withheld, delete

_OURS = "relationship_id IN (SELECT id FROM relationship WHERE (user_1_id = $1 OR user_2_id = $1)"

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
    # The streak says on which days somebody checked in; alone nobody has one.
    erasures=(
        delete("daily_checkin", "user_id = $1"),
        delete("pair_streak", f"{_OURS})"),
    ),
)

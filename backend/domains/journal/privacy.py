"""What the journal has of people: their moods, shared ones and private ones.

An export has one's own; what the partner shared is theirs.
"""

from backend.persistence.personal_data import Export, PersonalData, delete

PERSONAL_DATA = PersonalData(
    exports=(
        Export(
            name="moods",
            about="Your moods: those you shared name the relationship. Of one you took back only "
            "its place in the day is left.",
            table="mood_log",
            columns=(
                "id",
                "relationship_id",
                "is_shared",
                "mood",
                "mood_score",
                "notes",
                "local_day",
                "time_zone",
                "made_at",
                "received_at",
                "updated_at",
                "deleted_at",
            ),
            also=("user_id",),
            whose="user_id = $1",
            order="local_day, id",
        ),
    ),
    erasures=(delete("mood_log", "user_id = $1"),),
)

"""What announcements have of people: who of those who run Tandem said what to everybody."""

from backend.persistence.personal_data import Export, Kept, PersonalData

PERSONAL_DATA = PersonalData(
    exports=(
        Export(
            name="announcements",
            about="What you said to everybody as one of those who run Tandem.",
            table="announcement",
            columns=("id", "message", "created_at"),
            also=("author_id",),
            whose="author_id = $1",
            order="created_at, id",
        ),
    ),
    kept=(
        Kept(
            table="announcement",
            columns=("id", "author_id", "message", "created_at"),
            why="It was said for those who run Tandem, to everybody; its author names nobody.",
        ),
    ),
)

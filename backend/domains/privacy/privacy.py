"""What privacy itself has of people: what they asked for."""

from backend.persistence.personal_data import Export, Kept, PersonalData, Withheld, delete

_MINE = "export_id IN (SELECT id FROM data_export WHERE user_id = $1)"

PERSONAL_DATA = PersonalData(
    exports=(
        Export(
            name="exports",
            about="When you asked for your data.",
            table="data_export",
            columns=(
                "id",
                "state",
                "requested_at",
                "files_done",
                "files",
                "size_bytes",
                "failure",
                "ended_at",
                "expires_at",
            ),
            also=("user_id",),
            whose="user_id = $1",
            order="id",
        ),
        Export(
            name="erasures",
            about="When you asked to be erased, and called it off.",
            table="erasure",
            columns=(
                "id",
                "state",
                "give_up_balances",
                "requested_at",
                "due_at",
                "held_up_by",
                "ended_at",
            ),
            also=("user_id",),
            whose="user_id = $1",
            order="id",
        ),
    ),
    withheld=(
        Withheld(
            table="data_export",
            columns=("link_key", "chunks"),
            why="They are how the archive is kept and fetched.",
        ),
        Withheld(
            table="data_export_chunk",
            columns=("export_id", "number", "content"),
            why="It is an export, like this one.",
        ),
        Withheld(
            table="erasure",
            columns=("circle", "parted_at", "runs", "step", "place", "touched_at"),
            why="They say how far an erasure is, and are empty before.",
        ),
    ),
    erasures=(
        delete("data_export_chunk", _MINE),
        delete("data_export", "user_id = $1"),
    ),
    kept=(
        Kept(
            table="erasure",
            columns=(
                "id",
                "user_id",
                "state",
                "give_up_balances",
                "requested_at",
                "due_at",
                "held_up_by",
                "parted_at",
                "runs",
                "step",
                "place",
                "touched_at",
                "ended_at",
            ),
            why="It proves that somebody was erased who asked for it, by an id that names nobody.",
        ),
        Kept(
            table="erasure",
            columns=("circle",),
            why="It is needed until the end, and emptied then.",
        ),
    ),
)

"""What stakes have of people: what they said of themselves, and the limits they set themselves."""

from backend.persistence.personal_data import Export, PersonalData, Withheld, delete

PERSONAL_DATA = PersonalData(
    exports=(
        Export(
            name="stake_limits",
            about="That you said you are an adult, the limits you set yourself, and until when you "
            "keep yourself from staking.",
            table="stake_protection",
            columns=(
                "adult_at",
                "excluded_until",
                "limits",
                "next_limits",
                "next_from",
                "updated_at",
            ),
            also=("user_id",),
            whose="user_id = $1",
            order="user_id",
        ),
    ),
    withheld=(
        Withheld(
            table="stake_exposure",
            columns=("challenge_id", "user_id", "asset", "amount_minor", "created_at"),
            why="What can be lost of a challenge follows from what stands of it.",
        ),
    ),
    erasures=(
        delete("stake_exposure", "user_id = $1"),
        delete("stake_protection", "user_id = $1"),
    ),
)

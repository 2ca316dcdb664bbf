"""What the demo's catalogue offers to promise: data, and what it means as commands."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from backend.domains.challenges.messages import PublishTemplate

ALLOWS = {
    "schedules": ["daily", "weekdays", "times_a_week"],
    "proofs": ["note", "partner"],
    "days_max": 60,
    "stake_modes": ["prepaid", "charge"],
    "forfeits_to": ["partner", "charity"],
    "amount_minor_max": {"usd": 5_000},
}


@dataclass(frozen=True, kw_only=True)
class Offer:
    """Something to promise, with the one number that whoever promises it chooses."""

    slug: str
    name: str
    kind: str
    difficulty: str
    category: str
    instructions: str
    setting: str
    title: str
    """What the setting is called."""
    least: int
    usual: int
    most: int


OFFERS = (
    Offer(
        slug="read-every-day",
        name="Read every day",
        kind="reading",
        difficulty="easy",
        category="mind",
        instructions="Read so many pages of a book, on paper or not. Say in a line what you read.",
        setting="pages",
        title="Pages a day",
        least=1,
        usual=10,
        most=200,
    ),
    Offer(
        slug="walk-outside",
        name="Walk outside",
        kind="walking",
        difficulty="medium",
        category="body",
        instructions="Walk outside for so many minutes, whatever the weather. Say where you went.",
        setting="minutes",
        title="Minutes a day",
        least=5,
        usual=30,
        most=240,
    ),
    Offer(
        slug="screens-off",
        name="Screens off before bed",
        kind="resting",
        difficulty="hard",
        category="sleep",
        instructions="Put every screen away so long before you sleep. Say what you did instead.",
        setting="minutes",
        title="Minutes before bed",
        least=15,
        usual=45,
        most=180,
    ),
)
SLUGS = tuple(offer.slug for offer in OFFERS)


def publications() -> Iterator[PublishTemplate]:
    """Say how each is offered."""
    for offer in OFFERS:
        said = {
            "slug": offer.slug,
            "name": offer.name,
            "challenge_type": offer.kind,
            "difficulty": offer.difficulty,
            "category": offer.category,
            "instructions": offer.instructions,
            "settings_schema": msgspec.json.encode(_schema(offer)).decode(),
            "allows": ALLOWS,
        }
        yield msgspec.convert(said, PublishTemplate)


def _schema(offer: Offer) -> dict[str, object]:
    """Write what the setting may be, as JSON Schema."""
    number = {
        "type": "integer",
        "title": offer.title,
        "minimum": offer.least,
        "default": offer.usual,
        "maximum": offer.most,
    }
    return {
        "type": "object",
        "properties": {offer.setting: number},
        "required": [offer.setting],
        "additionalProperties": False,
    }

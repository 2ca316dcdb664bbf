"""What may be promised, with whom, and what may be changed of it; pure."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from backend.domains.challenges import rules
from backend.domains.challenges.messages import StartChallenge
from backend.domains.challenges.refusals import PartnerNeeded
from backend.domains.challenges.run import Run
from backend.domains.identity import Profile
from backend.domains.payments import ChargeImpossible
from tests.support.promises import stake, wanted_from

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
ANNA, BEN, WITH_BEN = (UUID(int=number) for number in range(1, 4))
BENS = {"partner_id": BEN, "relationship_id": WITH_BEN}


def start(**more: Any) -> Run:
    """Have Anna promise something."""
    said = {**wanted_from(TODAY), **more}
    command = msgspec.convert(said, StartChallenge, strict=False)
    return rules.start(
        command,
        challenge_id=UUID(int=9),
        owner_id=ANNA,
        profile=Profile(name="Anna", time_zone="Europe/Berlin"),
        now=NOW,
    )


@pytest.mark.parametrize(
    ("promised", "why"),
    [
        (
            {"proof": "partner", "stake": stake("partner"), **BENS},
            "who gets what is forfeited cannot be who confirms",
        ),
        ({"proof": "partner"}, "somebody has to confirm what they saw"),
        ({"stake": stake("partner")}, "somebody has to get what is forfeited"),
        ({"stake": stake("house")}, "what goes to the house is never ruled on by the house alone"),
        ({"partner_id": BEN}, "relationship_id and partner_id come together"),
        ({"relationship_id": WITH_BEN}, "relationship_id and partner_id come together"),
        ({**BENS, "partner_id": ANNA}, "a partner is somebody else"),
    ],
)
def test_nobody_judges_what_they_gain_by_and_somebody_can(
    promised: dict[str, Any], why: str
) -> None:
    with pytest.raises(PartnerNeeded) as refused:
        start(**promised)
    assert refused.value.why == why


@pytest.mark.parametrize(
    ("promised", "gains"),
    [
        ({"stake": stake("charity")}, None),
        ({"proof": "partner", "stake": stake("charity"), **BENS}, None),
        ({"proof": "partner", "stake": stake("house"), **BENS}, None),
        ({"proof": "photo", "stake": stake("partner"), **BENS}, BEN),
    ],
)
def test_who_gains_nothing_may_confirm_and_who_gains_may_watch(
    promised: dict[str, Any], gains: UUID | None
) -> None:
    made = start(**promised).stake
    assert made is not None
    assert made.beneficiary_id == gains


def test_what_a_card_pays_is_eased_to_nothing_at_all_but_not_to_pennies() -> None:
    month = {"last_day": str(TODAY + timedelta(days=29))}
    run = start(stake=stake("charity", 500, mode="charge"), **month)
    for amount_minor in (0, 50):
        terms = msgspec.structs.replace(run.terms, amount_minor=amount_minor)
        assert rules.change(run, terms, TODAY).terms == terms
    with pytest.raises(ChargeImpossible):
        rules.change(run, msgspec.structs.replace(run.terms, amount_minor=49), TODAY)

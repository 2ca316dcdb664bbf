"""The page knows which day it is for somebody exactly as the server does."""

import json
import subprocess
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from uuid import UUID

import msgspec

from backend.domains.relationships import Member
from tests.clients.javascript_phone import node_command

DAYS = Path(__file__).parents[2] / "backend" / "console" / "pages" / "days.js"
ZONES = (
    "Europe/Berlin",
    "America/Los_Angeles",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
)
BEGIN = datetime(2026, 3, 28, tzinfo=UTC)
"""The clocks of Berlin change within the days that are looked at."""
_SAY = """
const { dayOf } = await import(process.argv[1]);
const asked = JSON.parse((await import("node:fs")).readFileSync(0));
console.log(JSON.stringify(asked.map(([clock, at]) => dayOf(clock, new Date(at)))));
"""


def test_the_page_and_the_server_agree_which_day_it_is() -> None:
    clocks = [
        Member(
            user_id=UUID(int=1),
            name="Anna",
            time_zone=zone,
            time_zone_before=before if before != zone else None,
            time_zone_from=date(2026, 3, 30) if before != zone else None,
        )
        for before, zone in product(ZONES, ZONES)
    ]
    moments = [BEGIN + timedelta(minutes=97 * step) for step in range(60)]
    cases = list(product(clocks, moments))
    asked = msgspec.json.encode([(clock.shown(), at) for clock, at in cases])

    command = [*node_command(), "--input-type=module", "--eval", _SAY, DAYS.as_uri()]
    said = subprocess.run(command, input=asked, capture_output=True, check=True).stdout

    assert json.loads(said) == [clock.day_of(at).isoformat() for clock, at in cases]

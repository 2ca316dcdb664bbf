"""What those who run Tandem do about Stripe's words: by a command, beside the servers."""

import time

import pytest

from backend.domains.payments.receiving import APPLY
from backend.embedded.stripe import orders
from backend.persistence.backing_off import TRIES_MAX
from backend.persistence.database import fetch
from tests.domains.payments.till import Till
from tests.support.clock import FakeClock
from tests.support.commands import Said, beside
from tests.support.people import Person
from tests.support.promises import owns
from tests.support.servers import Servers

OPEN = """
SELECT event_id FROM stripe_webhook WHERE status IN ('waiting', 'failed')
ORDER BY about_kind = 'payment' DESC, event_id
"""


@pytest.fixture(autouse=True)
async def today(clock: FakeClock) -> None:
    """Have the node's clock be a little behind the machine's, which commands have."""
    await clock.jump(seconds=time.time() - clock.now().timestamp() - 60)


async def payments(servers: Servers, *words: str) -> Said:
    """Run `tandem payments`, which never fails here."""
    said = await beside("payments", *words, DATABASE_URL=servers.urls.app)
    assert (said.code, said.err) == (0, "")
    return said


async def have_been_given_up(till: Till, person: Person) -> list[str]:
    """Have somebody pay while we cannot ask Stripe, until it is given up; gives the events."""
    begun = await till.begin(person, 1_000)
    paid = await till.confirm(begun["client_secret"])
    await till.settled(paid.id)
    await till.control.deliver()
    last = await fetch(
        "UPDATE job SET tries = $1 WHERE name = $2 RETURNING id", TRIES_MAX - 1, APPLY
    )
    for _ in last:
        await till.control.trouble(
            orders.Trouble(does="refuse", path="/v1/", status=503, should_retry=False)
        )
    await till.desk.work()
    return [row["event_id"] for row in await fetch(OPEN)]


async def test_what_was_given_up_is_seen_and_replayed(
    till: Till, anna: Person, servers: Servers
) -> None:
    events = await have_been_given_up(till, anna)
    given_up = "SELECT 1 FROM dead_letter WHERE receiver = $1 AND content::json->>'event_id' = $2"
    assert events
    for event_id in events:
        assert len(await fetch(given_up, APPLY, event_id)) == 1
    assert await fetch("SELECT 1 FROM job") == []
    assert await owns(anna) == (0, 0)

    lines = (await payments(servers, "webhooks")).out.splitlines()
    assert {line.split()[0] for line in lines} == set(events)
    assert all("failed, 1 tries  Stripe cannot be used" in line for line in lines)

    assert (await payments(servers, "replay", events[0])).out.startswith("1 to be applied again;")
    await till.desk.work()
    assert await owns(anna) == (1_000, 0)
    left = await payments(servers, "replay")
    assert left.out.startswith(f"{len(events) - 1} to be applied again;")
    await till.desk.work()
    assert await owns(anna) == (1_000, 0)
    assert (await payments(servers, "webhooks")).out == "All that Stripe told us is applied.\n"
    assert (await payments(servers, "replay")).out == "There is nothing to apply again.\n"


async def test_what_was_applied_may_be_applied_again_and_changes_nothing(
    till: Till, anna: Person, servers: Servers
) -> None:
    await till.fund(anna, 1_000)
    rows = await fetch("SELECT event_id FROM stripe_webhook WHERE about_kind = 'payment' LIMIT 1")
    assert (await payments(servers, "replay", rows[0]["event_id"])).out.startswith(
        "1 to be applied"
    )
    await till.desk.work()
    assert await owns(anna) == (1_000, 0)
    assert (await payments(servers, "replay", "evt_nobody")).out.startswith("There is nothing")


async def test_the_books_are_compared_when_somebody_wants_it(till: Till, servers: Servers) -> None:
    assert (await payments(servers, "reconcile")).out.startswith("A worker reconciles now;")
    assert await fetch("SELECT 1 FROM stripe_reconciliation") == []
    await till.desk.work()
    assert len(await fetch("SELECT 1 FROM stripe_reconciliation")) == 1

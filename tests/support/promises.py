"""Promises: what a test needs to have people promise something, with money, and let time pass."""

from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

import msgspec

from actors.ports import Clock
from backend.domains import ledger
from backend.domains.challenges import jobs
from backend.domains.ledger import Purpose, Reason, Transfer, house_account, wallet_account
from backend.domains.ledger.posting import post_each
from backend.persistence import pulse
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from protocol.address import address_of
from protocol.clients.python import Client
from protocol.clients.python.subscription import Subscription
from tests.support.couple import Couple, Phone, later, read
from tests.support.people import Person
from tests.support.verify import until_quiet

SLUG = "a-page-a-day"
ALLOWS = {
    "schedules": ["daily", "weekdays", "times_a_week", "dates"],
    "proofs": ["note", "number", "photo", "partner"],
    "days_max": 90,
    "stake_modes": ["prepaid", "charge"],
    "forfeits_to": ["partner", "charity", "house"],
    "amount_minor_max": {"usd": 10_000, "usdc": 100_000_000},
}
_FORFEITED = """
SELECT coalesce(sum(t.amount_minor), 0)::bigint AS minor
FROM transfer AS t JOIN challenge_event AS e ON t.reference = 'challenge_event/' || e.id
WHERE e.user_challenge_id = $1 AND t.phase = 'post' AND t.credit_account_id = $2
"""
SCHEMA = {
    "type": "object",
    "properties": {"pages": {"type": "integer", "minimum": 1}},
    "required": ["pages"],
    "additionalProperties": False,
}
_ADD_TEMPLATE = """
INSERT INTO challenge (id, slug, version, name, challenge_type, difficulty, category, instructions,
                       is_template, is_open, settings_schema, allows, created_at, updated_at)
VALUES ($1, $2, 1, 'A page a day', 'reading', 'easy', 'mind', 'Read.', true, true,
        $3::text::jsonb, $4::text::jsonb, $5, $5)
ON CONFLICT (slug) DO UPDATE SET is_open = true, version = 1, allows = excluded.allows
"""

_NEVER_AWAY = (
    "UPDATE challenge_event SET excuse = NULL, outage_id = NULL WHERE outage_id IS NOT NULL",
    "DELETE FROM outage",
)
_SERVED = """
INSERT INTO pulse (beat_at) VALUES ($1) ON CONFLICT (is_only) DO UPDATE SET beat_at = $1
"""


async def have_template(clock: Clock, **allows: Any) -> None:
    """Have a template to begin with, and people who were always served until now."""
    await have_never_been_away(clock)
    encode = msgspec.json.encode
    values = (encode(SCHEMA).decode(), encode({**ALLOWS, **allows}).decode(), clock.now())
    await fetch(_ADD_TEMPLATE, uuid4(), SLUG, *values)


async def have_never_been_away(clock: Clock) -> None:
    """Have people served until now, and no outage known, whatever a test did before."""
    # In this order: a node that beats meanwhile sees no gap any more.
    await fetch(_SERVED, clock.now())
    for forget in _NEVER_AWAY:
        await fetch(forget)


async def be_of_age(person: Person) -> Person:
    """Have somebody say that they are of age."""
    assert (await person.post("stakes.state_adult", is_adult=True)).status_code == 200
    return person


async def can_stake(person: Person, amount_minor: int = 1_000) -> None:
    """Have something to promise, and somebody who may put so much on it."""
    await have_template(person.clock)
    await give(person, amount_minor)
    await be_of_age(person)


async def give(person: Person, amount_minor: int, asset: str = "usd") -> None:
    """Have somebody own something, and know it."""
    await credit(person.user_id, amount_minor, asset, clock=person.clock)
    await until_quiet(person.node)


async def credit(user_id: UUID, amount_minor: int, asset: str = "usd", *, clock: Clock) -> None:
    """Have somebody own something."""
    run = JobRun(None, clock=clock, services={})
    transfer = Transfer(
        id=uuid4(),
        debit_account_id=house_account(asset, Purpose.ISSUANCE),
        credit_account_id=wallet_account(user_id, asset),
        amount_minor=amount_minor,
        asset=asset,
        reason=Reason.PURCHASE,
        reference="a test",
        at=clock.now(),
    )
    async with run.once():
        for address, tell in await post_each([transfer]):
            run.tell(address, tell)


async def spend(person: Person, amount_minor: int, asset: str = "usd") -> None:
    """Have somebody give something of theirs to charity."""
    run = JobRun(None, clock=person.clock, services={})
    async with run.once():
        await ledger.post_now(
            run,
            Transfer(
                id=uuid4(),
                debit_account_id=wallet_account(person.user_id, asset),
                credit_account_id=house_account(asset, Purpose.CHARITY),
                amount_minor=amount_minor,
                asset=asset,
                reason=Reason.USAGE,
                reference="a test",
                at=person.clock.now(),
            ),
        )
    await until_quiet(person.node)


async def owns(person: Person, asset: str = "usd") -> tuple[int, int]:
    """Read what somebody has free, and what is held of theirs, however long jobs took before."""
    answer = await read(person, "/v1/wallets")
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        await later(person)
        answer = await read(person, "/v1/wallets")
    wallets = answer.json()["wallets"]
    (found,) = [wallet for wallet in wallets if wallet["asset"] == asset]
    return found["available_minor"], found["held_minor"]


async def house_has(asset: str, purpose: Purpose) -> int:
    """Read what an account of the house has."""
    query = "SELECT posted_minor FROM house_balance WHERE account_id = $1"
    found: int = (await fetch(query, ledger.house_account(asset, purpose)))[0]["posted_minor"]
    return found


async def forfeited(made: "Promise", to: Purpose, asset: str = "usd") -> int:
    """Read what an account of the house got of a promise, whatever it gets of others meanwhile."""
    rows = await fetch(_FORFEITED, made.challenge_id, house_account(asset, to))
    found: int = rows[0]["minor"]
    return found


async def let_pass(*people: Person, is_served: bool = True, **by: float) -> None:
    """Let time pass, in which people could be served or not, and have the workers notice."""
    await pass_unseen(*people, is_served=is_served, **by)
    await look(node_of=people[0])
    await until_quiet(people[0].node)


async def pass_unseen(*people: Person, is_served: bool = True, **by: float) -> None:
    """Let time pass, in which people could be served or not, and no worker looks."""
    clock = people[0].clock
    if is_served:
        await pulse.fill(clock.now(), clock.now() + timedelta(**by))
    await later(*people, **by)
    await pulse.beat(clock.now())


async def look(*, node_of: Person) -> None:
    """Have a worker tell the challenges whose time has come."""
    run = JobRun(None, clock=node_of.clock, services={})
    await jobs.let_time_pass(run)
    await until_quiet(node_of.node)


@dataclass
class Promise:
    """A challenge somebody began."""

    couple: Couple
    challenge_id: UUID

    @property
    def topic(self) -> str:
        """Its actor and topic."""
        return address_of("challenge", self.challenge_id)

    async def follow(self, client: Client) -> Subscription:
        """Follow it on a phone."""
        return await client.join(self.topic).ready()

    async def ask(self, client: Client, tag: str, **fields: Any) -> Any:
        """Ask it for something."""
        made_at = fields.pop("made_at", None)
        return await client.ask({"type": tag, **fields}, to=self.topic, made_at=made_at)

    async def occurrences(self, person: Person) -> dict[str, dict[str, Any]]:
        """Read each time of it, by name."""
        page = await read(person, f"/v1/challenges/{self.challenge_id}/occurrences")
        assert page.status_code == 200, page.text
        return {found["key"]: found for found in page.json()["items"]}


async def promise(couple: Couple, phone: Phone, **more: Any) -> Promise:
    """Have somebody promise to read each day for a week, for a dollar a day if a stake is named."""
    started = await phone.client.ask(wanted_from(phone.person.clock.now().date(), **more))
    await until_quiet(couple.anna.node)
    return Promise(couple, UUID(started["challenge_id"]))


def wanted_from(today: date, **more: Any) -> dict[str, Any]:
    """Say what is promised for a week from a day on."""
    return {
        "type": "challenges.start",
        "template_slug": SLUG,
        "template_version": 1,
        "title": "Read every day",
        "settings": {"pages": 10},
        "schedule": {"type": "daily"},
        "first_day": str(today),
        "last_day": str(today + timedelta(days=6)),
        "proof": "note",
        **more,
    }


def stake(forfeits_to: str = "charity", amount_minor: int = 100, **more: Any) -> dict[str, Any]:
    """Say what is at stake."""
    wanted = {"mode": "prepaid", "asset": "usd", "amount_minor": amount_minor}
    return {**wanted, "forfeits_to": forfeits_to, **more}


def with_partner(couple: Couple) -> dict[str, Any]:
    """Say with whom: Ben."""
    return {
        "relationship_id": str(couple.relationship_id),
        "partner_id": str(couple.ben.user_id),
    }

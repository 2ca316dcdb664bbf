"""The scene: a node with a chain, a mail server, and jobs that are done when a test says so."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import msgspec
import structlog

from backend import rooms
from backend.domains import usdc
from backend.domains.ledger import Purpose
from backend.domains.usdc import Limits, Usdc, Withdrawal, jobs
from backend.integrations.chain import TransactionHash
from backend.integrations.ethereum_address import EthereumAddress
from backend.integrations.mail import Mailer, MailSettings
from backend.persistence.database import fetch
from backend.persistence.job_run import JobRun
from backend.persistence.jobs import Declared
from tests.domains.privacy.desk import ask
from tests.integrations.mail.mail_server import MailServer, mail_server
from tests.support.chain import BANK, LocalChain
from tests.support.clock import FakeClock
from tests.support.couple import later
from tests.support.node import Node
from tests.support.people import Person, sign_up
from tests.support.promises import be_of_age, house_has, owns
from tests.support.verify import until_quiet

DOLLAR = 1_000_000
LIMITS = Limits(
    deposit_micros_max=100 * DOLLAR,
    deposit_day_micros_max=150 * DOLLAR,
    withdrawal_micros_max=100 * DOLLAR,
    withdrawal_day_micros_max=120 * DOLLAR,
    withdrawals_per_day_max=3,
)
PREMIUM = msgspec.structs.replace(LIMITS, deposit_micros_max=140 * DOLLAR)
AGES_S = 1e9
"""The test's clock and the chain's go their own ways."""
OPERATOR = "olga"

_TOKEN = re.compile(r"#confirm_withdrawal=(tdl_[\w-]+)")
_DUE = "SELECT id, name, arguments::text FROM job WHERE name LIKE 'usdc.%' ORDER BY id"


@dataclass
class Scene:
    """What a test of this room has at hand."""

    node: Node
    clock: FakeClock
    chain: LocalChain
    services: Mapping[type, Any]
    mail: MailServer
    declared: Declared

    @property
    def usdc(self) -> Usdc:
        """What nodes and workers have of the chain."""
        found: Usdc = self.services[Usdc]
        return found

    def run(self, job_id: UUID | None = None) -> JobRun:
        """Make a run, of a job or of none."""
        return JobRun(job_id, clock=self.clock, services=self.services)

    async def look(self, workers: int = 1) -> None:
        """Have workers look at the chain at the same moment, and post what they found."""
        await asyncio.gather(*(jobs.look_at_deposits(self.run()) for _ in range(workers)))
        await self.work()

    async def settle(self) -> None:
        """Have a worker look at what was paid, and end what it can."""
        await jobs.look_at_payments(self.run())
        await self.work()

    async def work(self) -> None:
        """Do the jobs of this room that wait, at once."""
        while due := await fetch(_DUE):
            await asyncio.gather(
                *(self._do(row["id"], row["name"], row["arguments"]) for row in due)
            )
        await until_quiet(self.node)

    async def _do(self, job_id: UUID, name: str, arguments: str) -> None:
        job, run = self.declared.jobs[name], self.run(job_id)
        await job.function(job.decode(arguments), run)
        await run.finish()

    def confirm(self) -> None:
        """Have the chain confirm all there is."""
        self.chain.mine(self.usdc.settings.confirmations)

    async def person(self, name: str) -> Person:
        """Have somebody sign up who is of age, and whose e-mail address is theirs."""
        return await be_of_age(await sign_up(self.node, self.clock, name))

    async def load(self, count: int = 1) -> list[EthereumAddress]:
        """Hand addresses in."""
        made = [self.chain.new_address() for _ in range(count)]
        await usdc.load_addresses(self.run(), made, OPERATOR)
        return made

    async def address_of(self, person: Person) -> EthereumAddress:
        """Have somebody ask where to pay in."""
        await self.load()
        told = await fund(person)
        assert told.status_code == 200, told.text
        return EthereumAddress(told.json()["address"])

    async def pay_in(self, person: Person, micros: int) -> EthereumAddress:
        """Have somebody own something that came in."""
        address = await self.address_of(person)
        self.chain.mint(address, micros)
        self.confirm()
        await self.look()
        assert (await owns(person, "usdc"))[0] >= micros
        return address

    async def own_address(self, person: Person) -> tuple[str, EthereumAddress]:
        """Have somebody add an address of theirs, and wait until it can be paid to."""
        address = self.chain.new_address()
        added = await ask(person, "POST", "/v1/usdc/addresses", {"address": address})
        assert added.status_code == 200, added.text
        await self.work()  # Its letter is there before any other.
        await later(person, hours=24)
        self.chain.set_time(self.clock.now())
        return added.json()["wallet_id"], address

    async def confirmed(self, person: Person, wallet_id: str, micros: int) -> UUID:
        """Have somebody ask for a withdrawal, and confirm it."""
        asked = await withdraw(person, wallet_id, micros)
        assert asked.status_code == 200, asked.text
        told = await confirm(person, await self.token())
        assert told.status_code == 200, told.text
        return UUID(asked.json()["withdrawal_id"])

    async def token(self) -> str:
        """Read the token in the last letter."""
        await self.work()
        found = _TOKEN.search(self.letter)
        assert found, self.letter
        return found[1]

    @property
    def letter(self) -> str:
        """What the last letter says."""
        body = self.mail.taken[-1].get_body(("plain",))
        assert body is not None
        content: str = body.get_content()
        return content

    @property
    def subjects(self) -> list[str]:
        """What the letters were about."""
        return [str(letter["Subject"]) for letter in self.mail.taken]

    async def pay(self, address: EthereumAddress, micros: int) -> TransactionHash:
        """Pay somebody from elsewhere, as an operator does, and have it confirmed."""
        self.chain.set_time(self.clock.now())
        self.chain.mint(BANK, micros)
        tx_hash = self.chain.transfer(BANK, address, micros)
        self.confirm()
        return tx_hash

    async def executed(self, withdrawal_id: UUID, tx_hash: TransactionHash) -> Withdrawal:
        """Have an operator take a withdrawal on, and say by what it was paid."""
        await usdc.approve(self.run(), withdrawal_id, OPERATOR)
        return await usdc.execute(self.run(), withdrawal_id, tx_hash, OPERATOR)


async def fund(person: Person, **wanted: Any) -> httpx.Response:
    """Ask where to pay in."""
    return await ask(person, "POST", "/v1/usdc/funding-sessions", wanted)


async def withdraw(person: Person, wallet_id: str, micros: int, **more: Any) -> httpx.Response:
    """Ask for a withdrawal."""
    wanted = {"wallet_id": wallet_id, "amount_micros": micros, **more}
    return await ask(person, "POST", "/v1/usdc/withdrawals", wanted)


async def confirm(person: Person, token: str) -> httpx.Response:
    """Show the token of a link."""
    return await ask(person, "POST", "/v1/usdc/withdrawals/confirm", {"token": token})


async def cancel(person: Person, withdrawal_id: object) -> httpx.Response:
    """Call a withdrawal off."""
    return await ask(person, "DELETE", f"/v1/usdc/withdrawals/{withdrawal_id}")


async def withdrawals(person: Person) -> dict[str, dict[str, Any]]:
    """Read somebody's withdrawals, by their ids."""
    page = await ask(person, "GET", "/v1/usdc/withdrawals")
    return {one["withdrawal_id"]: one for one in page.json()["items"]}


async def inbox(person: Person) -> list[str]:
    """Read what somebody was told of USDC, the oldest first."""
    page = (await ask(person, "GET", "/v1/notifications")).json()
    kept = [one["notification"] for one in page["items"]]
    found = [one for one in kept if one["notification_type"].startswith("usdc")]
    return [f"{one['title']}: {one['message']}" for one in reversed(found)]


async def kept_on_chain() -> int:
    """Read what the ledger says is kept for us on the chain."""
    return -await house_has("usdc", Purpose.CHAIN)


def lines_of(logs: list[structlog.typing.EventDict]) -> list[str]:
    """Name what was logged."""
    return [str(line["event"]) for line in logs]


@asynccontextmanager
async def open_scene(node: Node, clock: FakeClock, chain: LocalChain) -> AsyncIterator[Scene]:
    """Set the scene: the node knows the chain, and so do the workers."""
    await fetch("DELETE FROM job")
    chain.set_time(clock.now())
    settings = chain.settings(head_age_max_s=AGES_S)
    async with mail_server() as server:
        mailer = Mailer(MailSettings(url=server.url, sender="Tandem <hello@tandem.example>"))
        offered = Usdc(settings, {"others": LIMITS, "premium": PREMIUM}, clock)
        node.house.services[Usdc] = offered  # It closes it at its end.
        services = {Usdc: offered, Mailer: mailer}
        declared = Declared.of(rooms.modules("jobs"))
        yield Scene(node, clock, chain, services, server, declared)
    chain.set_time(datetime.now(UTC))
    chain.mine()

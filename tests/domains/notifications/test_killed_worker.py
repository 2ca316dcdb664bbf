"""A worker is killed after a push service took a push, and before anybody wrote that down."""

import signal

import asyncpg

from backend.integrations.vapid import VapidKeys
from backend.persistence.database import fetch
from tests.domains.notifications.push_service import PushService
from tests.domains.notifications.test_pushing import (
    away,
    nothing_waits,
    share_mood,
    until_no_job_waits,
)
from tests.domains.notifications.test_subscriptions import kept_by
from tests.jobs.test_killed_worker import worker_process
from tests.support.couple import Couple
from tests.support.node import Node
from tests.support.servers import Servers
from tests.support.until import until

COMMAND = "tests.domains.notifications.worker_process"
WAITS = """
SELECT 1 FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE push_subscription SET pushed_at%'
"""


async def is_between() -> bool:
    """Tell whether a worker wants to write down that a push was taken."""
    return bool(await fetch(WAITS))


async def test_what_a_killed_worker_had_sent_is_sent_again_and_replaces_itself(
    couple: Couple,
    service: PushService,
    servers: Servers,
    keys: VapidKeys,
    pushing_node: Node,
) -> None:
    del pushing_node
    await nothing_waits(servers)
    await away(couple, service, "phone")
    key = {"TANDEM_VAPID_PRIVATE_KEY": keys.private_key}
    holder = await asyncpg.connect(servers.urls.owner)
    try:
        async with (
            worker_process(servers, COMMAND, **key) as killed,
            holder.transaction(),
        ):
            # Whoever holds the row keeps the worker between what it was answered and the commit.
            await holder.execute("SELECT FROM push_subscription FOR UPDATE")
            await share_mood(couple)
            await service.until(1)
            await until(is_between, within_s=20)
            killed.send_signal(signal.SIGKILL)
            await killed.wait()
    finally:
        await holder.close()
    (kept,) = await kept_by(couple.ben)
    assert kept["pushed_at"] is None
    async with worker_process(servers, COMMAND, **key):
        first, second = await service.until(2)
        await until_no_job_waits(couple)
    assert second.message == first.message
    assert second.topic == first.topic == first.message["tag"]
    (kept,) = await kept_by(couple.ben)
    assert kept["pushed_at"] is not None
    assert service.requests == 2

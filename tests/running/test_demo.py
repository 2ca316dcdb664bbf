"""Anna and Ben are made once, however often the making is interrupted."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

import asyncpg
import pytest

from actors.placement import SHARDS
from backend.clock import SystemClock
from backend.embedded import prepare_database
from backend.persistence.migrating import migrate
from backend.running import demo
from backend.running.history import Deed, deeds
from backend.running.offers import SLUGS
from backend.settings import Settings
from tests.support.node import running_node
from tests.support.people import PASSWORD
from tests.support.servers import Servers

COUNTS = """
SELECT (SELECT count(*) FROM "user") AS people, (SELECT count(*) FROM relationship) AS pairs,
       (SELECT count(*) FROM daily_checkin) AS check_ins, (SELECT count(*) FROM mood_log) AS moods,
       (SELECT sum(unread) FROM inbox) AS unread, (SELECT count(*) FROM challenge) AS offers
"""


async def test_a_demo_cut_short_is_gone_on_with_and_nothing_happens_twice(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = await prepare_database(servers.postgres, "tandem_demo")
    await migrate(urls.owner)
    settings = Settings(database_url=urls.app, is_demo=True, is_cheap=True, demo_password=PASSWORD)

    def the_first_days(signed_up_at: datetime) -> Iterator[Deed]:
        return islice(deeds(signed_up_at), 6)

    with monkeypatch.context() as cut_short:
        cut_short.setattr(demo, "deeds", the_first_days)
        await demo.have_demo(settings, urls.owner)
    for _ in range(2):
        await demo.have_demo(settings, urls.owner)
        database = await asyncpg.connect(urls.owner)
        (counts,) = await database.fetch(COUNTS)
        await database.close()
        assert dict(counts) == {
            "people": 2,
            "pairs": 1,
            "check_ins": 12,
            "moods": 5,
            "unread": 0,
            "offers": len(SLUGS),
        }


async def test_beside_a_server_it_is_refused_and_takes_nothing_from_it(
    servers: Servers,
) -> None:
    settings = Settings(
        database_url=servers.urls.app, is_demo=True, is_cheap=True, demo_password=PASSWORD
    )
    async with running_node(servers, SystemClock()) as node:
        with pytest.raises(demo.DemoFailed, match="A server runs on this database"):
            await demo.have_demo(settings, servers.urls.owner)
        assert node.house.membership.owned == SHARDS

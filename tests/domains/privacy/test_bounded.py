"""However much somebody has, hardly any of it is held at once: when it is gathered, or fetched."""

import tracemalloc

import httpx

from backend.domains.privacy.exporting.making import Exporter
from backend.persistence.database import fetch
from tests.domains.privacy.desk import ask_for_export, exports_of, link_to
from tests.support.couple import Couple
from tests.support.desk import Desk
from tests.support.people import Person

ROWS, NOTE_BYTES = 12_000, 1_600
HELD_BYTES_MAX = 12_000_000
"""Pages of rows, a few pieces of the archive, and what the rest of the node does meanwhile."""

_MUCH = """
INSERT INTO mood_log (id, user_id, mood, mood_score, notes, is_shared, local_day, time_zone,
                      made_at, received_at)
SELECT gen_random_uuid(), $1, 'much', 5,
       (SELECT string_agg(md5(n::text || g::text), '') FROM generate_series(1, $3 / 32) AS g),
       false, '2025-01-01'::date + n / 100, 'Europe/Berlin', $4, $4
FROM generate_series(1, $2) AS n
"""


async def test_a_large_export_takes_little_memory(couple: Couple, desk: Desk) -> None:
    anna: Person = couple.anna
    await fetch(_MUCH, anna.user_id, ROWS, NOTE_BYTES, anna.clock.now())
    desk.services[Exporter].bytes_max = 4 * ROWS * NOTE_BYTES
    asked = await ask_for_export(anna)
    tracemalloc.start()
    try:
        await desk.work()
        made_with = tracemalloc.get_traced_memory()[1]
        (made,) = await exports_of(anna)
        assert made["size_bytes"] > ROWS * NOTE_BYTES, "it does not compress well"
        link = (await link_to(anna, asked.json()["id"])).json()
        tracemalloc.reset_peak()
        fetched = 0
        async with (
            httpx.AsyncClient(base_url=anna.node.http_url) as client,
            client.stream("GET", link["url"]) as answer,
        ):
            async for piece in answer.aiter_raw():
                fetched += len(piece)
        fetched_with = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert fetched == made["size_bytes"]
    assert made_with < HELD_BYTES_MAX
    assert fetched_with < HELD_BYTES_MAX
    await fetch("DELETE FROM mood_log WHERE mood = 'much'")

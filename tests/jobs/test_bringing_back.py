"""What docs/operations.md says about dead letters works as it stands there."""

import re
from pathlib import Path

import pytest

from backend.persistence import job_rows, left_tells
from backend.persistence.database import fetch
from protocol.ids import uuid7
from tests.support.clock import FakeClock

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
SECTION = PAGE.read_text(encoding="utf-8").partition("\n## Dead letters")[2].partition("\n## ")[0]
LIST, TELL_BACK, JOB_BACK = re.findall(r"```sql\n(.*?);\n```", SECTION, re.DOTALL)

pytestmark = pytest.mark.usefixtures("database")


async def test_a_tell_that_was_given_up_is_brought_back(clock: FakeClock) -> None:
    tell_id, now = uuid7(), clock.now()
    await fetch(
        "INSERT INTO tell (id, receiver, tells, tries, sent_at) VALUES ($1, $2, $3, 20, $4)",
        tell_id,
        "user/somebody",
        '[{"type":"words.of_old"}]',
        now,
    )
    await left_tells.bury(tell_id, 20, "it was refused", now)
    (listed,) = await fetch(LIST)
    assert (listed["id"], listed["kind"], listed["reason"]) == (tell_id, "tell", "it was refused")

    await fetch(TELL_BACK.replace("…", str(tell_id)))

    assert await fetch(LIST) == []
    (back,) = await fetch("SELECT receiver, tells, tries, retry_at FROM tell")
    assert dict(back) == {
        "receiver": "user/somebody",
        "tells": '[{"type":"words.of_old"}]',
        "tries": 0,
        "retry_at": None,
    }


async def test_a_job_that_was_given_up_is_brought_back(clock: FakeClock) -> None:
    job_id, now = uuid7(), clock.now()
    await fetch(
        "INSERT INTO job (id, name, arguments, correlation_id, due_at) "
        "VALUES ($1, 'a.job', '{}', 'c', $2)",
        job_id,
        now,
    )
    await job_rows.give_up(job_id, "it took too long", now)

    await fetch(JOB_BACK.replace("…", str(job_id)))

    assert await fetch(LIST) == []
    assert await job_rows.left_behind(now + job_rows.LEFT_AFTER, 10) == [job_id]
    begun = await job_rows.begin(job_id)
    assert begun is not None
    assert (begun.name, begun.arguments, begun.correlation_id) == ("a.job", "{}", "c")

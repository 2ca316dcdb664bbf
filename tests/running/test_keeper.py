"""What is kept running is started again, but not for ever."""

from functools import partial
from pathlib import Path

import pytest

from backend.running.child import Child, Program
from backend.running.errors import PartEnded
from backend.running.keeper import Keeper


async def test_a_part_that_never_stays_up_is_given_up(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    # Without a database it says so and ends.
    part = Program(name="The part", command=["migrate"], environ={"PATH": "/usr/bin:/bin"}, log=log)
    keeper = Keeper(partial(Child.start, part), restarts_max=1)
    with pytest.raises(PartEnded, match="The part has ended and does not stay up") as given_up:
        await keeper.keep()
    assert str(log) in str(given_up.value)
    assert log.read_text().count("OWNER_DATABASE_URL") == 2  # once started, once started again

"""What lasts goes on after it has failed, and ends when it is done."""

import asyncio

import pytest

from backend import lasting


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lasting, "AGAIN_AFTER_S", 0)


async def test_what_fails_begins_anew_and_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    begun = 0

    async def work() -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise RuntimeError("nobody expects it")

    await lasting.begin(work, "looking around")
    assert begun == 3
    said = capsys.readouterr().out
    assert said.count("task='looking around'") == 2
    assert "nobody expects it" in said


async def test_what_is_cancelled_ends() -> None:
    task = lasting.begin(asyncio.Event().wait, "waiting")  # type: ignore[arg-type]
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

"""The mailbox of a run on one's own machine: what was sent can be read there, and goes nowhere."""

import stat
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from backend.embedded.mailbox import Mailbox, open_mailbox
from backend.integrations.mail import Letter, Mailer, MailRefused, MailSettings

AT = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
async def folder() -> AsyncIterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


async def send(socket: Path, subject: str, words: str = "Hello.") -> None:
    mailer = Mailer(MailSettings(url=f"smtp+unix://{socket}"))
    letter = Letter(to="anna@tandem.example", subject=subject, paragraphs=(words,))
    await mailer.send(letter, id=UUID(int=1), at=AT)


async def test_what_was_sent_is_shown_the_latest_first(folder: Path) -> None:
    async with open_mailbox(folder / "mail", folder / "mail.sock") as box:
        assert box.latest(10) == []
        await send(folder / "mail.sock", "First")
        await send(folder / "mail.sock", "Größe", "Come & see.")
        latest, first = box.latest(10)
        assert (latest.to, latest.subject) == ("anna@tandem.example", "Größe")
        assert latest.text == "Come & see."
        assert first.subject == "First"
        assert [shown.subject for shown in box.latest(1)] == ["Größe"]


async def test_nobody_else_may_open_its_socket(folder: Path) -> None:
    socket = folder / "mail.sock"
    async with open_mailbox(folder / "mail", socket):
        assert stat.S_IMODE(socket.stat().st_mode) == 0o600
    assert not socket.exists()


async def test_a_socket_that_was_left_behind_is_taken_over(folder: Path) -> None:
    socket = folder / "mail.sock"
    socket.touch()
    async with open_mailbox(folder / "mail", socket):
        await send(socket, "Hello")


async def test_of_more_letters_than_it_keeps_the_oldest_leave(folder: Path) -> None:
    async with open_mailbox(folder / "mail", folder / "mail.sock", kept_max=2) as box:
        for number in range(4):
            await send(folder / "mail.sock", f"Number {number}")
        assert [shown.subject for shown in box.latest(10)] == ["Number 3", "Number 2"]
    assert Mailbox(folder / "mail").latest(10)[0].subject == "Number 3"


async def test_a_letter_without_end_is_refused(folder: Path) -> None:
    async with open_mailbox(folder / "mail", folder / "mail.sock") as box:
        with pytest.raises(MailRefused):
            await send(folder / "mail.sock", "Long", "So much. " * 200_000)
        assert box.latest(1) == []

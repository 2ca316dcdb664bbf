"""Letters are handed over, or it is known why not, and nothing of them is told elsewhere."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from backend.integrations.mail import (
    Letter,
    MailAway,
    Mailer,
    MailRefused,
    MailSettings,
    MailUrlWrong,
    read_mail_url,
)
from tests.integrations.mail.mail_server import MailServer, mail_server

AT = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
ID = UUID("01940000-0000-7000-8000-000000000001")
LETTER = Letter(
    to="anna@example.org",
    subject="Your link",
    paragraphs=("Open it within ten minutes.",),
    button="Sign in",
    link="https://app.example.org/#link=tdl_x",
)


def mailer(url: str, **more: float) -> Mailer:
    return Mailer(MailSettings(url=url, sender="Tandem <hello@tandem.example>", **more))


async def send(server: MailServer, letter: Letter = LETTER) -> None:
    await mailer(server.url).send(letter, id=ID, at=AT)


async def test_a_letter_arrives_as_text_and_as_a_page() -> None:
    async with mail_server() as server:
        await send(server)
    (taken,) = server.taken
    assert taken["From"] == "Tandem <hello@tandem.example>"
    assert taken["To"] == "anna@example.org"
    assert taken["Subject"] == "Your link"
    assert taken["Message-ID"] == f"<{ID}@tandem.example>"
    assert taken["Auto-Submitted"] == "auto-generated"
    text, page = (taken.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert page is not None
    assert LETTER.link in text.get_content()
    assert f'href="{LETTER.link}"' in page.get_content()


async def test_what_people_wrote_is_no_part_of_the_page() -> None:
    async with mail_server() as server:
        words = '<img src="https://evil.example/seen">'
        await send(server, Letter(to="ben@example.org", subject="Hello", paragraphs=(words,)))
    page = server.taken[0].get_body(("html",))
    assert page is not None
    assert "<img" not in page.get_content()
    assert "&lt;img" in page.get_content()


async def test_an_address_beyond_ascii_is_written_as_its_name_server_knows_it() -> None:
    async with mail_server() as server:
        await send(server, Letter(to="anna@bücher.example", subject="Hello", paragraphs=("Hi",)))
    assert server.taken[0]["To"] == "anna@xn--bcher-kva.example"


@pytest.mark.parametrize("to", ["an na@example.org", "<@example.org", "a@" + "b" * 70 + ".org"])
async def test_an_address_that_cannot_be_written_is_refused_for_good(to: str) -> None:
    async with mail_server() as server:
        with pytest.raises(MailRefused):
            await send(server, Letter(to=to, subject="Hello", paragraphs=("Hi",)))
    assert server.taken == []


@pytest.mark.parametrize(
    ("decided", "raised"),
    [
        ({"answer_to_letter": "451 Later"}, MailAway),
        ({"answer_to_letter": "554 No"}, MailRefused),
        ({"answer_to_recipient": "450 Busy"}, MailAway),
        ({"answer_to_recipient": "550 Nobody"}, MailRefused),
    ],
)
async def test_it_is_known_whether_trying_again_helps(
    decided: dict[str, Any], raised: type[Exception]
) -> None:
    async with mail_server(**decided) as server:
        with pytest.raises(raised) as problem:
            await send(server)
    assert "anna" not in str(problem.value)


async def test_a_server_that_does_not_answer_is_given_up() -> None:
    async with mail_server(is_silent=True) as server:
        with pytest.raises(MailAway):
            await mailer(server.url, within_s=0.2).send(LETTER, id=ID, at=AT)


async def test_nobody_there_is_away() -> None:
    with pytest.raises(MailAway):
        await mailer("smtp://127.0.0.1:1").send(LETTER, id=ID, at=AT)


async def test_letters_wait_for_the_right_password() -> None:
    async with mail_server(password="right") as server:  # noqa: S106 - of a test
        with pytest.raises(MailAway):
            await send(server)
    assert server.taken == []


async def test_nothing_is_sent_where_no_server_is_named() -> None:
    with pytest.raises(MailRefused, match="TANDEM_MAIL_URL"):
        await mailer("").send(LETTER, id=ID, at=AT)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://mail.example", "smtp://"),
        ("smtp://", "host"),
        ("smtp://user@mail.example", "together"),
        ("smtp://mail.example/path", "behind"),
        ("smtp://mail.example:port", "no URL"),
        ("smtp+unix://host/path", "three slashes"),
    ],
)
def test_a_url_that_says_nothing_useful_is_refused_in_a_sentence(url: str, why: str) -> None:
    with pytest.raises(MailUrlWrong, match=why):
        read_mail_url(url)


def test_a_url_says_where_and_as_whom() -> None:
    door = read_mail_url("smtp://us:p%40ss@mail.example")
    assert (door.host, door.port, door.user, door.password) == ("mail.example", 587, "us", "p@ss")
    assert door.starts_tls
    assert not read_mail_url("smtp://127.0.0.1:1025").starts_tls
    assert read_mail_url("smtps://mail.example").is_tls


def test_secrets_show_nowhere() -> None:
    settings = MailSettings(url="smtp://us:hidden@mail.example")
    shown = f"{settings!r} {read_mail_url(settings.url)!r} {LETTER!r}"
    assert "hidden" not in shown
    assert "tdl_x" not in shown

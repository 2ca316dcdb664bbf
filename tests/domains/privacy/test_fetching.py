"""A link to an archive opens that archive, for some minutes, and nothing opens it otherwise."""

from uuid import uuid4

import httpx
import pytest

from backend.domains.privacy.exporting import export_store, linking
from backend.domains.privacy.limits import LINK_LIFE
from backend.persistence.database import fetch
from tests.domains.privacy.desk import (
    ask,
    ask_for_export,
    download,
    exports_of,
    link_to,
    signed_in_a_while_ago,
)
from tests.support.couple import Couple
from tests.support.desk import Desk
from tests.support.people import PASSWORD, Person


async def made_for(person: Person, desk: Desk) -> str:
    """Have an export made; returns its id."""
    asked = await ask_for_export(person)
    await desk.work()
    export_id: str = asked.json()["id"]
    return export_id


async def test_a_browser_fetches_it_with_nothing_but_the_link(couple: Couple, desk: Desk) -> None:
    export_id = await made_for(couple.anna, desk)
    link = (await link_to(couple.anna, export_id)).json()
    answer = await download(couple.anna, link["url"])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="tandem-2026-03-02.zip"'
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.content.startswith(b"PK")


async def test_after_some_minutes_it_says_that_its_time_is_over(couple: Couple, desk: Desk) -> None:
    export_id = await made_for(couple.anna, desk)
    link = (await link_to(couple.anna, export_id)).json()
    assert link["expires_in"] == LINK_LIFE.total_seconds() <= 600
    await couple.anna.clock.jump(seconds=LINK_LIFE.total_seconds())
    late = await download(couple.anna, link["url"])
    assert (late.status_code, late.json()["code"]) == (410, "privacy.export_link_expired")


async def test_a_link_that_was_changed_opens_nothing(couple: Couple, desk: Desk) -> None:
    annas, bens = await made_for(couple.anna, desk), await made_for(couple.ben, desk)
    url: str = (await link_to(couple.anna, annas)).json()["url"]
    expires, _, signature = url.partition("signature=")[2].partition(".")
    for changed in (
        url.replace(annas, bens),
        url.replace(annas, str(uuid4())),
        url.replace(f"{expires}.", f"{int(expires) + 60}."),
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        f"/v1/exports/{annas}?signature={signature}",
        f"/v1/exports/{annas}?signature=",
        f"/v1/exports/{annas}?signature=%C3%A9.%C3%A9",
    ):
        answer = await download(couple.anna, changed)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), changed
    bare = await download(couple.anna, f"/v1/exports/{annas}")
    assert bare.status_code == 422
    long = await download(couple.anna, f"/v1/exports/{annas}?signature={'1' * 101}")
    assert long.status_code == 422


async def test_ben_cannot_have_a_link_to_annas(couple: Couple, desk: Desk) -> None:
    export_id = await made_for(couple.anna, desk)
    assert (await link_to(couple.ben, export_id)).status_code == 404
    assert await exports_of(couple.ben) == []
    nobody = await ask(
        Person(couple.anna.node, couple.anna.clock, couple.anna.user_id, "", ""),
        "POST",
        f"/v1/me/exports/{export_id}/link",
        {},
    )
    assert nobody.status_code == 401


async def test_who_has_annas_open_phone_cannot_have_one_either(couple: Couple, desk: Desk) -> None:
    export_id = await made_for(couple.anna, desk)
    await signed_in_a_while_ago(couple.anna)
    bare = await ask(couple.anna, "POST", f"/v1/me/exports/{export_id}/link", {})
    assert bare.json()["code"] == "identity.confirmation_needed"


async def test_an_archive_that_goes_while_it_is_fetched_is_not_taken_for_whole(
    couple: Couple, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_id = await made_for(couple.anna, desk)
    url = (await link_to(couple.anna, export_id)).json()["url"]

    async def gone(_export_id: object, _number: int) -> None:
        return None

    monkeypatch.setattr(export_store, "read_chunk", gone)
    with pytest.raises(httpx.RemoteProtocolError):
        await download(couple.anna, url)


async def test_the_key_of_a_link_stands_in_no_text(couple: Couple, desk: Desk) -> None:
    export_id = await made_for(couple.anna, desk)
    (row,) = await fetch("SELECT link_key FROM data_export WHERE id = $1::text::uuid", export_id)
    (kept,) = await export_store.list_of(couple.anna.user_id)
    assert row["link_key"].hex() not in repr(kept)
    assert str(row["link_key"]) not in repr(kept)
    assert len(row["link_key"]) == 32
    assert linking.link_to(kept, couple.anna.clock.now()).url.startswith("/v1/exports/")


async def test_no_link_outlives_the_wish_to_be_erased(couple: Couple, desk: Desk) -> None:
    export_id = await made_for(couple.anna, desk)
    url = (await link_to(couple.anna, export_id)).json()["url"]
    assert (await download(couple.anna, url)).status_code == 200
    asked = await ask(couple.anna, "POST", "/v1/me/erase", {"current_password": PASSWORD})
    assert asked.status_code == 202
    assert (await download(couple.anna, url)).status_code == 404

"""What its owner changes of an account, and what a thief with an open device cannot."""

from typing import Any

import httpx

from tests.domains.identity.door import PASSWORD, Door, Owner
from tests.domains.identity.post_office import PostOffice

GUESS, COMMON = "a guess", "iloveyou1"
ANNA, NEW = "anna@example.org", "anna@new.example"
OTHER = "another long sentence"
KEPT = 'SELECT u.email, u.updated_at, u.is_active, c.secret_hash FROM "user" AS u, credential AS c'


def code_of(answer: httpx.Response) -> str:
    code: str = answer.json()["code"]
    return code


async def signed_up(door: Door, post: PostOffice) -> tuple[dict[str, Any], str]:
    """Sign Anna up; returns what she is told, and the token that proves her address."""
    told = await door.sign_up()
    return told, await post.token(ANNA, "verify_email")


async def proved(door: Door, post: PostOffice) -> dict[str, Any]:
    told, token = await signed_up(door, post)
    answer = await door.post("email/confirm", json={"token": token}, token=told["access_token"])
    assert answer.status_code == 200, answer.text
    return told


async def change_password(door: Door, told: dict[str, Any], **more: str) -> httpx.Response:
    return await door.ask(
        "PUT", "/v1/auth/password", token=told["access_token"], json={"password": OTHER, **more}
    )


async def test_another_password_ends_all_other_sessions(door: Door, post: PostOffice) -> None:
    told, _ = await signed_up(door, post)
    thief = await door.sign_in()
    changed = await change_password(door, told, current_password=PASSWORD)
    assert changed.status_code == 204
    assert await door.opens(told["access_token"])
    assert not await door.opens(thief["access_token"])
    assert [reason for _, reason in door.closed] == ["password_changed"]
    assert str((await post.letter())["Subject"]) == "Your password was changed"
    old = await door.post("sign-in", json={"email": ANNA, "password": PASSWORD})
    assert code_of(old) == "identity.wrong_credentials"
    new = await door.post("sign-in", json={"email": ANNA, "password": OTHER})
    assert new.status_code == 200


async def test_a_thief_with_an_open_device_changes_nothing(
    door: Door, post: PostOffice, owner: Owner
) -> None:
    told, _ = await signed_up(door, post)
    await door.clock.jump(seconds=10 * 60)
    told |= (await door.refresh(told["refresh_token"])).json()
    await door.clock.jump(seconds=10 * 60)
    before = await owner.fetch(KEPT)
    bare = await change_password(door, told)
    assert bare.status_code == 403
    assert code_of(bare) == "identity.confirmation_needed"
    guessed = await change_password(door, told, current_password=GUESS)
    assert code_of(guessed) == "identity.wrong_credentials"
    for path, body in (("email", {"email": NEW}), ("../me/deactivate", {})):
        answer = await door.ask(
            "POST",
            f"/v1/auth/{path}".replace("auth/../", ""),
            token=told["access_token"],
            json=body,
        )
        assert code_of(answer) == "identity.confirmation_needed"
    assert await owner.fetch(KEPT) == before


async def test_guessing_the_password_of_an_open_device_is_counted(
    door: Door, post: PostOffice
) -> None:
    told, _ = await signed_up(door, post)
    answers = [await change_password(door, told, current_password=GUESS) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]


async def test_who_signed_in_by_a_link_gives_themselves_a_password(
    door: Door, post: PostOffice
) -> None:
    await door.post("link", json={"email": ANNA})
    token = await post.token(ANNA, "sign_in")
    told = (await door.post("link/open", json={"token": token})).json()
    assert (await change_password(door, told)).status_code == 204
    assert (await door.post("sign-in", json={"email": ANNA, "password": OTHER})).status_code == 200


async def test_a_password_that_would_be_guessed_is_refused_and_nothing_changes(
    door: Door, post: PostOffice
) -> None:
    told, _ = await signed_up(door, post)
    answer = await change_password(door, told, current_password=PASSWORD, password=COMMON)
    assert code_of(answer) == "identity.weak_password"
    await door.sign_in()


async def test_a_forgotten_password_is_chosen_anew_and_everybody_is_out(
    door: Door, post: PostOffice
) -> None:
    told = await proved(door, post)
    await door.post("password/forgot", json={"email": ANNA})
    token = await post.token(ANNA, "reset_password")
    weak = await door.post("password/reset", json={"token": token, "password": "iloveyou1"})
    assert code_of(weak) == "identity.weak_password"
    answer = await door.post("password/reset", json={"token": token, "password": OTHER})
    assert answer.status_code == 200, answer.text
    assert not await door.opens(told["access_token"])
    assert await door.opens(answer.json()["access_token"])
    again = await door.post("password/reset", json={"token": token, "password": PASSWORD})
    assert code_of(again) == "identity.link_used"
    assert (await door.post("sign-in", json={"email": ANNA, "password": OTHER})).status_code == 200


async def test_a_changed_password_ends_the_links_that_were_sent(
    door: Door, post: PostOffice
) -> None:
    told = await proved(door, post)
    await door.post("password/forgot", json={"email": ANNA})
    token = await post.token(ANNA, "reset_password")
    await change_password(door, told, current_password=PASSWORD)
    answer = await door.post("password/reset", json={"token": token, "password": PASSWORD})
    assert code_of(answer) == "identity.link_used"


async def test_another_address_is_the_accounts_once_it_is_proved(
    door: Door, post: PostOffice
) -> None:
    told = await proved(door, post)
    asked = await door.post("email", json={"email": NEW}, token=told["access_token"])
    assert asked.status_code == 202
    token = await post.token(NEW, "change_email")
    assert (await me(door, told))["email"] == ANNA
    answer = await door.post("email/confirm", json={"token": token}, token=told["access_token"])
    assert answer.json()["email"] == NEW
    notice = await post.letter()
    assert (notice["To"], notice["Subject"]) == (ANNA, "Your address was changed")
    assert code_of(await door.post("sign-in", json={"email": ANNA, "password": PASSWORD})) == (
        "identity.wrong_credentials"
    )
    await door.sign_in(NEW)


async def me(door: Door, told: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = (await door.ask("GET", "/v1/me", token=told["access_token"])).json()
    return shown


async def test_an_address_another_account_has_is_refused_to_who_proved_it_only(
    door: Door, post: PostOffice
) -> None:
    told = await proved(door, post)
    await door.sign_up(NEW)
    await post.token(NEW, "verify_email")
    asked = await door.post("email", json={"email": NEW}, token=told["access_token"])
    assert asked.status_code == 202
    token = await post.token(NEW, "change_email")
    answer = await door.post("email/confirm", json={"token": token}, token=told["access_token"])
    assert code_of(answer) == "identity.email_taken"
    assert (await me(door, told))["email"] == ANNA


async def test_who_gives_anothers_address_does_not_get_it_proved_by_its_owner(
    door: Door, post: PostOffice
) -> None:
    """Eve signs up with Anna's address; Anna opens the letter, being kind."""
    _, token = await signed_up(door, post)
    anna = await door.sign_up("anna@work.example")
    nobody = await door.post("email/confirm", json={"token": token})
    assert nobody.status_code == 401
    another = await door.post("email/confirm", json={"token": token}, token=anna["access_token"])
    assert code_of(another) == "identity.link_unknown"


async def test_a_proved_address_is_not_asked_again(door: Door, post: PostOffice) -> None:
    told = await proved(door, post)
    answer = await door.post("email/verify", json={}, token=told["access_token"])
    assert answer.status_code == 202
    await door.post("link", json={"email": ANNA})
    await post.token(ANNA, "sign_in")
    assert post.unread == []


async def test_an_account_rests_until_its_owner_comes_back(door: Door, post: PostOffice) -> None:
    told = await proved(door, post)
    rested = await door.ask("POST", "/v1/me/deactivate", token=told["access_token"], json={})
    assert rested.status_code == 204
    assert not await door.opens(told["access_token"])
    assert [reason for _, reason in door.closed] == ["deactivated"]
    assert str((await post.letter())["Subject"]) == "Your account rests"
    body = {"email": ANNA, "password": PASSWORD}
    assert code_of(await door.post("sign-in", json=body)) == "identity.account_resting"
    wrong = await door.post("sign-in", json={**body, "password": "wrong"})
    assert code_of(wrong) == "identity.wrong_credentials"
    back = await door.post("sign-in", json={**body, "reactivate": True})
    assert back.status_code == 200
    assert back.json()["user"]["id"] == told["user"]["id"]


async def test_a_link_wakes_an_account_where_its_owner_says_so(
    door: Door, post: PostOffice
) -> None:
    told = await proved(door, post)
    await door.ask("POST", "/v1/me/deactivate", token=told["access_token"], json={})
    await post.letter()
    await door.post("link", json={"email": ANNA})
    token = await post.token(ANNA, "sign_in")
    resting = await door.post("link/open", json={"token": token})
    assert code_of(resting) == "identity.account_resting"
    # It was refused, so it was not used up.
    back = await door.post("link/open", json={"token": token, "reactivate": True})
    assert back.status_code == 200


async def test_who_was_shut_out_cannot_wake_themselves(
    door: Door, post: PostOffice, owner: Owner
) -> None:
    await proved(door, post)
    await owner.execute(
        """UPDATE "user" SET is_active = false, deactivated_at = created_at,
                             deactivated_by = 'admin'"""
    )
    body = {"email": ANNA, "password": PASSWORD, "reactivate": True}
    assert code_of(await door.post("sign-in", json=body)) == "identity.account_inactive"
    await door.post("link", json={"email": ANNA})
    token = await post.token(ANNA, "sign_in")
    answer = await door.post("link/open", json={"token": token, "reactivate": True})
    assert code_of(answer) == "identity.account_inactive"


async def test_the_last_way_in_stays_unless_the_address_is_proved(
    door: Door, post: PostOffice
) -> None:
    told, token = await signed_up(door, post)
    (shown,) = await credentials(door, told)
    assert shown["kind"] == "password"
    path = f"/v1/auth/credentials/{shown['id']}"
    last = await door.ask("DELETE", path, token=told["access_token"])
    assert code_of(last) == "identity.last_way_in"
    await door.post("email/confirm", json={"token": token}, token=told["access_token"])
    gone = await door.ask("DELETE", path, token=told["access_token"])
    assert gone.status_code == 204
    assert await credentials(door, told) == []
    assert (await door.ask("DELETE", path, token=told["access_token"])).status_code == 404


async def test_nobody_removes_anothers_way_in(door: Door, post: PostOffice) -> None:
    told = await proved(door, post)
    (shown,) = await credentials(door, told)
    eve = await door.sign_up("eve@example.org")
    path = f"/v1/auth/credentials/{shown['id']}"
    assert (await door.ask("DELETE", path, token=eve["access_token"])).status_code == 404
    await door.sign_in()


async def credentials(door: Door, told: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await door.ask("GET", "/v1/auth/credentials", token=told["access_token"])
    shown: list[dict[str, Any]] = answer.json()["credentials"]
    return shown

"""Coming in by an account elsewhere, at a real provider: whose account opens, whose does not."""

import base64
import hashlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import msgspec
import pytest

from backend.domains.identity import IdentitySettings
from backend.integrations.oidc import OidcClient
from tests.domains.identity.conftest import HERE
from tests.domains.identity.door import CHEAP, Door, Owner
from tests.domains.identity.post_office import PostOffice
from tests.support.clock import FakeClock
from tests.support.oidc_browser import sign_in
from tests.support.oidc_provider import OidcProvider, oidc_provider

CALLBACK = "http://127.0.0.1:8000/v1/auth/oidc/{}/callback"
VERIFIER = "a-verifier-that-only-the-device-knows-which-asked"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still at the present, by which the provider dates its tokens."""
    return FakeClock(datetime.now(UTC))


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    """A provider for the tests here."""
    with oidc_provider(CALLBACK.format("google"), CALLBACK.format("apple")) as running:
        yield running


@pytest.fixture
async def open_door(door: Door, provider: OidcProvider) -> AsyncIterator[Door]:
    """The room, with a provider people may come in by."""
    await provider.reset()
    named = msgspec.structs.replace(provider.settings(), name="google")
    client = OidcClient(named, door.clock)
    door.providers = {"google": client}
    yield door.open(IdentitySettings(passwords=CHEAP, return_to=HERE, hash_key="of a test"))
    await client.close()


@pytest.fixture
async def apples_door(door: Door, provider: OidcProvider) -> AsyncIterator[Door]:
    """The room, with a provider that does as Apple does."""
    await provider.reset()
    client = OidcClient(provider.apple_settings(), door.clock)
    door.providers = {"apple": client}
    yield door.open(IdentitySettings(passwords=CHEAP, return_to=HERE, hash_key="of a test"))
    await client.close()


async def come_in(door: Door, who: str = "anna", **more: Any) -> httpx.Response:
    """Go to the provider, sign in there, come back, and open what one came back with."""
    token = await come_back(door, who)
    return await door.post("link/open", json={"token": token, "verifier": VERIFIER, **more})


async def come_back(door: Door, who: str, path: str = "oidc/google/begin", token: str = "") -> str:
    begun = await door.post(path, json={"challenge": CHALLENGE}, token=token)
    assert begun.status_code == 200, begun.text
    callback = await sign_in(begun.json()["authorization_url"], who)
    assert callback.url == CALLBACK.format("google")
    answer = await returned(door, callback.parameters)
    assert answer.status_code == 303, answer.text
    place = urlsplit(answer.headers["location"])
    assert (place.netloc, place.path, place.query) == ("127.0.0.1:8000", "", "")
    (told,) = parse_qsl(place.fragment)
    assert told[0] == "oidc"
    return told[1]


async def returned(door: Door, parameters: dict[str, str]) -> httpx.Response:
    query = httpx.QueryParams(parameters)
    return await door.ask("GET", f"/v1/auth/oidc/google/callback?{query}")


def code_of(answer: httpx.Response) -> str:
    code: str = answer.json()["code"]
    return code


async def test_who_is_new_has_an_account_by_it_and_comes_back_to_it(open_door: Door) -> None:
    first = await come_in(open_door, name="Anna", time_zone="Europe/Berlin")
    assert first.status_code == 200, first.text
    account = first.json()["user"]
    assert account["email_verified_at"] is not None
    assert account["profile"]["time_zone"] == "Europe/Berlin"
    again = await come_in(open_door)
    assert again.json()["user"]["id"] == account["id"]
    token = again.json()["access_token"]
    shown = await open_door.ask("GET", "/v1/auth/credentials", token=token)
    (one,) = shown.json()["credentials"]
    assert one["kind"] == "oidc"


async def test_an_account_with_the_same_proved_address_opens_by_it(
    open_door: Door, post: PostOffice
) -> None:
    email = (await come_in(open_door)).json()["user"]["email"]
    await open_door.post("link", json={"email": email})
    told = await open_door.post("link/open", json={"token": await post.token(email, "sign_in")})
    assert told.status_code == 200
    assert told.json()["user"]["email"] == email


async def test_who_made_the_account_before_without_proof_is_out(
    open_door: Door, post: PostOffice, owner: Owner
) -> None:
    email = (await come_in(open_door)).json()["user"]["email"]
    await owner.execute('TRUNCATE "user" CASCADE')
    eve = await open_door.sign_up(email)
    await post.token(email, "verify_email")
    anna = await come_in(open_door)
    assert anna.json()["user"]["id"] == eve["user"]["id"]
    assert not await open_door.opens(eve["access_token"])
    assert str((await post.letter())["Subject"]) == "There is another way into your account"


async def test_what_one_came_back_with_opens_once_and_on_that_device_only(
    open_door: Door,
) -> None:
    token = await come_back(open_door, "anna")
    stolen = await open_door.post("link/open", json={"token": token})
    assert code_of(stolen) == "identity.link_unknown"
    body = {"token": token, "verifier": VERIFIER}
    assert (await open_door.post("link/open", json=body)).status_code == 200
    assert code_of(await open_door.post("link/open", json=body)) == "identity.link_used"


async def test_a_state_is_taken_once_and_only_one_that_was_begun_here(open_door: Door) -> None:
    begun = (await open_door.post("oidc/google/begin", json={})).json()
    callback = await sign_in(begun["authorization_url"], "anna")
    assert (await returned(open_door, callback.parameters)).status_code == 303
    again = await returned(open_door, callback.parameters)
    assert (again.status_code, code_of(again)) == (401, "identity.link_unknown")
    other = await returned(open_door, {**callback.parameters, "state": "tdl_" + "x" * 43})
    assert code_of(other) == "identity.link_unknown"


async def test_a_code_of_another_attempt_is_refused(open_door: Door) -> None:
    hers = (await open_door.post("oidc/google/begin", json={})).json()
    eves = (await open_door.post("oidc/google/begin", json={})).json()
    callback = await sign_in(hers["authorization_url"], "anna")
    answer = await returned(open_door, {**callback.parameters, "state": eves["state"]})
    assert answer.headers["location"].endswith("#oidc_error=refused")


async def test_who_does_not_go_through_with_it_is_led_back(open_door: Door) -> None:
    begun = (await open_door.post("oidc/google/begin", json={})).json()
    answer = await returned(open_door, {"state": begun["state"], "error": "access_denied"})
    assert answer.headers["location"].endswith("#oidc_error=refused")


async def test_an_account_elsewhere_opens_ones_own_once_it_is_connected(
    open_door: Door, post: PostOffice
) -> None:
    told = await open_door.sign_up("anna@home.example")
    await post.token("anna@home.example", "verify_email")
    path = "credentials/oidc/google/begin"
    token = await come_back(open_door, "anna", path, told["access_token"])
    body = {"token": token, "verifier": VERIFIER}
    other = await open_door.sign_up("eve@example.org")
    wrong = await open_door.post("credentials/oidc", json=body, token=other["access_token"])
    assert code_of(wrong) == "identity.link_unknown"
    assert code_of(await open_door.post("link/open", json=body)) == "identity.link_unknown"
    done = await open_door.post("credentials/oidc", json=body, token=told["access_token"])
    assert done.status_code == 204, done.text
    assert (await come_in(open_door)).json()["user"]["id"] == told["user"]["id"]
    again = await come_back(open_door, "anna", path, other["access_token"])
    body = {"token": again, "verifier": VERIFIER}
    taken = await open_door.post("credentials/oidc", json=body, token=other["access_token"])
    assert code_of(taken) == "identity.credential_taken"


async def test_an_app_signs_in_by_the_id_token_it_was_given(
    open_door: Door, provider: OidcProvider
) -> None:
    begun = (await open_door.post("oidc/google/begin", json={})).json()
    id_token = await provider.id_token_of_app(begun["nonce"])
    body = {"id_token": id_token, "state": begun["state"]}
    told = await open_door.post("oidc/google/token", json=body)
    assert told.status_code == 200, told.text
    again = await open_door.post("oidc/google/token", json=body)
    assert code_of(again) == "identity.link_unknown", "its nonce is taken once"
    other = (await open_door.post("oidc/google/begin", json={})).json()
    replayed = {"id_token": id_token, "state": other["state"]}
    wrong = await open_door.post("oidc/google/token", json=replayed)
    assert (wrong.status_code, code_of(wrong)) == (401, "identity.provider_refused")


async def posted(door: Door, form: dict[str, str]) -> httpx.Response:
    """Come back as Apple has browsers come back: by a form."""
    return await door.ask(
        "POST",
        "/v1/auth/oidc/apple/callback",
        content=urlencode(form).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )


async def test_who_comes_in_by_apple_comes_back_by_a_form(apples_door: Door) -> None:
    begun = await apples_door.post("oidc/apple/begin", json={"challenge": CHALLENGE})
    callback = await sign_in(begun.json()["authorization_url"], "anna")
    assert (callback.method, callback.url) == ("POST", CALLBACK.format("apple"))
    # Apple adds what the person is called, as JSON, the first time; nobody relies on it.
    answer = await posted(apples_door, {**callback.parameters, "user": '{"name": {}}'})
    assert answer.status_code == 303, answer.text
    ((name, token),) = parse_qsl(urlsplit(answer.headers["location"]).fragment)
    assert name == "oidc"
    body = {"token": token, "verifier": VERIFIER}
    told = await apples_door.post("link/open", json=body)
    assert told.json()["user"]["email"] == "anna@example.org"
    again = await posted(apples_door, callback.parameters)
    assert (again.status_code, code_of(again)) == (401, "identity.link_unknown")


async def test_who_turns_back_at_apple_is_led_back_as_well(apples_door: Door) -> None:
    begun = (await apples_door.post("oidc/apple/begin", json={})).json()
    answer = await posted(
        apples_door, {"state": begun["state"], "error": "user_cancelled_authorize"}
    )
    assert answer.headers["location"].endswith("#oidc_error=refused")


async def test_nobody_comes_in_by_a_provider_that_is_not_known(open_door: Door) -> None:
    shown = await open_door.ask("GET", "/v1/auth/oidc")
    assert shown.json() == {"providers": ["google"]}
    answer = await open_door.post("oidc/nobody/begin", json={})
    assert (answer.status_code, code_of(answer)) == (404, "identity.no_such_provider")


async def test_while_the_provider_is_away_it_is_said_so(
    open_door: Door, provider: OidcProvider
) -> None:
    await provider.answer("/.well-known/openid-configuration", 500)
    answer = await open_door.post("oidc/google/begin", json={})
    assert (answer.status_code, code_of(answer)) == (503, "temporary")


@pytest.mark.parametrize(
    "email", ["anna", "erased:anna", f"{'a' * 64}@{'b' * 240}.org", "anna\0@example.org"]
)
async def test_an_address_that_is_none_is_as_if_the_provider_had_told_none(
    open_door: Door, provider: OidcProvider, email: str
) -> None:
    answer = await vouch(open_door, provider, email=email, email_verified=True)
    assert (answer.status_code, code_of(answer)) == (422, "identity.email_needed")


@pytest.mark.parametrize("name", ["An\0na", "Anna \u202e", "   ", "x" * 200])
async def test_nobody_is_called_by_a_provider_what_they_may_not_call_themselves(
    open_door: Door, provider: OidcProvider, name: str
) -> None:
    known = {"email": "anna@example.org", "email_verified": True}
    answer = await vouch(open_door, provider, **known, name=name)
    assert answer.status_code == 200, answer.text
    assert answer.json()["user"]["profile"]["name"] in {"anna", "x" * 80}


async def vouch(door: Door, provider: OidcProvider, **claims: Any) -> httpx.Response:
    """Come in by an ID token in which the provider says this."""
    begun = (await door.post("oidc/google/begin", json={})).json()
    id_token = await provider.sign(provider.claims(begun["nonce"], **claims))
    body = {"id_token": id_token, "state": begun["state"]}
    return await door.post("oidc/google/token", json=body)

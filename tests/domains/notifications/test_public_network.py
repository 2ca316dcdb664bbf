"""Endpoints are strangers' URLs: none leads inside, whatever it is called or resolves to."""

import asyncio
import socket
from typing import Any

import httpcore
import msgspec
import pytest

from backend.integrations.addresses import is_public
from backend.integrations.public_network import NotPublic, PublicNetwork
from backend.integrations.push_answer import PushEnd
from backend.integrations.push_endpoint import is_endpoint_allowed
from backend.integrations.vapid import VapidKeys, WebPushSettings
from backend.integrations.web_push import WebPush
from tests.domains.notifications.push_service import PushService

INSIDE = [
    "127.0.0.1",
    "127.8.9.1",
    "::1",
    "0.0.0.0",  # noqa: S104 - refused
    "::",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "192.0.2.1",
    "198.18.0.1",
    "not an address",
    "",
]
OUTSIDE = ["8.8.8.8", "142.250.185.74", "2a00:1450:4001:81b::200a", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_on_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
        "https://web.push.apple.com:443/QGk",
        "https://wns2-par02p.notify.windows.com/w/?token=B%3d",
    ],
)
def test_push_services_are_allowed(endpoint: str) -> None:
    assert is_endpoint_allowed(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "not a url",
        "http://fcm.googleapis.com/fcm/send/abc",
        "ftp://fcm.googleapis.com/",
        "file:///etc/passwd",
        "https://",
        "https://localhost/push",
        "https://printer/push",
        "https://printer.local/push",
        "https://metadata.google.internal/push",
        "https://127.0.0.1/push",
        "https://10.0.0.1/push",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/push",
        "https://[::ffff:10.0.0.1]/push",
        "https://2130706433/push",
        "https://0x7f.1/push",
        "https://127.0.0.0x1./push",
        "https://user:secret@push.example.org/push",
        "https://push.example.org:8443/push",
        "https://push.example.org:99999/push",
        "https://push.example.org/push#part",
        "https://push.example.org/a b",
        "https://push.example.org/\r\nHost: inside",
        "https://püsh.example.org/push",
        "https://push.example.org/" + "x" * 2_000,
    ],
)
def test_what_is_no_push_service_is_not_allowed(endpoint: str) -> None:
    assert not is_endpoint_allowed(endpoint)


@pytest.mark.parametrize("host", ["0x7f.1", "127.1", "0177.0.0.1"])
async def test_an_address_in_disguise_is_not_connected_to(host: str) -> None:
    with pytest.raises(httpcore.ConnectError):
        await PublicNetwork().connect_tcp(host, 443, timeout=1.0)


def resolving_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Have every name resolve to these addresses; returns the names that were asked for."""
    asked: list[str] = []

    async def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, port)) for found in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve, raising=False)
    return asked


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["10.0.0.1"], ["::ffff:10.0.0.1"], ["8.8.8.8", "192.168.0.1"], ["::1"]],
)
async def test_a_name_that_leads_inside_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    asked = resolving_to(monkeypatch, *addresses)
    with pytest.raises(NotPublic):
        await PublicNetwork().connect_tcp("push.example.org", 443, timeout=1.0)
    assert asked == ["push.example.org"]


async def test_a_name_is_resolved_once_and_its_checked_address_is_connected_to(
    monkeypatch: pytest.MonkeyPatch, service: PushService
) -> None:
    # Asked a second time the name leads inside; but nobody asks, and what is connected to is an
    # address and no name.
    asked = resolving_to(monkeypatch, "127.0.0.1")
    stream = await PublicNetwork(allows_loopback=True).connect_tcp(
        "rebinding.example.org", service.port, timeout=2.0
    )
    assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
    assert [name for name in asked if name != "127.0.0.1"] == ["rebinding.example.org"]
    await stream.aclose()


async def test_a_socket_file_is_not_on_the_network() -> None:
    with pytest.raises(NotPublic):
        await PublicNetwork().connect_unix_socket("/run/docker.sock")


async def test_a_sender_without_the_setting_for_tests_reaches_nothing_on_this_machine(
    service: PushService, keys: VapidKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = WebPush(WebPushSettings(private_key=keys.private_key))
    kept = service.phone("annas").subscription
    assert (await strict.send(kept, b"{}")).end is PushEnd.REFUSED
    asked = resolving_to(monkeypatch, "127.0.0.1")
    named = msgspec.structs.replace(kept, endpoint="https://push.example.org/push/annas")
    pushed = await strict.send(named, b"{}")
    assert (pushed.end, pushed.why) == (PushEnd.REFUSED, "the name leads into a private network")
    assert asked == ["push.example.org"]
    assert service.requests == 0
    await strict.close()


def test_a_refused_connection_is_a_refusal_of_httpcore_too() -> None:
    assert issubclass(NotPublic, httpcore.ConnectError)

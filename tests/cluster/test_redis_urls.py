"""Where Redis is, as a URL says it: what a client is configured with, and what cannot be read."""

import re
from typing import Any

import pytest
from redis.asyncio import Redis, SSLConnection
from redis.asyncio.sentinel import SentinelManagedConnection, SentinelManagedSSLConnection

from backend.integrations.redis_url import RedisUrlWrong, check_redis_url, open_redis


def pool_of(url: str) -> Any:
    """Make a client, and look at what it will connect with."""
    check_redis_url(url)
    return open_redis(url, Redis, within_s=1.5).connection_pool


def asked_at(pool: Any) -> list[dict[str, Any]]:
    """List how its Sentinels are asked."""
    return [one.connection_pool.connection_kwargs for one in pool.sentinel_manager.sentinels]


def login_of(configured: dict[str, Any]) -> tuple[str | None, str | None]:
    """Say as whom it signs in."""
    return configured.get("username"), configured.get("password")


def test_sentinels_are_asked_where_the_url_says_also_by_addresses_in_brackets() -> None:
    pool = pool_of("redis+sentinel://[::1]:26380,[2001:db8::7],s3,10.0.0.4:5/tan%20dem/2")
    assert [(at["host"], at["port"]) for at in asked_at(pool)] == [
        ("::1", 26380),
        ("2001:db8::7", 26379),
        ("s3", 26379),
        ("10.0.0.4", 5),
    ]
    assert pool.service_name == "tan dem"
    assert pool.connection_kwargs["db"] == 2
    assert issubclass(pool.connection_class, SentinelManagedConnection)
    assert not issubclass(pool.connection_class, SSLConnection)
    for limits in (pool.connection_kwargs, *asked_at(pool)):
        assert limits["socket_timeout"] == limits["socket_connect_timeout"] == 1.5


def test_redis_and_its_sentinels_are_signed_in_at_each_as_the_url_says() -> None:
    pool = pool_of(
        "redis+sentinel://user:p%40ss%2F@s1/main?sentinel_username=watch&sentinel_password=a%26b+c"
    )
    assert login_of(pool.connection_kwargs) == ("user", "p@ss/")
    (sentinel,) = asked_at(pool)
    assert login_of(sentinel) == ("watch", "a&b+c")


def test_without_credentials_of_their_own_sentinels_are_asked_without_any() -> None:
    pool = pool_of("redis+sentinel://:secret@s1/main")
    assert login_of(pool.connection_kwargs) == (None, "secret")
    (sentinel,) = asked_at(pool)
    assert login_of(sentinel) == (None, None)


def test_rediss_means_tls_to_redis_and_to_the_sentinels() -> None:
    pool = pool_of("rediss+sentinel://s1,s2/main?ssl_ca_certs=/etc/ca.pem")
    assert issubclass(pool.connection_class, SentinelManagedSSLConnection)
    connection = pool.make_connection()
    assert connection.ssl_context.cert_reqs.name == "CERT_REQUIRED"
    assert connection.ssl_context.ca_certs == "/etc/ca.pem"
    for sentinel in pool.sentinel_manager.sentinels:
        asked = sentinel.connection_pool
        assert issubclass(asked.connection_class, SSLConnection)
        assert asked.connection_kwargs["ssl_ca_certs"] == "/etc/ca.pem"


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "redis://user:p%40ss@localhost:6380/3",
        "redis://[::1]:6379/0",
        "rediss://localhost/0?ssl_cert_reqs=none",
        "unix:///run/redis.sock?db=2",
    ],
)
def test_one_server_is_named_as_redis_py_has_it(url: str) -> None:
    assert pool_of(url).connection_kwargs["socket_timeout"] == 1.5


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("bogus", "begins with one of"),
        ("http://localhost", "begins with one of"),
        ("redis://", "names a host"),
        ("redis://localhost:99999/0", "host or its port"),
        ("redis://localhost:hush/0", "host or its port"),
        ("redis://localhost:0", "a port that is not 0"),
        ("redis://[::1", "host or its port"),
        ("redis://localhost/hush", "database is a number"),
        ("redis://localhost?db=hush", "an option of it"),
        ("redis://localhost?hush=1", "an option of it"),
        ("unix://", "path of a socket"),
        ("redis://one redis://other", "without spaces"),
        ("redis+sentinel://foo", "/master-name says where Sentinels are"),
        ("redis+sentinel:///main", "/master-name says where Sentinels are"),
        ("redis+sentinel://s1:99999/main", "a Sentinel is at"),
        ("redis+sentinel://s1,/main", "a Sentinel is at"),
        ("redis+sentinel://::1/main", "a Sentinel is at"),
        ("redis+sentinel://[::1:26379/main", "a Sentinel is at"),
        ("redis+sentinel://[::1]26379/main", "a Sentinel is at"),
        ("redis+sentinel://s1/main/hush", "database is a number"),
        ("redis+sentinel://s1/main?hush=1", "behind the ? may stand"),
        ("redis+sentinel://s1/main?ssl_ca_certs=/ca", "needs rediss+sentinel://"),
    ],
)
def test_what_cannot_be_read_is_said_without_what_may_be_secret(url: str, why: str) -> None:
    with pytest.raises(RedisUrlWrong, match=re.escape(why)) as raised:
        check_redis_url(url)
    assert "hush" not in str(raised.value)

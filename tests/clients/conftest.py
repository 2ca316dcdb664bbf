"""A server that the test speaks for, and phones of every kind to talk with it."""

from collections.abc import AsyncIterator, Callable

import pytest

from tests.clients.javascript_phone import JavascriptPhones
from tests.clients.phone import Phones
from tests.clients.python_phone import PythonPhones
from tests.clients.script_server import ScriptServer


@pytest.fixture
async def server() -> AsyncIterator[ScriptServer]:
    """A server without a will."""
    async with ScriptServer() as server:
        yield server


@pytest.fixture
async def javascript_phones() -> AsyncIterator[JavascriptPhones]:
    """Phones with the JavaScript client."""
    phones = JavascriptPhones()
    yield phones
    await phones.close()


@pytest.fixture(params=["python-json", "python-msgpack", "javascript"])
async def phones(request: pytest.FixtureRequest) -> AsyncIterator[Phones]:
    """Phones of every kind, one kind after the other."""
    kinds: dict[str, Callable[[], Phones]] = {
        "python-json": lambda: PythonPhones("json"),
        "python-msgpack": lambda: PythonPhones("msgpack"),
        "javascript": JavascriptPhones,
    }
    phones = kinds[request.param]()
    yield phones
    await phones.close()

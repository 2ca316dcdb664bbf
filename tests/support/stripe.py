"""Stripe for a test: one stand-in for all tests of a process, and a node that is told by it."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.embedded.stripe import SECRET_KEY, EmbeddedStripe, Endpoint
from tests.support.node import Node

WEBHOOK_SECRET = "whsec_of_a_test"  # noqa: S105 - it opens nothing but a test's node
PUBLISHABLE_KEY = "pk_test_of_a_test"


@pytest.fixture(scope="session")
def stand_in() -> Iterator[EmbeddedStripe]:
    """One stand-in for all tests of this process; it outlives the loop it was started in."""
    folder = Path(tempfile.mkdtemp(prefix="tandem-stripe-"))
    server = EmbeddedStripe(folder / "stripe", durable=False)
    asyncio.run(server.start())
    try:
        yield server
    finally:
        asyncio.run(server.stop())
        shutil.rmtree(folder)


def settings_of(stand_in: EmbeddedStripe) -> dict[str, Any]:
    """Say how a node uses the stand-in."""
    return {
        "stripe_secret_key": SECRET_KEY,
        "stripe_publishable_key": PUBLISHABLE_KEY,
        "stripe_webhook_secrets": WEBHOOK_SECRET,
        "stripe_api_base": stand_in.url,
    }


def endpoint_of(node: Node) -> Endpoint:
    """Say where a node wants to be told."""
    return Endpoint(
        url=f"{node.http_url}/v1/stripe/webhooks", secrets=[WEBHOOK_SECRET], retry_first_s=0.02
    )

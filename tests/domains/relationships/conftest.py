"""What the tests of this room have: a couple, and memory compared with rows at the end."""

import pytest

from tests.support.couple import couple
from tests.support.verify import verify_turn

__all__ = ["couple", "verify_turn"]


@pytest.fixture(autouse=True)
def verified(request: pytest.FixtureRequest) -> None:
    """Compare at the end of every test that runs a node."""
    if "node" in request.fixturenames:
        request.getfixturevalue("verify_turn")

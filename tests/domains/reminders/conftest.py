"""What every test here has that runs a node."""

import pytest

from tests.support.couple import couple
from tests.support.verify import verify_turn

__all__ = ["couple", "verify_turn"]


@pytest.fixture(autouse=True)
def verified(request: pytest.FixtureRequest) -> None:
    """Compare memory with rows at the end of every test that runs a node."""
    if "node" in request.fixturenames:
        request.getfixturevalue("verify_turn")

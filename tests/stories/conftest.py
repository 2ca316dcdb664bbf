"""What every story has: a couple, and at its end the promise that memory and rows agree."""

import pytest

from tests.support.couple import couple
from tests.support.verify import verify_turn

__all__ = ["couple", "verify_turn"]


@pytest.fixture(autouse=True)
def verified(verify_turn: None) -> None:
    """Ask for it everywhere."""

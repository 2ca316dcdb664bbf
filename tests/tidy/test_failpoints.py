"""Failpoints: those the code passes are those that are listed, and the other way round."""

import ast

from backend.persistence.failpoints import FAILPOINTS
from tests.tidy.sources import modules


def test_every_failpoint_is_listed_and_every_listed_one_is_passed() -> None:
    passed = [
        node.args[0].value
        for module in modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", None) or getattr(node.func, "attr", None)) == "reach"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]
    assert set(passed) == set(FAILPOINTS)
    assert len(FAILPOINTS) == len(set(FAILPOINTS))

"""The page exists where the demo does, and nowhere else."""

import pytest

from backend.assembly import create_app
from backend.settings import Settings


@pytest.mark.parametrize("is_demo", [True, False])
def test_the_page_and_its_passwords_belong_to_the_demo(*, is_demo: bool) -> None:
    settings = Settings(database_url="postgresql://nowhere/none", is_demo=is_demo)
    paths = {route.path for route in create_app(settings).routes}
    assert "/healthz" in paths
    for path in ("/", "/v1/demo"):
        assert (path in paths) is is_demo
    assert any(path.startswith("/page") for path in paths) is is_demo

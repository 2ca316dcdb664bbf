"""The application object, for any ASGI server: `uvicorn litestar_app:app`."""

from backend.assembly import create_app
from backend.settings import Settings

app = create_app(Settings.from_env())

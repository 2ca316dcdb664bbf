"""Finding a database that is in use, for commands that work beside the servers."""

from collections.abc import Mapping
from pathlib import Path

from backend.embedded import EmbeddedPostgres, database_urls
from backend.running.folder import DataFolder
from backend.settings import SettingWrong


def find_database(data: Path, environ: Mapping[str, str]) -> str:
    """Name the database of the environment, else that of a run with this data folder.

    Raises SettingWrong.
    """
    if url := environ.get("DATABASE_URL"):
        return url
    postgres = EmbeddedPostgres(DataFolder(data).postgres)
    if not postgres.find():
        raise SettingWrong(
            f"DATABASE_URL says which database; set it, for nothing runs in {data} (--data) either."
        )
    return database_urls(postgres).app

"""A PostgreSQL that keeps what it acknowledges: the embedded one, in a folder of its own, gone afterwards."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from api.server.embedded import EmbeddedPostgres

MUST_BE_ON = ("fsync", "synchronous_commit", "full_page_writes", "track_commit_timestamp")


class NotDurable(Exception):
    """A server that may lose what it acknowledged is faster than it may be; nothing is measured on it."""


class Cluster:
    """databases are made by name, each empty; `folder` is for whatever else must be gone afterwards."""

    def __init__(self, server: EmbeddedPostgres, folder: Path) -> None:
        self._server = server
        self.folder = folder

    def database(self, name: str) -> str:
        """The URL of a new database."""
        with psycopg.connect(self._server.url(database="postgres"), autocommit=True) as admin:
            admin.execute(f"create database {name} template template0 strategy file_copy")
        url = self._server.url(database=name)
        check_durable(url)
        return url

    def copy(self, url: str, name: str) -> str:
        """The URL of a new database with all that another one holds, which nobody may be using."""
        with psycopg.connect(self._server.url(database="postgres"), autocommit=True) as admin:
            original = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
            admin.execute(f"create database {name} template {original} strategy file_copy")
        return self._server.url(database=name)

    def drop(self, url: str) -> None:
        with psycopg.connect(self._server.url(database="postgres"), autocommit=True) as admin:
            admin.execute(f"drop database {psycopg.conninfo.conninfo_to_dict(url)['dbname']} with (force)")


@contextmanager
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="factledger-bench-"))
    folder.chmod(0o711)  # the server's user must be able to come in
    try:
        with EmbeddedPostgres(folder / "postgres") as server:
            with psycopg.connect(server.url(database="postgres"), autocommit=True) as admin:
                # So that the database itself says when each event was committed, for us and for the peers.
                admin.execute("alter system set track_commit_timestamp = on")
            server.stop()
            server.start()
            yield Cluster(server, folder)
    finally:
        shutil.rmtree(folder)


def check_durable(url: str) -> None:
    with psycopg.connect(url) as connection:
        for setting in MUST_BE_ON:
            row = connection.execute(f"show {setting}").fetchone()
            if row != ("on",):
                raise NotDurable(f"{setting} is {row[0] if row else 'unknown'}, and must be on")

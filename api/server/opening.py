"""Opens the ledger's database, and makes it one where it is none yet. Loads no more than that takes."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from api.server.embedded import EmbeddedPostgres
from api.server.settings import Settings
from ledger.refusals import DatabaseAway
from ledger.store.database import Database, DatabaseError
from ledger.store.migrate import migrate, pending
from projections.engine.tables import is_set_up


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The ledger's database, prepared: the one that was named, or the embedded one in the settings' home."""
    embedded = None if settings.database_url else EmbeddedPostgres(settings.home / "postgres")
    with embedded or nullcontext():
        url = settings.database_url or (embedded.url() if embedded else "")
        database = Database(url, settings.schema, settings.clock_skew)
        prepare(database)
        yield database


def prepare(database: Database) -> None:
    """Brings schema and views to the present before anyone reads them, where they are not there yet.

    Only then a login is needed that may.
    """
    if not is_prepared(database):
        from projections.engine.catch_up import catch_up
        from projections.engine.tables import set_up

        migrate(database)
        if set_up(database):
            with database.connect(name="fill views") as connection:
                catch_up(connection)


def is_prepared(database: Database) -> bool:
    try:
        with database.connect(name="look") as connection:
            return not pending(connection) and is_set_up(connection)
    except (DatabaseError, DatabaseAway):
        return False

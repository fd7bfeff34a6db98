"""Peer 3: SQLAlchemy-Continuum, for the history of a fact and the story as it stood."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, configure_mappers, mapped_column
from sqlalchemy_continuum import make_versioned, transaction_class, version_class

make_versioned(user_cls=None)


class Base(DeclarativeBase):
    pass


class Fact(Base):
    __tablename__ = "fact"
    __versioned__: ClassVar[dict[str, Any]] = {}

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    story: Mapped[str]
    statement: Mapped[str]
    version: Mapped[int]
    rest: Mapped[dict[str, Any]] = mapped_column(sa.JSON)


configure_mappers()
FactVersion: Any = version_class(Fact)
Transaction: Any = transaction_class(Fact)


class Newsroom:
    """One story and its facts, in a database of its own."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        Base.metadata.create_all(self._engine)
        # Else each correction would load what it changes anew, and each load would write what is pending: ten thousand
        # of them took minutes.
        self.session = Session(self._engine, expire_on_commit=False)

    def close(self) -> None:
        self.session.close()
        self._engine.dispose()

    def tell(
        self, story: str, facts: Sequence[dict[str, Any]], corrections: Sequence[tuple[int, str]]
    ) -> None:
        """A whole story. A transaction takes one correction of each fact at most, for it makes one version of it."""
        self.session.add_all(
            Fact(id=number, story=story, statement=fact["statement"], version=1, rest=fact)
            for number, fact in enumerate(facts, start=1)
        )
        self.session.commit()
        held = {fact.id: fact for fact in self.session.query(Fact)}
        touched: set[int] = set()
        for number, statement in corrections:
            if number in touched:
                self.session.commit()
                touched.clear()
            touched.add(number)
            held[number].statement = statement
            held[number].version += 1
        self.session.commit()
        self.session.expunge_all()  # who asks finds nothing in memory
        with self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("analyze"))

    def moments(self) -> list[datetime]:
        return [at for (at,) in self.session.query(Transaction.issued_at).order_by(Transaction.id)]

    def document(self, story: str, as_of: datetime) -> bytes:
        """The story as it stood at an instant, as JSON."""
        then = self.session.query(sa.func.max(Transaction.id)).filter(Transaction.issued_at <= as_of).scalar()
        rows = (
            self.session.query(FactVersion)
            .filter(
                FactVersion.story == story,
                FactVersion.transaction_id <= then,
                sa.or_(FactVersion.end_transaction_id.is_(None), FactVersion.end_transaction_id > then),
            )
            .order_by(FactVersion.id)
        )
        text = orjson.dumps({"story": story, "facts": [_shown(row) for row in rows]})
        self.session.expunge_all()  # the next question is a new one
        return text

    def history(self, number: int) -> bytes:
        """Every version of one fact, as JSON."""
        fact: Any = self.session.get(Fact, number)
        text = orjson.dumps([_shown(version) for version in fact.versions])
        self.session.expunge_all()
        return text


def _shown(row: Any) -> dict[str, Any]:
    return {**row.rest, "fact": row.id, "version": row.version, "statement": row.statement}

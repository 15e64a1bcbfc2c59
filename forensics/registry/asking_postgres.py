"""Asking a PostgreSQL store: one statement for any number of queries, so that a thousand cost one round trip.

``inet`` values are compared by the database (``&&``: one block contains the other) under an SP-GiST index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from forensics.errors import DataError
from forensics.registry.asking import Live, Row, read_rows
from forensics.registry.database import GENESIS, SCHEMA_VERSION, inet_of
from forensics.registry.indicator import blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from forensics.model import Record
    from forensics.registry.matching import Question

_HEAD, _SCHEMA = -1, -2
_ASK = text(
    "SELECT q.place, v.record_no, v.version, v.body"
    " FROM unnest(CAST(:places AS int[]), CAST(:networks AS inet[])) AS q(place, network)"
    " JOIN registry_block b ON b.network && q.network JOIN registry_version v ON v.record_no = b.record_no"
    " UNION ALL SELECT q.place, v.record_no, v.version, v.body"
    " FROM unnest(CAST(:text_places AS int[]), CAST(:texts AS text[]), CAST(:kinds AS text[])) AS q(place, network, kind)"
    " JOIN registry_record r ON r.network = q.network AND r.kind = q.kind"
    " JOIN registry_version v ON v.record_no = r.no"
    " UNION ALL (SELECT -1, seq, 0, digest FROM registry_version ORDER BY seq DESC LIMIT 1)"
    " UNION ALL SELECT -2, version, CAST((SELECT sample FROM registry_about) AS int), (SELECT name FROM registry_about)"
    " FROM registry_schema"
)


class PostgresAsking:
    """The look-ups of one database."""

    def __init__(self, engine: Engine, where: str) -> None:
        """Keep the engine; ``where`` names the database without its password."""
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._where = where

    def candidates(self, questions: Sequence[Question]) -> tuple[Live, list[list[Record]]]:
        """Return all versions of the records that may speak of each question, by one statement."""
        try:
            with self._engine.connect() as connection:
                rows = connection.execute(_ASK, _asked(questions)).all()
        except DatabaseError as error:
            what = f"the registry cannot be read: {str(error.orig).splitlines()[0][:200]}"
            raise DataError(what, where=self._where, hint="Check the database; `registry add` makes a store") from error
        found: dict[int, list[Row]] = {}
        for place, *row in rows:
            found.setdefault(place, []).append((row[0], row[1], row[2]))
        return self._live(found), [read_rows(found.get(place, [])) for place in range(len(questions))]

    def close(self) -> None:
        """Nothing is kept open here."""

    def _live(self, found: dict[int, list[Row]]) -> Live:
        schema, sample, name = max(found[_SCHEMA])
        if schema != SCHEMA_VERSION:
            what = f"the registry has schema {schema}, this version knows {SCHEMA_VERSION}"
            raise DataError(what, where=self._where, hint="Use a newer version of this tool, or another registry")
        seq, _, digest = found.get(_HEAD, [(0, 0, GENESIS)])[0]
        return Live(name, f"live.{seq}", digest, bool(sample), seq)


def _asked(questions: Sequence[Question]) -> dict[str, Any]:
    networks = [
        (place, inet_of(item.version, first, length))
        for place, one in enumerate(questions)
        for item in one.spans
        for first, length in blocks(item)
    ]
    texts = [(place, text, kind) for place, one in enumerate(questions) for kind, text in one.texts]
    return {
        "places": [place for place, _ in networks],
        "networks": [network for _, network in networks],
        "text_places": [place for place, _, _ in texts],
        "texts": [found for _, found, _ in texts],
        "kinds": [kind for _, _, kind in texts],
    }

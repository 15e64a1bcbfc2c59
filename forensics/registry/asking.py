"""How a database is asked for the records near a query: the contract, and the reading of what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from forensics.registry.lines import read_line, with_ends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forensics.model import Record
    from forensics.registry.matching import Question

Row = tuple[int, int, str]
"""Number of the record, version, line."""


@dataclass(frozen=True, slots=True)
class Live:
    """What a match says about a live store: the number of versions and the head of their chain name its state."""

    name: str
    version: str
    digest: str
    sample: bool
    records: int = 0


class Asking(Protocol):
    """One way to a database."""

    def candidates(self, questions: Sequence[Question]) -> tuple[Live, list[list[Record]]]:
        """Return the state asked and, for every question, all versions of the records that may speak of it.

        Raises:
            DataError: the database cannot be read, or is of a newer schema.
        """

    def close(self) -> None:
        """Close the connection."""


def read_rows(rows: Sequence[Row]) -> list[Record]:
    """Return the records of rows (any order, repeated ones once), each version superseded by the next."""
    by_record: dict[int, dict[int, str]] = {}
    for no, version, line in rows:
        by_record.setdefault(no, {})[version] = line
    found: list[Record] = []
    for lines in by_record.values():
        if len(lines) == 1:
            found.append(read_line(next(iter(lines.values()))))
        else:
            found += with_ends(read_line(lines[version]) for version in sorted(lines))
    return found

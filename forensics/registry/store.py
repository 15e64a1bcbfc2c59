"""The contract of stores: where records are kept, so that they can be added to and asked, and never be overwritten.

==============================  ======================================================================================
``DIR`` or ``FILE.jsonl``       a registry as files, read whole; ``append`` is for databases, files are edited or released
``FILE.sqlite``                 an embedded store, one file, made at the first ``append``
``postgresql://…``              a shared store of a community (extra ``postgres``)
==============================  ======================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from forensics.model import Record
    from forensics.registry.files import Registry
    from forensics.registry.matching import Lookup, OriginAs


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """What an ``append`` did. ``held`` says in sentences which records stay candidates, and why."""

    added: int
    unchanged: int
    held: tuple[str, ...] = ()


class Store(Protocol):
    """A place for record versions. Everything is answered as of a day of the event and a day of knowledge."""

    def append(self, records: Iterable[Record]) -> Appended:
        """Add versions, all or none, in one transaction.

        ``version`` and ``superseded_at`` are given by the store. A record that says what its current version says adds
        nothing (days of recording apart), so importing twice is harmless. Several versions of one id have to come in
        record time and with ascending ``version``; the same number twice is an error.

        Raises:
            DataError: a change of state is not allowed, or an id comes twice.
            StorageError: the store cannot be written; it is as it was.
        """

    def versions(self) -> Iterator[Record]:
        """Yield every version by id and number, ``superseded_at`` filled in, without holding them all."""

    def lookup(
        self,
        query: str,
        *,
        at: date | None = None,
        known_at: date | None = None,
        origin: OriginAs | None = None,
        neighbours: bool = False,
    ) -> Lookup:
        """Return every record that speaks of ``query``, the nearest ring first (``matching``)."""

    def lookup_many(
        self, queries: Sequence[str], *, at: date | None = None, known_at: date | None = None
    ) -> list[Lookup]:
        """Return the answers to many queries in their order, asked together."""

    def registry(self) -> Registry:
        """Return the whole store as a registry, for a release or a case."""

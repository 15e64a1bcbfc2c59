"""What is served: read once, cut to each marking once, and read again when the registries change.

A retraction has to reach clients at once, so every request asks whether something changed; that is a look at a file's
time, or at a database's newest version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.registry.record import TLP
from forensics.serve.offered import Collection, Ledger, collection_of
from forensics.serve.sight import Sight, markings, sight_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from datetime import date

    from forensics.registry.files import Registry
    from forensics.registry.matching import OriginAs

    Origins = Callable[[Sequence[str], date | None], list[OriginAs | None]]
    """The AS that dated context gives for each query on a day; ``None`` for what is no address."""


class Holdings:
    """Some registries and their sights."""

    def __init__(
        self, read: Callable[[], Sequence[Registry]], state: Callable[[], Hashable], origins: Origins, ledger: Ledger
    ) -> None:
        """``read`` returns the registries, ``state`` something that differs when they have changed."""
        self._read, self._state, self.origins, self._ledger = read, state, origins, ledger
        self._seen: Hashable = None
        self._registries: tuple[Registry, ...] = ()
        self._sights: dict[str, Sight] = {}
        self._collections: dict[str, Collection] = {}

    def sight(self, tlp: str) -> Sight:
        """Return what a client of a marking sees.

        Raises:
            DataError: a registry can no longer be read; nothing is answered from what was read before.
        """
        self._refresh()
        if tlp not in self._sights:
            self._sights[tlp] = sight_of(self._registries, tlp)
        return self._sights[tlp]

    def collections(self, tlp: str) -> list[Collection]:
        """Return the collections that a client of a marking sees, the widest audience first."""
        return [self._collection(one) for one in markings(tlp)]

    def above(self, tlp: str) -> int:
        """Return how many record versions are not shown up to a marking: for the operator, never for a client."""
        self._refresh()
        return sum(len(one.records) for one in self._registries) - sum(
            len(one.records) for one in self.sight(tlp).registries
        )

    def _collection(self, tlp: str) -> Collection:
        sight = self.sight(tlp)
        if tlp not in self._collections:
            self._collections[tlp] = collection_of(sight, self._ledger)
        return self._collections[tlp]

    def _refresh(self) -> None:
        state = self._state()
        if self._registries and state == self._seen:
            return
        self._registries = ()
        self._sights.clear()
        self._collections.clear()
        self._registries = tuple(self._read())
        self._seen = state


EVERYTHING = TLP[-1]

"""The store that records are added to: the one the user names, or the user's own file in the data folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.errors import StorageError
from forensics.pipeline.own_folder import own_store
from forensics.registry.opening import open_store, shown
from forensics.registry.store import Appended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forensics.model import Record
    from forensics.registry.casting import Version
    from forensics.registry.database_store import DatabaseStore
    from forensics.registry.importing import Shelf


class _File:
    """An SQLite store that is made with the first thing that is put into it: an import of nothing leaves nothing."""

    def __init__(self, store: DatabaseStore, path: Path) -> None:
        """Keep the store and where its file is or will be."""
        self._store = store
        self._path = path

    def naming(self, named: Sequence[tuple[str, str]]) -> list[Record]:
        """Return what is there."""
        return self._store.naming(named) if self._path.is_file() else []

    def append(self, records: Sequence[Version]) -> Appended:
        """Add versions, in a new file if need be."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            what = f"the folder of the registry cannot be made: {error.strerror}"
            raise StorageError(what, where=self._path.name, hint="Name another file with --registry") from error
        return self._store.append(records)


@contextmanager
def adding_to(named: str) -> Iterator[tuple[Shelf, str]]:
    """Yield the named store ("" for the user's own) and its name for messages.

    Raises:
        UsageError: what is named is no store.
    """
    path = Path(named) if named else own_store()
    store = open_store(named or str(path))
    try:
        if "://" in named:
            store.create()
            yield store, shown(named)
        else:
            yield _File(store, path), path.name if named else f"{path.name} in your data folder"
    finally:
        store.close()

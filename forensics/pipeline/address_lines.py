"""Addresses as JSON lines, many at once: the documented row of each (``docs/schemas/address.json``).

"Then" is the first day on which the address used an account; for other addresses, the first day it was seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from forensics.pipeline.context_rows import context_columns
from forensics.pipeline.session_lines import days, iso_texts
from forensics.sentence import plain

if TYPE_CHECKING:
    import pyarrow as pa

    from forensics.enrichment.context import Grouped
    from forensics.model import AddressContext

SCHEMA = "forensics/address/1"
Dated = tuple[dict[str, Any], "date | None"]
"""The row of an address without its context, and the day whose context it has."""


class _Line(msgspec.Struct):
    """The keys of a row that come before those of its context, in their order."""

    schema: str
    address: str
    role: str
    first: str | None
    last: str | None
    events: int
    providers: list[str]


_COLUMNS = _Line.__struct_fields__[1:]
_encode = msgspec.json.Encoder(enc_hook=plain).encode


class AddressBatch:
    """Some addresses of a case (``SessionStore.address_batches``) with what the registries list, ``""`` for nothing."""

    def __init__(self, batch: pa.RecordBatch, listed: Sequence[str]) -> None:
        """``listed`` are as many as the batch has rows."""
        self._batch = batch
        self.listed = listed

    def __len__(self) -> int:
        """Return the number of addresses."""
        return int(self._batch.num_rows)

    @cached_property
    def days(self) -> list[date | None]:
        """The day of each address whose context is told."""
        used, seen = days(self._batch.column("used")), days(self._batch.column("first"))
        return [day or first for day, first in zip(used, seen, strict=True)]

    @cached_property
    def roles(self) -> list[str]:
        """The role of each address; one without sessions has none, which is not known."""
        return [role or "unknown" for role in self._batch.column("role").to_pylist()]

    @cached_property
    def addresses(self) -> list[str]:
        """The addresses."""
        return addresses_of(self._batch)

    @cached_property
    def _columns(self) -> dict[str, list[Any]]:
        moments = {name: iso_texts(self._batch.column(name)) for name in ("first", "last")}
        plain_ones = {name: self._batch.column(name).to_pylist() for name in ("events", "providers")}
        return {"address": self.addresses, "role": self.roles, **moments, **plain_ones}

    def row(self, place: int) -> Dated:
        """Return one row, without its context."""
        told = {name: self._columns[name][place] for name in _COLUMNS}
        return {"schema": SCHEMA, **told, "registry": self.listed[place]}, self.days[place]

    def lines(self, contexts: Grouped) -> Iterator[bytes]:
        """Yield one line per address."""
        pieces = [(_pieces(context), context.prefix) for context in contexts.contexts]
        listed = {words: b',"registry":' + spelled(words) + b"}\n" for words in set(self.listed)}
        rows = zip(*(self._columns[name] for name in _COLUMNS), strict=True)
        for row, of, prefix, words in zip(rows, contexts.of, contexts.prefixes, self.listed, strict=True):
            (before, behind), own = pieces[of]
            yield b"".join(
                (_encode(_Line(SCHEMA, *row))[:-1], before, _encode(prefix or own or None), behind, listed[words])
            )


def addresses_of(batch: pa.RecordBatch) -> list[str]:
    """Return the addresses of a batch."""
    found: list[str] = batch.column("address").to_pylist()
    return found


def _pieces(context: AddressContext) -> tuple[bytes, bytes]:
    """Spell what a line says of a context, before the block around the address and behind it."""
    columns = context_columns(context)
    names = list(columns)
    split = names.index("prefix")
    before, behind = ({name: columns[name] for name in part} for part in (names[:split], names[split + 1 :]))
    return b"," + spelled(before)[1:-1] + b',"prefix":', b"," + spelled(behind)[1:-1]


def spelled(value: Any) -> bytes:
    """Spell a value as JSON; half characters, which only the slow encoder takes, as their escapes."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")

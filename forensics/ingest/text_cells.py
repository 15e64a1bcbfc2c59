"""Columns of the event table out of one buffer: every text is cut out of it in one copy.

The buffer is a chunk of a file followed by texts that do not stand in it. One Arrow string array over it has all cells of
all lines as elements (``Cells``); a column is a ``take`` from it, and several elements that follow one another in such a
``take`` can be read as one text.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from forensics.digests import Digests, hexadecimal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from forensics.ingest.byte_windows import Bytes, Flags, Ints


_ID_LENGTH = 32  # of ``event_id``, in hexadecimal digits
ROOM = 65_536
"""Bytes behind a chunk in which texts stand that it does not hold; more are made when they are full."""


class Cells:
    """All texts of a chunk as elements of one string array; ``add`` appends texts that do not stand in the chunk.

    ``raw`` is the chunk as bytes; behind it there are always some more, so that a window may reach over its end.
    """

    def __init__(self, data: bytes, cells: Ints) -> None:
        """``cells``: start and end of each field of each ordinary line, ascending."""
        self.spans = cells.ravel()
        self.raw: Bytes = np.zeros(len(data) + ROOM, np.uint8)
        self.raw[: len(data)] = np.frombuffer(data, np.uint8)
        self.ends = [len(data)]
        self.known: dict[str, int] = {}
        self.empty = self.add("")

    def add(self, text: str) -> int:
        """Return the element number of a text; equal texts share one."""
        number = self.known.get(text)
        if number is None:
            number = self.known[text] = len(self.spans) + len(self.ends) - 1
            encoded = text.encode("utf-8", "backslashreplace")
            start, end = self.ends[-1], self.ends[-1] + len(encoded)
            if end > len(self.raw) - ROOM // 2:
                self.raw = np.concatenate([self.raw[:start], np.zeros(len(encoded) + start + ROOM, np.uint8)])
            self.raw.data[start:end] = encoded
            self.ends.append(end)
        return number

    def table(self, codes: Ints, text_of: Callable[[int], str]) -> Ints:
        """Return element numbers for small non-negative codes, making each text that occurs once."""
        present = np.flatnonzero(np.bincount(codes)).tolist()
        numbers = np.zeros(int(codes.max()) + 1 if len(codes) else 1, np.int64)
        for code in present:
            numbers[code] = self.add(text_of(code))
        return numbers[codes]

    def array(self) -> pa.StringArray:
        """Return the string array of the chunk and of what was added so far."""
        offsets = np.concatenate([self.spans, self.ends]).astype(np.int32)
        return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(self.raw))


def joined(array: pa.StringArray, pieces: Ints) -> pa.StringArray:
    """Take all pieces as one array and read each row's neighbours as one string."""
    taken = array.take(array_of(pieces.ravel()))
    offsets = np.frombuffer(taken.buffers()[1], np.int32)[: len(taken) + 1 : pieces.shape[1]]
    return pa.StringArray.from_buffers(len(pieces), pa.py_buffer(np.ascontiguousarray(offsets)), taken.buffers()[2])


class Identity:
    """Gives ``model.event_id`` of the rows of one member; what stands before the place is digested once."""

    def __init__(self, exhibit: str, member: str) -> None:
        """See ``Evidence`` for both."""
        self._digests = Digests(f"{exhibit}\n{member}\n".encode("utf-8", "surrogateescape"))

    def of(self, place: str) -> str:
        """Return the id of the row at a place."""
        return self._digests.of(place.encode("utf-8", "surrogateescape")).hex()[:_ID_LENGTH]

    def column(self, places: pa.StringArray) -> pa.StringArray:
        """Return the ids of the rows at many places."""
        return hexadecimal(self._digests.column(places)[:, : _ID_LENGTH // 2])


def array_of(values: NDArray[Any], valid: Flags | None = None) -> pa.Array:
    """Wrap numbers without a copy; ``pa.array`` looks for pandas at every call, which costs more."""
    bits = None if valid is None or valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [bits, pa.py_buffer(np.ascontiguousarray(values))])


def enum_of(codes: NDArray[Any], values: Sequence[str]) -> pa.DictionaryArray:
    """Return a column of the values of a closed list, given by their numbers in it."""
    return pa.DictionaryArray.from_arrays(array_of(codes.astype(np.int8)), pa.array([str(value) for value in values]))


def constant_of(kind: pa.DataType, value: str | None, count: int) -> pa.Array:
    """Return a column that holds one value, without making it anew where that was done before."""
    size = 1 << max(count - 1, 1).bit_length()
    return _repeated(kind, None if value is None else str(value), size).slice(0, count)


@lru_cache(maxsize=256)
def _repeated(kind: pa.DataType, value: str | None, count: int) -> pa.Array:
    if value is None:
        return pa.nulls(count, kind)
    if pa.types.is_dictionary(kind):
        return enum_of(np.zeros(count, np.int8), (value,))
    return pa.repeat(pa.scalar(value.encode("utf-8", "backslashreplace").decode()), count)

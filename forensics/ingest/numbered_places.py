"""Places that are told apart by numbers only (``line:17``, ``bytes:0-180``): a whole column of them, written as digits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forensics.ingest.text_cells import array_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forensics.ingest.byte_windows import Bytes, Ints

_GROUP = 4  # digits that are looked up together
_GROUPS = 10**_GROUP


def numbered(texts: Sequence[str], numbers: Sequence[Ints]) -> pa.StringArray:
    """Return text, number, text, number ... of each row; numbers are whole and not negative, as many as texts."""
    if not len(numbers[0]):
        return pa.array([], pa.string())
    widths = [len(str(int(column.min()))) for column in numbers]
    if any(len(str(int(column.max()))) != width for column, width in zip(numbers, widths, strict=True)):
        columns = [array_of(column).cast(pa.string()) for column in numbers]
        parts = [part for text, column in zip(texts, columns, strict=True) for part in (pa.scalar(text), column)]
        return pc.binary_join_element_wise(*parts, "")
    parts = []
    for text, column, width in zip(texts, numbers, widths, strict=True):
        parts += [np.frombuffer(text.encode(), np.uint8), _digits(column, width)]
    length, count = sum(part.shape[-1] for part in parts), len(numbers[0])
    written, at = np.empty((count, length), np.uint8), 0
    for part in parts:
        written[:, at : at + part.shape[-1]] = part
        at += part.shape[-1]
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(length)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(written))


def _digits(numbers: Ints, width: int) -> Bytes:
    """Return numbers of so many digits, a row each."""
    groups = -(-width // _GROUP)
    found = np.empty((len(numbers), groups), np.uint32)
    rest = numbers
    for group in range(groups - 1, -1, -1):
        higher = rest // _GROUPS
        found[:, group] = _spelled()[rest - higher * _GROUPS]
        rest = higher
    return found.view(np.uint8).reshape(len(numbers), groups * _GROUP)[:, groups * _GROUP - width :]


@cache
def _spelled() -> NDArray[np.uint32]:
    """Return the letters of every group of digits."""
    return np.array([f"{number:0{_GROUP}}".encode() for number in range(_GROUPS)], f"S{_GROUP}").view(np.uint32)

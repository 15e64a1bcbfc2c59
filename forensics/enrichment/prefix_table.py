"""Rows about prefixes or ranges, in any order, to the sorted, disjoint table that look-ups need.

Of prefixes that lie inside each other the most specific one answers, as in routing (RFC 4632 §5.1). Prefixes are two
``uint64`` halves and a length; everything is done on whole columns.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forensics.enrichment.addresses import parse
from forensics.enrichment.importer import MOST_CLASS_SETS, RowError
from forensics.enrichment.lookup import V4, RangeTable
from forensics.enrichment.trees import Leaves
from forensics.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

_HALF = 64
_ALL = (1 << _HALF) - 1
_V4_BITS, _V6_BITS = 32, 128


def address(text: str) -> tuple[int, int]:
    """Return (family, number) of an address; octal, short and scoped forms are refused.

    Raises:
        RowError: the text is no address.
    """
    try:
        packed = socket.inet_pton(socket.AF_INET, text)
        if socket.inet_ntop(socket.AF_INET, packed) == text:  # nearly all rows, and in a third of the time
            return V4, int.from_bytes(packed, "big")
    except (OSError, ValueError):
        pass
    try:
        found = parse(text)
    except UsageError as error:
        raise RowError(error.what) from error
    return found.version, int(found)


def prefix(text: str, length: str) -> tuple[int, int, int]:
    """Return (family, first address, length) of a prefix in two parts.

    Raises:
        RowError: no address, no length, or bits are set behind the length.
    """
    family, number = address(text)
    bits = _V4_BITS if family == V4 else _V6_BITS
    if not (length.isascii() and length.isdecimal() and len(length) <= 3 and int(length) <= bits):  # noqa: PLR2004
        raise RowError(f"not the length of an IPv{family} prefix: {length[:20]!r}")
    if number & ((1 << bits - int(length)) - 1):
        raise RowError(f"bits are set behind the length: {text[:60]}/{length}")
    return family, number, int(length)


def width(family: int) -> int:
    """Return how many bits an address of a family has."""
    return _V4_BITS if family == V4 else _V6_BITS


def halves(numbers: Iterable[int]) -> NDArray[np.uint64]:
    """Return addresses as two halves, shape (n, 2)."""
    import numpy as np

    held = [(number >> _HALF, number & _ALL) for number in numbers]
    return np.array(held, dtype=np.uint64).reshape(-1, 2)


def most_specific(network: NDArray[np.uint64], length: NDArray[Any], bits: int) -> Leaves:
    """Return disjoint ranges; the value of each is the row of the most specific prefix that covers it.

    ``network`` is (n, 2), without bits behind its length; no prefix may stand there twice.
    """
    import numpy as np

    size = len(network)
    masks = halves((1 << bits - free) - 1 for free in range(bits + 1))
    last = network | masks[length.astype(np.int64)]
    behind, wraps = _next(last, bits)
    points, place = _distinct(np.concatenate([network, behind]))
    first, stop = place[:size], np.where(wraps, len(points), place[size:])
    owner = np.full(len(points), -1, dtype=np.int64)
    for held in np.unique(length):
        rows = np.flatnonzero(length == held)
        counts = stop[rows] - first[rows]
        offset = np.repeat(first[rows] - (np.cumsum(counts) - counts), counts)
        owner[offset + np.arange(int(counts.sum()))] = np.repeat(rows, counts)
    end = np.concatenate([_previous(points[1:]), halves([(1 << bits) - 1] if size else [])])
    kept = owner >= 0
    return Leaves(bits=bits, start=points[kept], end=end[kept], value=owner[kept])


def _next(last: NDArray[np.uint64], bits: int) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Return the address behind each one, and whether there is none (then it is 0)."""
    import numpy as np

    behind = last.copy()
    behind[:, 1] += np.uint64(1)
    behind[:, 0] += (last[:, 1] == np.uint64(_ALL)).astype(np.uint64)
    wraps = (last == halves([(1 << bits) - 1])).all(axis=1)
    behind[wraps] = 0
    return behind, wraps


def _previous(points: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the address before each one (none of them is 0)."""
    import numpy as np

    before = points.copy()
    before[:, 0] -= (points[:, 1] == 0).astype(np.uint64)
    before[:, 1] -= np.uint64(1)
    return before


def _distinct(points: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return distinct addresses in ascending order, and the place of each given one among them."""
    import numpy as np

    order = np.lexsort((points[:, 1], points[:, 0]))
    held = points[order]
    fresh = np.ones(len(held), dtype=np.bool_)
    fresh[1:] = (held[1:] != held[:-1]).any(axis=1)
    place = np.empty(len(points), dtype=np.int64)
    place[order] = np.cumsum(fresh) - 1
    return held[fresh], place


def order_of(points: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the rank of each address among the distinct ones."""
    return _distinct(points)[1]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """What is known per row of the source; the words that ``classes`` and ``origins`` index, their first being ()."""

    asn: NDArray[np.uint32]
    country: NDArray[np.uint16]
    classes: NDArray[np.uint8]
    class_sets: tuple[tuple[str, ...], ...] = ((),)
    origins: NDArray[np.uint32] | None = None
    origin_sets: tuple[tuple[str, ...], ...] = ((),)
    visibility: NDArray[np.uint8] | None = None


def columns(
    size: int, *, asn: Any = None, country: Any = None, classes: Sequence[tuple[str, ...]] | None = None
) -> Columns:
    """Return the columns of a source that says an AS number, a packed country or class words per row, or some of these.

    Raises:
        DataError: more combinations of classes than a table can hold.
    """
    import numpy as np

    sets = ((), *sorted(set(classes or ()) - {()}))
    if len(sets) > MOST_CLASS_SETS:
        raise DataError(f"{len(sets)} combinations of classes are more than a table holds ({MOST_CLASS_SETS})")
    place = {words: number for number, words in enumerate(sets)}
    return Columns(
        asn=np.array(asn if asn is not None else np.zeros(size), dtype=np.uint32),
        country=np.array(country if country is not None else np.zeros(size), dtype=np.uint16),
        classes=np.array([place[words] for words in classes] if classes is not None else np.zeros(size), np.uint8),
        class_sets=sets,
    )


def table(leaves: Leaves, known: Columns) -> RangeTable:
    """Return ranges with the facts of the rows that own them; equal neighbours without a gap are joined.

    Ranges without any fact are left out.
    """
    import numpy as np

    parts: list[NDArray[Any] | None] = [known.asn, known.country, known.classes, known.origins, known.visibility]
    facts = np.stack([part[leaves.value].astype(np.int64) for part in parts if part is not None], axis=1)
    kept = facts[:, :3].any(axis=1)
    start, end, facts, owner = leaves.start[kept], leaves.end[kept], facts[kept], leaves.value[kept]
    fresh = np.ones(len(facts), dtype=np.bool_)
    if len(facts):
        apart = (_next(end[:-1], leaves.bits)[0] != start[1:]).any(axis=1)
        fresh[1:] = apart | (facts[1:] != facts[:-1]).any(axis=1)
    begin = np.flatnonzero(fresh)
    stop = np.concatenate([begin[1:], [len(facts)]])[: len(begin)] - 1
    start, end, owner = start[begin], end[stop], owner[begin]
    narrow = leaves.bits == _V4_BITS
    made = RangeTable(
        family=V4 if narrow else 6,
        start=(start[:, 1].astype(np.uint32),) if narrow else (start[:, 0].copy(), start[:, 1].copy()),
        end=(end[:, 1].astype(np.uint32),) if narrow else (end[:, 0].copy(), end[:, 1].copy()),
        asn=known.asn[owner],
        country=known.country[owner],
        classes=known.classes[owner],
        class_sets=known.class_sets,
        origins=None if known.origins is None else known.origins[owner],
        origin_sets=known.origin_sets,
        visibility=None if known.visibility is None else known.visibility[owner],
    )
    made.check()
    return made


def first_names(pairs: Iterable[tuple[int, str]]) -> Mapping[int, str]:
    """Return one name per AS number: the first in text order where a source has several. AS 0 and "" have none."""
    names: dict[int, str] = {}
    for number, name in pairs:
        if number and name:
            names[number] = min(names.get(number, name), name)
    return names

"""Records of a JSON list by their shape: which names stand where, which values are a record's own, and what is left.

A record is laid flat: its values, and behind them those of the records in the map ``inside``. Records whose names and
types agree have one *shape*; what is left of such a record without its own values is looked up whole, so that a sort that
is known needs no spelling out again. Whatever is not plainly so is left to ``record_caster``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from forensics.ingest.alike_records import Own

_EMPTY = frozenset({dict, list})


class _Map:
    """Stands for a map whose values are laid flat; no value of a document is of this type."""


_LAID_FLAT = _Map()


@dataclass(slots=True, kw_only=True)
class Shape:
    """Where own values stand in flat records of these names and types; ``sorts`` by what is left of them.

    ``nested`` are the places of maps and lists: they must be empty.
    """

    own: dict[str, int]
    rest: Callable[[Sequence[Any]], Any]
    nested: tuple[int, ...]
    sorts: dict[Any, Any] = field(default_factory=dict)


def flat(record: dict[str, Any], inside: str) -> tuple[tuple[Any, ...], list[Any]] | None:
    """Return the names and the values of a record, those inside its map behind its own; ``None`` if that is no map of maps."""
    names: list[Any] = [*record]
    values: list[Any] = [*record.values()]
    inner = record.get(inside)
    if type(inner) is dict:
        values[names.index(inside)] = _LAID_FLAT
        for label, held in inner.items():
            if type(held) is not dict:
                return None
            names += (0, label, *held)
            values += held.values()
    return tuple(names), values


def shape_of(record: dict[str, Any], inside: str, own: Sequence[Own], values: Sequence[Any]) -> Shape | None:
    """Return the shape of a record; ``None`` if one of its own values is not among the flat ones."""
    paths: list[tuple[str, ...]] = [(name,) for name in record]
    inner = record.get(inside)
    if type(inner) is dict:
        paths += [(inside, label, name) for label, held in inner.items() for name in held]
    places = {path: place for place, path in enumerate(paths)}
    if len(places) != len(values) or not {path for _, path in own} <= places.keys():
        return None
    found = {what: places[path] for what, path in own}
    left = [place for place in range(len(values)) if place not in found.values()]
    nested = tuple(place for place in left if type(values[place]) in _EMPTY)
    if len(left) < 2 or float in (type(values[place]) for place in left):  # noqa: PLR2004 - a tuple has two; 0.0 == -0.0
        return None
    return Shape(own=found, rest=itemgetter(*left), nested=nested)

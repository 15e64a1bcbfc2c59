"""The view of a case as a document, and back without loss: all that any report of the case prints, as data.

The document is one JSON object (ASCII, so that no reader can be misled by how a text is shown)::

    {"schema": "forensics/report/1", "view": {"is": "CaseView", "case_id": "C-1"}}

A list is a tuple of ours; texts, whole numbers, truth values and ``null`` stand for themselves, and so do finite decimal
numbers. Everything else is an object that says what it ``is``:

=====================================  =============================================================================
``CaseView``, ``Finding`` …            a value with its fields; a field that holds its default is left out
``Role``, ``Action`` …                 a word of a closed vocabulary: ``word``
``sentence``                           a text of ours: ``text`` in English, ``template``, ``values`` …; empty parts are left out
``figure``, ``recorded``, ``stamp``    the other texts of ours: ``text``; a stamp has ``moment`` and ``zone``
``time``, ``day``                      ``at``, ISO 8601; a time has its offset
``map``, ``list``, ``decimal``         ``of``: pairs; items; the text of a number that is not finite
=====================================  =============================================================================
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from forensics import model
from forensics.errors import DataError
from forensics.report import lead, view
from forensics.report.view import CaseView
from forensics.sentence import Figure, Recorded, Sentence, Stamp, rebuilt, stamp

SCHEMA: Final = "forensics/report/1"
VALUES: Final[tuple[type[Any], ...]] = (
    view.AddressRow, view.CaseView, view.Checkpoint, view.Covered, view.ExhibitRow, view.Habit, view.KeyStep, view.Lane,
    view.Mark, view.RegistryUsed, lead.Lead, lead.Moment, model.AddressContext, model.CaseGraph, model.ClassClaim,
    model.Cluster, model.Context, model.Coverage, model.Exhibit, model.Finding, model.GraphEdge, model.GraphNode,
    model.Link, model.LinkB, model.MemberCoverage, model.Place, model.Record, model.Rejection, model.Said,
    model.Session, model.Snapshot, model.Source, model.Split, model.Strength,
)  # fmt: skip
"""What a view is made of."""
WORDS: Final[tuple[type[StrEnum], ...]] = (
    model.Action,
    model.ContextStatus,
    model.Precision,
    model.Role,
    model.ZoneBasis,
)
"""The vocabularies whose words a view holds."""
_SLOTS: Final = ("template", "many", "number", "values", "parts", "between")
_EMPTY: Final = ("", "", 0, MappingProxyType[str, Any]({}), (), "")


def written(shown: CaseView) -> bytes:
    """Return the document of a view."""
    return json.dumps({"schema": SCHEMA, "view": _told(shown)}, separators=(",", ":")).encode("ascii") + b"\n"


def read(data: bytes) -> CaseView:
    """Return the view of a document.

    Raises:
        DataError: it is none, or one that another version wrote.
    """
    try:
        document = json.loads(data)
        if document["schema"] != SCHEMA:
            raise DataError("another version wrote this document", hint="Use that version")
        found = _restored(document["view"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(f"no document of a report: {error!r}"[:200], hint="Analyse the case again") from error
    if not isinstance(found, CaseView):
        raise DataError("no document of a report", hint="Analyse the case again")
    return found


def _told(value: Any) -> Any:
    """Return a value as JSON holds it; raise ``TypeError`` for one that this module does not know."""
    teller = _tellers().get(type(value))
    if teller is None:
        message = f"a report holds a {type(value).__name__}, which its document cannot tell"
        raise TypeError(message)
    return teller(value)


def _itself(value: Any) -> Any:
    return value


def _sentence(value: Sentence) -> dict[str, Any]:
    held: dict[str, Any] = {"is": "sentence", "text": str(value)}
    for slot, empty in zip(_SLOTS, _EMPTY, strict=True):
        found = getattr(value, slot)
        if found != empty:
            held[slot] = {key: _told(item) for key, item in found.items()} if slot == "values" else _told(found)
    return held


def _word(value: StrEnum) -> dict[str, Any]:
    return {"is": type(value).__name__, "word": value.value}


def _decimal(value: float) -> Any:
    return value if math.isfinite(value) else {"is": "decimal", "of": repr(value)}


def _map(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {"is": "map", "of": [[_told(key), _told(item)] for key, item in value.items()]}


def _fields_of(kind: type[Any]) -> Callable[[Any], dict[str, Any]]:
    """Return what tells the values of one class: the fields that differ from their defaults, in their order."""
    named, fields = kind.__name__, [(item.name, _default(item)) for item in dataclasses.fields(kind)]

    def tell(value: Any) -> dict[str, Any]:
        held: dict[str, Any] = {"is": named}
        for name, default in fields:
            found = getattr(value, name)
            if found is not default and (type(found) is not type(default) or found != default):
                held[name] = _told(found)
        return held

    return tell


def _default(item: dataclasses.Field[Any]) -> Any:
    return item.default_factory() if item.default_factory is not dataclasses.MISSING else item.default


@cache
def _tellers() -> Mapping[type[Any], Callable[[Any], Any]]:
    """Return what tells a value, by its class."""
    made: dict[type[Any], Callable[[Any], Any]] = {kind: _fields_of(kind) for kind in VALUES}
    made |= dict.fromkeys(WORDS, _word)
    made |= dict.fromkeys((str, int, bool, type(None)), _itself)
    return made | {
        float: _decimal,
        tuple: lambda value: [_told(item) for item in value],
        list: lambda value: {"is": "list", "of": [_told(item) for item in value]},
        dict: _map,
        MappingProxyType: _map,
        datetime: lambda value: {"is": "time", "at": value.isoformat()},
        date: lambda value: {"is": "day", "at": value.isoformat()},
        Sentence: _sentence,
        Figure: lambda value: {"is": "figure", "text": str(value)},
        Recorded: lambda value: {"is": "recorded", "text": str(value)},
        Stamp: lambda value: {"is": "stamp", "moment": _told(value.moment), "zone": value.zone},
        model.Act: lambda value: {"is": "Act", "of": [_told(item) for item in value]},
    }


def _restored(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_restored, value))
    return _readers()[value["is"]](value) if isinstance(value, dict) else value


def _sentence_again(held: dict[str, Any]) -> Sentence:
    """Make a sentence again; what joins the parts of a paragraph may be a sentence as well."""
    quoted = {key: _restored(item) for key, item in held.get("values", {}).items()}
    parts, between = _restored(held.get("parts", [])), _restored(held.get("between", ""))
    return rebuilt(
        held["text"], held.get("template", ""), held.get("many", ""), held.get("number", 0), quoted, parts, between
    )


def _value_of(kind: type[Any]) -> Callable[[dict[str, Any]], Any]:
    def restore(held: dict[str, Any]) -> Any:
        return kind(**{name: _restored(item) for name, item in held.items() if name != "is"})

    return restore


def _word_of(kind: type[StrEnum]) -> Callable[[dict[str, Any]], StrEnum]:
    return lambda held: kind(held["word"])


@cache
def _readers() -> Mapping[str, Callable[[dict[str, Any]], Any]]:
    """Return what makes a value of an object, by what it says that it is."""
    made: dict[str, Callable[[dict[str, Any]], Any]] = {kind.__name__: _value_of(kind) for kind in VALUES}
    made |= {kind.__name__: _word_of(kind) for kind in WORDS}
    return made | {
        "decimal": lambda held: float(held["of"]),
        "list": lambda held: list(map(_restored, held["of"])),
        "map": lambda held: {_restored(key): _restored(item) for key, item in held["of"]},
        "time": lambda held: datetime.fromisoformat(held["at"]),
        "day": lambda held: date.fromisoformat(held["at"]),
        "sentence": _sentence_again,
        "figure": lambda held: Figure(held["text"]),
        "recorded": lambda held: Recorded(held["text"]),
        "stamp": lambda held: stamp(_restored(held["moment"]), held["zone"]),
        "Act": lambda held: model.Act(*map(_restored, held["of"])),
    }

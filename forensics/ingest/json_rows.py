r"""JSON rows with their pointers, from files that may be huge, truncated or not quite JSON.

Small files are decoded at once. Large files, and files that are not valid JSON as a whole, are walked token by token
with flat memory: every element of the wanted lists is cut out and decoded by itself, so one damaged record costs one
rejection and a truncated file keeps everything before the cut. Some exporters write almost-JSON (Telegram Desktop
writes control characters as ``\xNN``): a format may pass repairs, tried in order on a record that does not decode;
each repair is named in the row and in the event made from it.

A pattern is an RFC 6901 pointer with ``*`` for "every element or member", e.g. ``/sessions/list/*``. The pattern that
matched is the row's ``section``. ``""`` takes the whole document as one row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Row, Stretch, Unused
from forensics.ingest.json_walk import Item, Run, walk

if TYPE_CHECKING:
    from forensics.ingest.alike_records import Own

WHOLE_LIMIT = 64 * 1024 * 1024
"""Files up to this size are decoded at once (about four times that in memory)."""

ALIKE_LIMIT = 2 * 1024 * 1024
"""The same where most records need not be decoded at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """A named repair of one record's bytes."""

    name: str
    apply: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonSpec:
    """What a format wants from a JSON member: list patterns, repairs, and facts shared by all rows."""

    patterns: tuple[str, ...]
    repairs: tuple[Repair, ...] = ()
    shared: Mapping[str, Any] = field(default_factory=dict)
    together: Callable[[str], bool]
    own: Callable[[Mapping[str, Any]], tuple[Own, ...]] | None = None


def json_rows(
    evidence: Evidence, *patterns: str, repairs: tuple[Repair, ...] = (), shared: Mapping[str, Any] | None = None
) -> Iterator[Row | Flaw | Unused]:
    """Yield a ``Row`` per element that a pattern matches; parts of the document that none touches are ``Unused``.

    An element that is no object becomes a row with the single field ``value``.
    """
    for row in json_stretches(evidence, *patterns, repairs=repairs, shared=shared):
        if isinstance(row, Stretch):
            yield from map(row.row, range(len(row.values)))
        else:
            yield row


def json_stretches(
    evidence: Evidence,
    *patterns: str,
    repairs: tuple[Repair, ...] = (),
    shared: Mapping[str, Any] | None = None,
    together: Callable[[str], bool] | None = None,
    own: Callable[[Mapping[str, Any]], tuple[Own, ...]] | None = None,
) -> Iterator[Row | Stretch | Flaw | Unused]:
    """As ``json_rows``, but what stands in long lists for whose pattern ``together`` holds comes as ``Stretch``.

    ``own`` (``AlikeRecords``) names the values in which their records differ: then the others are decoded once.
    """
    spec = JsonSpec(patterns=patterns, repairs=repairs, shared=shared or {}, together=together or _apart, own=own)
    if evidence.size <= (min(WHOLE_LIMIT, ALIKE_LIMIT) if own else WHOLE_LIMIT):
        with evidence.open() as stream:
            data = stream.read()
        document = _unique(data.removeprefix(b"\xef\xbb\xbf"))
        if document is not _BROKEN:
            yield from _from_document(evidence, spec, document)
            return
    with evidence.open() as stream:
        for item in walk(stream, patterns, spec.own):
            if isinstance(item, Run):
                yield from _stretched(evidence, spec, item)
            else:
                yield from _from_item(evidence, spec, item)


def _apart(_pattern: str) -> bool:
    return False


def _stretched(evidence: Evidence, spec: JsonSpec, run: Run) -> Iterator[Row | Stretch]:
    stretch = Stretch(
        evidence=evidence,
        list=run.list,
        first=run.first,
        section=run.section,
        values=run.values,
        shared=spec.shared,
    )
    if spec.together(run.section):
        yield stretch
    else:
        yield from map(stretch.row, range(len(run.values)))


_BROKEN: Any = object()


def _unique(data: bytes) -> Any:
    """Decode a document in which no name stands twice in an object, or return a private marker.

    Decoders keep the last of two and lose the first in silence; the walker reads both.
    """
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_object)
    except (ValueError, RecursionError):
        return _BROKEN


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a name stands twice in one object"
        raise ValueError(message)
    return found


def decode(data: bytes) -> Any:
    """Decode one JSON value, or return a private marker. Lone surrogates are allowed, as real exports hold them."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return _BROKEN


def _row(evidence: Evidence, spec: JsonSpec, value: Any, place: str, section: str, repair: str = "") -> Row:
    found = value if isinstance(value, dict) else {"value": value}
    return Row(evidence=evidence, place=place, fields=found, section=section, shared=spec.shared, repair=repair)


def _from_document(evidence: Evidence, spec: JsonSpec, document: Any) -> Iterator[Row | Stretch | Flaw | Unused]:
    touched: set[str] = set()
    for pattern in spec.patterns:
        parts = pattern.split("/")[1:]
        if len(parts) == _OF_A_LIST and parts[1] == "*" and spec.together(pattern):
            touched.add(parts[0])
            yield from _lists(evidence, spec, document, pattern, parts[0])
            continue
        for place, value in _match(document, parts, ""):
            touched.add(place.split("/")[1] if "/" in place else "")
            yield _row(evidence, spec, value, place, pattern)
        if parts:
            touched.add(parts[0])
    if "" in touched or "*" in touched:
        return
    if isinstance(document, dict):
        for key in document:
            if escape(key) not in touched:
                yield Unused(rule=f"JSON part {key[:60]!r} holds no account events")
    else:
        yield Unused(rule="JSON document of another shape")


_OF_A_LIST = 2
_AT_ONCE = 8_192


def _lists(evidence: Evidence, spec: JsonSpec, document: Any, pattern: str, name: str) -> Iterator[Row | Stretch]:
    """Yield the elements of the list of this name, or what else stands there."""
    for place, found in _match(document, [name], ""):
        if isinstance(found, list):
            for first in range(0, len(found), _AT_ONCE):
                run = Run(list=place, first=first, section=pattern, values=found[first : first + _AT_ONCE])
                yield from _stretched(evidence, spec, run)
        else:
            for inner, value in _match(found, ["*"], place):
                yield _row(evidence, spec, value, inner, pattern)


def _match(value: Any, parts: list[str], place: str) -> Iterator[tuple[str, Any]]:
    if not parts:
        yield place, value
        return
    head, rest = parts[0], parts[1:]
    if isinstance(value, list) and head == "*":
        for index, inner in enumerate(value):
            yield from _match(inner, rest, f"{place}/{index}")
    elif isinstance(value, dict):
        for key, inner in value.items():
            if head in ("*", escape(key)):
                yield from _match(inner, rest, f"{place}/{escape(key)}")


def escape(key: str) -> str:
    """Escape a key for a pointer (RFC 6901 section 3); a lone surrogate, which UTF-8 cannot hold, is spelled out."""
    return key.replace("~", "~0").replace("/", "~1").encode("utf-8", "backslashreplace").decode()


def _from_item(evidence: Evidence, spec: JsonSpec, item: Item) -> Iterator[Row | Flaw | Unused]:
    if item.reason:
        yield Flaw(place=item.place, reason=item.reason, excerpt=item.data[:200].decode("utf-8", "backslashreplace"))
        return
    if item.section is None:
        yield Unused(rule=f"JSON part {item.place[1:61]!r} holds no account events")
        return
    value, name = decode(item.data), ""
    for repair in spec.repairs if value is _BROKEN else ():
        value, name = decode(repair.apply(item.data)), repair.name
        if value is not _BROKEN:
            break
    if value is not _BROKEN:
        yield _row(evidence, spec, value, item.place, item.section, name)
        return
    excerpt = item.data[:200].decode("utf-8", "backslashreplace")
    yield Flaw(place=item.place, reason="not valid JSON", excerpt=excerpt)

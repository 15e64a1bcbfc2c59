"""The Atom feed in which Gmail's own settings page exports filters (``mailFilters.xml``): entry by entry.

Entries hold ``apps:property`` elements, whose prefix is declared at the root only; so an entry that is cut out is no XML
document, and it is read as a fragment of HTML, whose parser takes any prefix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Row, Unused
from forensics.ingest.html_lines import lines_of
from forensics.ingest.html_records import Piece, parse, pieces

ENTRY = "entry"
_STARTS = re.compile(rb"<entry(?=[\s>])")
_PROPERTIES = frozenset({"apps:property", "property"})
_TEXTS = ("id", "updated")


def feed_rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per entry: ``properties`` (name → value, or list of values), ``id``, ``updated``."""
    for piece in pieces(evidence, _STARTS):
        if not piece.is_record:
            yield Unused(rule="head of the feed")
        else:
            yield _entry(evidence, piece)


def _entry(evidence: Evidence, piece: Piece) -> Row | Flaw:
    if piece.data is None:
        return Flaw(place=piece.place, reason="an entry larger than the limit", excerpt=piece.excerpt)
    try:
        page = parse(re.sub(rb"<(/?)title(?=[\s>])", rb"<\1x-title", piece.data))
    except FieldError as error:
        return Flaw(place=piece.place, reason=str(error), excerpt=piece.excerpt)
    properties: dict[str, str | list[str]] = {}
    texts: dict[str, str] = {}
    for node in page.root.traverse() if page.root is not None else ():
        name = node.attributes.get("name") or ""
        if node.tag in _PROPERTIES and name:
            value = node.attributes.get("value") or ""
            known = properties.get(name)
            properties[name] = value if known is None else [*([known] if isinstance(known, str) else known), value]
        elif node.tag in _TEXTS:
            texts[node.tag] = " ".join(lines_of(node))
    if not properties:
        return Flaw(place=piece.place, reason="an entry without properties", excerpt=piece.excerpt)
    found = {"properties": properties, **texts}
    return Row(evidence=evidence, place=piece.place, section=ENTRY, fields=found)

"""Google Takeout, "My Activity": the HTML page of any product.

What it is: what the JSON form holds, as a page of cards: product, sentence with link, time, and a caption with products,
details and why the activity was kept. YouTube's watch and search history, Google Play's activity and Gemini's
conversations are the same page. Actions and topics are found as in the JSON form (``ingest/google_activity.py``).

How to obtain: takeout.google.com, "My Activity", format HTML (the default). JSON is better evidence: its times are UTC.
Path ``Takeout/My Activity/<Product>/MyActivity.html`` (older ``My Activity.html``), German ``Meine Aktivitäten/<Produkt>/
MeineAktivitäten.html``; all names are translated and play no part in recognition.

Time: written in the account's language and read by ``ingest/written_times.py`` (the page decides language and order of
numbers). Zone: exports up to 2018 write none and mean UTC (``format_rule``, if the archive's name dates the export);
exports until about 2020 write ``UTC``; later ones write the abbreviation that the account's zone has at the moment of
the export on *every* row, also on rows of the other half of the year: it is one offset for the whole page, never
daylight saving by the row's date. ``detail`` states the rule (``zone_rule``). The moment comes from the archive's name
only. An abbreviation of several meanings (BST, IST, CST) gives no instant unless the examiner names the zone.

Versions: cards ``div.outer-cell`` with ``header-cell``, ``content-cell`` and ``mdl-typography--caption``, from 2016 to
2026; the page's first 64 KiB may be nothing but the style sheet. The answer of a chat product stands behind the time and
is kept in ``detail`` (``text``). Unverified: the export moment's rule for languages that write no zone after 2018.

Retention: none by default before 2020; since then new accounts delete web and app activity after 18 months (the
owner can choose 3, 18, 36 months or never), so a gap at the old end is not a deletion by an intruder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.google_activity import activity_event
from forensics.ingest.google_activity_html import STARTS, Record, read_record, samples
from forensics.ingest.google_activity_zone import Clock, clock_of, time_of
from forensics.ingest.html_records import pieces
from forensics.model import Event

_HTML = re.compile(rb"\s*(?:<!doctype html|<html|<head|<meta|<title|<style|<body|<div)", re.IGNORECASE)
_CELL = re.compile(rb"""class\s*=\s*["']?(?:header|content)-cell\b""", re.IGNORECASE)
_STYLE = re.compile(rb"\.mdl-typography--title\b.*\.mdl-", re.DOTALL)


def claims(evidence: Evidence) -> bool:
    """A page with a record's cells, or one that begins with the style sheet of these pages and no body yet."""
    head = evidence.head.removeprefix(b"\xef\xbb\xbf")
    if not _HTML.match(head):
        return False
    if STARTS.search(head):
        return bool(_CELL.search(head))
    return b"<body" not in head.lower() and b"</style" not in head.lower() and bool(_STYLE.search(head))


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per card; the page's head is no row."""
    clock = clock_of(evidence, list(samples(evidence)))
    for piece in pieces(evidence, STARTS):
        if not piece.is_record:
            yield Unused(rule="page head and style sheet")
            continue
        record = read_record(piece)
        if isinstance(record, Record):
            yield Row(evidence=evidence, place=piece.place, fields={"record": record}, shared={"clock": clock})
        else:
            yield Flaw(place=piece.place, reason=record, excerpt=piece.excerpt)


def event(row: Row) -> Event:
    """Say what a card means."""
    record: Record = row.fields["record"]
    clock: Clock = row.shared["clock"]
    when, rule, used = time_of(clock, record.times)
    lines = [line for line in record.lines if line.text != used or not line.direct]
    title = lines[0] if lines and lines[0].direct else None
    rest = [{"text": line.text, "link": line.link} for line in (lines[1:] if title else lines)]
    sections = list(record.caption.items())
    products = tuple(sections[0][1]) if sections and sections[0][0] else ()
    return activity_event(
        row,
        header=record.header,
        products=products,
        title=title.text if title else "",
        link=title.link if title else "",
        when=when,
        detail={
            "header": record.header,
            "titleUrl": title.link if title else "",
            "text": [{key: value for key, value in item.items() if value} for item in rest],
            "caption": {key: value for key, value in sections if value},
            "links": list(record.links),
            "zone_rule": rule,
        },
    )


FORMAT = Format(title="Google Takeout: My Activity (HTML)", provider="google", claims=claims, rows=rows, event=event)

"""Facebook and Instagram "Download your information", HTML: when the export was made and what it was asked to hold.

What it is: the head line of the first page (``start_here.html``) or of another page without records. It says when Meta made
the export, and from which moment to which it was asked to hold data. An export that was asked for one year says nothing
about the years before: what is missing there is no proof of anything.

How to obtain: the page lies at the root of an export in HTML; other pages of the export repeat its head line.

Time: the machine-readable attribute of each time, UTC to the minute (``explicit``). The words beside it show another clock and
do not say truly which: an Instagram page of 2026 called a time seven hours behind UTC "UTC". So the words are kept, and only
how far they stand from the attribute is told (``shown_offset``). On two published exports of Facebook that was the clock of the
account, on which the export's pages are written; it is no ground for an instant, but for a question to the account's owner.

Versions: 2023 on, ``aside`` with ``time`` elements (d3i-infra/dd-education; further public test data of 2026 in English and
Portuguese). An export of all data names no period (unverified: older exports name none either).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from forensics.ingest import fields, meta_html, meta_html_pages, meta_html_times, meta_values
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.html_records import cell, parse
from forensics.ingest.written_times import Dates
from forensics.model import UNDATED, Action, Event, Initiator

if TYPE_CHECKING:
    from forensics.ingest.evidence import Evidence

_ASIDE = re.compile(rb"(?is)<aside\b[^<>]{0,200}contentinfo[^<>]{0,200}>(.{0,4000}?)</aside>")
_TIME = re.compile(rb"(?is)<time\b[^<>]{0,80}datetime=[\"']([0-9T:Z+-]{16,25})[\"'][^<>]{0,80}>(.{0,200}?)</time>")
_PERIOD = 2
_NOTE = "the export was asked for this period only: what is missing outside it is no proof"


def claims(evidence: Evidence) -> bool:
    """A head line that says a time, on a page without records: the first page, or one of an empty folder."""
    head = _first(evidence)
    line = _ASIDE.search(head)
    return bool(line and _TIME.search(line[1])) and not meta_html.has_blocks(head)


def _first(evidence: Evidence) -> bytes:
    return meta_html.first_bytes(evidence) or evidence.head


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the head line; the rest of the page lists the folders of the export."""
    head = _first(evidence)
    line = _ASIDE.search(head)
    if line is None:
        return
    platform = meta_html_pages.platform(evidence, head, ()).platform
    known = platform != meta_html_pages.UNDECIDED
    yield Row(
        evidence=evidence,
        place=f"bytes:{line.start()}-{line.end()}",
        fields={"line": line[1].decode("utf-8", "replace")},
        shared={"platform": platform, "account": meta_values.account_hint(evidence, platform) if known else ""},
    )
    yield Unused(rule="the page's list of folders")


def event(row: Row) -> Event:
    """Say when the export was made and what it was asked to hold."""
    line = row.need("line").encode()
    above, _, below = line.partition(b"<div")
    made = _TIME.search(above)
    when = fields.instant(made[1].decode()) if made else UNDATED
    if made is None or when.utc is None:
        raise FieldError("the head line says no time with a zone")
    asked = [found[1].decode() for found in _TIME.finditer(below)]
    start, end = asked if len(asked) == _PERIOD else ("", "")
    text = cell(parse(made[2]).body)
    shown, _ = meta_html_times.read_all(Dates.learn([text]), [("", text)], None)
    return row.event(
        provider=row.shared["platform"],
        service=row.shared["platform"],
        account=row.shared["account"],
        action=Action.OTHER,
        action_text="export made",
        initiator=Initiator.PROVIDER,
        when=when,
        detail={
            "words": cell(parse(line).body),
            "data_from": start,
            "data_until": end,
            "shown_offset": _offset(shown[0].wall, when.utc.replace(tzinfo=None)) if shown else "",
            "note": _NOTE if start else "",
        },
    )


def _offset(shown: datetime, stated: datetime) -> str:
    """Return how far the words stand from the attribute, as ``+02:00``; "" where that is no offset of a zone."""
    minutes = round((shown.replace(second=0) - stated.replace(second=0)).total_seconds() / 60)
    if minutes % 15 or abs(minutes) > 14 * 60:
        return ""
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


FORMAT = Format(
    title="Facebook and Instagram: when an export was made, and for which period (HTML)",
    provider="meta",
    claims=claims,
    rows=rows,
    event=event,
)

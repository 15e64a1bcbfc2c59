"""Facebook "Download your information": the time zone that the account is set to (JSON and HTML).

What it is: ``logged_information/location/timezone.html`` or ``timezone.json``. One value, an IANA zone such as
``Asia/Baku``. It is the only place where an export says on which clock its HTML pages are written, so it is told to all
pages of the same export; by itself it is a setting of the account at the moment of the export, not a whereabouts.

How to obtain: Accounts Centre → Your information and permissions → Export (download) your information → Facebook →
"Logged information" → "Location". Tick it together with "Security and login information".

Time: none; the zone is the setting when the export was made. Older records are rendered in it too.

Versions: since 2023 (seen by d3i-infra/dd-education in exports of 2025 and 2026). The label is in the account's
language and not looked at; the zone is found by its value. Exports before 2023 have no such file (unverified).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.ingest import meta_html, meta_html_facts, meta_labels, meta_values, meta_zone
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Stated, Unused
from forensics.ingest.json_rows import json_rows
from forensics.ingest.meta_values import reading
from forensics.model import Action, Event, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forensics.ingest.evidence import Evidence

PROVIDER = "facebook"
ZONE = "facebook.zone"
_LEVELS = 2  # below the export's root: logged_information/location/


def claims(evidence: Evidence) -> bool:
    """A label record or a page of Meta's layout that holds one zone name and little else."""
    return meta_zone.is_zone_record(evidence) or meta_zone.is_zone_page(evidence)


def states(evidence: Evidence) -> Iterator[Stated]:
    """Tell the zone to the whole export; a loose file that lies in no export tells nobody."""
    name = meta_zone.zone_in(meta_labels.head_values(evidence) or meta_zone.page_values(evidence))
    if name and (evidence.member or len(evidence.folders) >= _LEVELS):
        yield Stated(name=ZONE, value=name, levels=min(_LEVELS, len(evidence.folders)))


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the record, or the blocks of the page."""
    shared = {"account": meta_values.account_hint(evidence, PROVIDER)}
    if meta_labels.level(evidence):
        yield from json_rows(evidence, *meta_labels.patterns(evidence), shared=shared)
        return
    for found in meta_html.read_all(evidence):
        if isinstance(found, Flaw):
            yield found
        elif found.is_empty:
            yield Unused(rule="a block that only wraps others")
        else:
            yield Row(evidence=evidence, place=found.place, fields=meta_html_facts.row_fields(found), shared=shared)


def event(row: Row) -> Event:
    """Say the setting: inventory without a time."""
    read = reading(row)
    if "pairs" in read.found:
        labels = [[str(label), str(value)] for label, value in read.found["pairs"]]
    else:
        labels = [[entry.label, entry.shown] for entry in meta_labels.entries(read.found)]
    name = meta_zone.zone_in(value for _, value in labels)
    if not name:
        raise FieldError(f"holds no time zone: {labels[:4]!r}")
    return read.row.event(
        provider=PROVIDER,
        service=PROVIDER,
        account=row.shared["account"],
        kind=Kind.INVENTORY,
        action=Action.OTHER,
        action_text="time zone of the account",
        detail={
            "labels": labels,
            "time_zone": name,
            "note": "the setting when the export was made; the clock of its HTML pages",
            **{key: value for key, value in read.found.items() if key not in {"label_values", "pairs"}},
            **meta_values.provenance(read),
        },
    )


FORMAT = Format(
    title="Facebook time zone of the account (JSON, HTML)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
    states=states,
)

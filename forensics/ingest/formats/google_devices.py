"""Google Takeout, "Access Log Activity": the devices CSV.

What it is: one row per device (phone, tablet, computer, speaker) that was signed in to the account in about the last 28
to 30 days, with type, brand, model, system and where it was last seen. It lies beside the activities CSV, often under
a translated and cut name, and holds no address.

How to obtain: takeout.google.com, select only "Access log activity"; the file is ``Takeout/Access Log Activity/Devices
- A list of devices (i.e. Nest, Pixel, iPh.csv``. Names play no part in recognition.

Time: UTC with a written zone; one without a zone is taken as UTC and marked ``assumed``. A row is a session: ``time``
is the first activity, ``time_end`` the last; the older form tells only the last, so ``time`` stays empty there. A
device without any time is an inventory row. ``detail`` says where the zone of the end comes from.

Versions: the older form puts place and time into one free-text cell, ``Device Last Location``, with lines ``Country
ISO: XX`` and ``Last Activity Time: …`` (the cell may span lines); the newer form has a country column and separate
times for last location, first and last activity. Its exact column names are not documented, so they are found by their
words.

Retention: about the last 28 to 30 days; a device that was signed out earlier is not listed.
"""

from __future__ import annotations

from collections.abc import Iterator

from forensics.ingest.csv_rows import csv_rows, delimiter_of
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.takeout_columns import (
    Cells,
    device_name,
    last_location,
    plain_names,
    stated_place,
    written_time,
)
from forensics.model import Action, Event, Kind, Moment, ZoneBasis


def _is_header(cells: tuple[str, ...]) -> bool:
    names = plain_names(cells)
    if "gaiaid" not in names or "ipaddress" in names or not any("model" in name for name in names):
        return False
    return "devicelastlocation" in names or any("country" in name or "lastactivity" in name for name in names)


def _claims(evidence: Evidence) -> bool:
    return bool(delimiter_of(evidence, _is_header))


def _rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    return csv_rows(evidence, _is_header, delimiter=delimiter_of(evidence, _is_header))


def _event(row: Row) -> Event:
    cells = Cells(row.fields)
    account = cells.take("gaiaid").strip()
    country, last = last_location(cells.look("devicelastlocation"))
    first = written_time(cells.take_like("first", "activity"))
    if last.utc is None:
        last = written_time(cells.take_like("last", "activity"))
    timed = first.utc is not None or last.utc is not None
    model = cells.take("devicemodel", "model", "marketingname") or cells.take_like("model")
    return row.event(
        provider="google",
        service="Google Account",
        action=Action.SESSION if timed else Action.OTHER,
        kind=Kind.SESSION if timed else Kind.INVENTORY,
        when=first,
        end=last,
        account=account,
        device=device_name(model),
        stated_place=stated_place(country or cells.take_like("country")),
        detail={**cells.rest, **_end_of(last)},
    )


def _end_of(last: Moment) -> dict[str, str]:
    """Keep what an event has no column for: text and zone of the end."""
    return {"time_end_text": last.text, "time_end_zone": last.zone if last.zone is not ZoneBasis.NONE else ""}


FORMAT = Format(
    title="Google Takeout: access log, devices (CSV)",
    provider="google",
    claims=_claims,
    rows=_rows,
    event=_event,
)

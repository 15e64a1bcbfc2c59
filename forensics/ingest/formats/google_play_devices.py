"""Google Takeout, "Google Play Store": the list of Android devices.

What it is: every Android device on which the account used the Play Store: carrier, model, build, the country that Google
derives from its address, when it was registered, when the account was added to it and when it was last active.

How to obtain: takeout.google.com, select "Google Play Store"; ``Takeout/Google Play Store/Devices.json`` (in deliveries to
courts ``Devices.csv``). Names play no part in recognition.

Time: RFC 3339 with ``Z``, to the microsecond. A session: ``time`` is when the account was added to the device (else when the
device was registered), ``time_end`` when it was last active; all three stay in ``detail``.

Versions: JSON list of ``{"device": {mostRecentData, dataAtTimeOfUserPlayActivity, deviceRegistrationTime,
userAddedOnDeviceTime, lastTimeDeviceActive}}``, also one bare object; CSV with the columns Android Id, Device Registration
Time, User Added On Device Time, Last Time Device Active, Most Recent Data (protocol-buffer text). The JSON has no identifier
of one device: ``device`` is then only the model, spelled as in the access log (``google:MODEL``), which many devices share.

Retention: not documented; devices of many years ago are listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from forensics.ingest import fields
from forensics.ingest.csv_rows import csv_rows, delimiter_of
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Unused
from forensics.ingest.google_hardware import android_device
from forensics.ingest.json_rows import json_rows
from forensics.ingest.takeout_columns import Cells, device_name, plain_names
from forensics.ingest.written_times import stated
from forensics.model import Action, Event, Kind

_MARKS = frozenset({"mostRecentData", "dataAtTimeOfUserPlayActivity", "deviceRegistrationTime", "lastTimeDeviceActive"})
_ADDED, _REGISTERED, _ACTIVE = "userAddedOnDeviceTime", "deviceRegistrationTime", "lastTimeDeviceActive"


def _depth(evidence: Evidence) -> int:
    """Return the depth of the ``device`` key: 2 in a list, 1 in a bare object, 0 for another shape."""
    for depth in (2, 1):
        keys = evidence.json_keys
        if "device" in keys.get(depth, ()) and len(_MARKS & keys.get(depth + 1, frozenset())) > 1:
            return depth
    return 0


def _is_header(cells: tuple[str, ...]) -> bool:
    names = plain_names(cells)
    return "androidid" in names and "deviceregistrationtime" in names and "lasttimedeviceactive" in names


def claims(evidence: Evidence) -> bool:
    """Objects ``device`` with data of the Play Store, or the CSV's header."""
    return _depth(evidence) > 0 or bool(delimiter_of(evidence, _is_header))


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per device."""
    depth = _depth(evidence)
    if depth:
        return json_rows(evidence, "/*/device" if depth > 1 else "/device")
    return csv_rows(evidence, _is_header, delimiter=delimiter_of(evidence, _is_header))


def event(row: Row) -> Event:
    """Say what a device means."""
    if row.place.startswith("line:"):
        return _from_csv(row)
    recent = row.fields.get("mostRecentData")
    data: Mapping[str, Any] = recent if isinstance(recent, Mapping) else {}
    if not row.text(_ADDED, _REGISTERED, _ACTIVE) and not data:
        raise FieldError("a device without times and data")
    model = " ".join(filter(None, (fields.text(data, "manufacturer"), fields.text(data, "modelName"))))
    times = (row.text(_ADDED, _REGISTERED), row.text(_ACTIVE))
    shared = device_name(fields.text(data, "modelName"))
    return _device(row, times, model, shared, fields.text(data, "deviceIpCountry"))


def _from_csv(row: Row) -> Event:
    cells = Cells(row.fields)
    first = cells.look("useraddedondevicetime") or cells.look("deviceregistrationtime")
    times = (first, cells.look("lasttimedeviceactive"))
    return _device(row, times, cells.look("deviceattributemodel"), android_device(cells.look("androidid")), "")


def _device(row: Row, times: tuple[str, str], model: str, device: str, country: str) -> Event:
    first, last = (stated(text) for text in times)
    timed = first.text or last.text
    return row.event(
        provider="google",
        service="Google Play",
        kind=Kind.SESSION if timed else Kind.INVENTORY,
        action=Action.SESSION if timed else Action.OTHER,
        action_text=model,
        when=first,
        end=last,
        device=device,
        stated_place=country,
        detail={**row.fields, "time_end_text": last.text},
    )


FORMAT = Format(title="Google Play devices (JSON, CSV)", provider="google", claims=claims, rows=rows, event=event)

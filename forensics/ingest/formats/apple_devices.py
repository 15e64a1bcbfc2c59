"""Apple privacy export: devices of the account (CSV).

What it is: every device that is or was registered with the account: name, serial number, model, when it was added, and
time and address of its last heartbeat (the last sign of life to Apple). A device that the owner does not know had the
account's trust.

How to obtain: privacy.apple.com → Request a copy of your data → "Apple Account and device information"; the file is
``Apple ID Device Information.csv`` in ``Apple ID account and device information/`` (later ``AppleAccountInformation/``).

Time: without a zone; read as UTC by the rule of the format, as public readers do (unverified). A row is a session:
``time`` is the day the device was added, ``time_end`` the last heartbeat; the address is the one of the heartbeat, not of
the adding. A device without any time is inventory.

Versions: ``Device Name``, ``Device Added Date``, ``Device Serial Number``, ``Device Last Heartbeat Timestamp``, ``Device Last
Heartbeat IP``; later also model, system, time zone, language, IMEI, ICCID. ``device`` is ``apple-serial:`` with the serial
number, which names one device.
"""

from __future__ import annotations

from collections.abc import Iterator

from forensics.ingest import apple_csv, fields
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Unused
from forensics.model import Action, Event, Kind, ZoneBasis

MARKS = frozenset({"device added date", "device last heartbeat timestamp", "device last heartbeat ip"})
NOTE = "the address is the one of the last heartbeat, not of the day the device was added"


def _is_header(cells: tuple[str, ...]) -> bool:
    names = apple_csv.names(cells)
    return bool(names & MARKS) and bool(names & {"device name", "device serial number"})


def claims(evidence: Evidence) -> bool:
    """Recognise the header line, wherever the file lies and whatever it is called."""
    return apple_csv.has_header(evidence, _is_header)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per device."""
    return apple_csv.rows(evidence, _is_header)


def event(row: Row) -> Event:
    """Say what one device means."""
    found = apple_csv.columns(row)
    added = apple_csv.time(apple_csv.cell(found, "device added date"))
    last = apple_csv.time(apple_csv.cell(found, "device last heartbeat timestamp", "device last heartbeat date"))
    address = fields.address(apple_csv.cell(found, "device last heartbeat ip", "device last heartbeat ip address"))
    serial = apple_csv.cell(found, "device serial number")
    if not any(value.strip() for value in found.values()):
        raise FieldError("an empty record")
    timed = bool(added.text or last.text)
    return row.event(
        provider=apple_csv.PROVIDER,
        service=apple_csv.SERVICE,
        account=apple_csv.account_of(row, found),
        kind=Kind.SESSION if timed else Kind.INVENTORY,
        action=Action.SESSION if timed else Action.OTHER,
        action_text=apple_csv.cell(found, "device name"),
        when=added,
        end=last,
        address=address,
        device=f"apple-serial:{serial}" if serial else "",
        detail={
            **apple_csv.rest(row, "device added date", "device name", "device serial number"),
            "note": NOTE if address.text else "",
            "time_end_text": last.text,
            "time_end_zone": last.zone if last.zone is not ZoneBasis.NONE else "",
            "time_note": apple_csv.time_note(added, last),
        },
    )


FORMAT = Format(
    title="Apple privacy export: devices of the account (CSV)",
    provider=apple_csv.PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
    needs=(apple_csv.ACCOUNT,),
)

"""Google Takeout, "Android Device Configuration Service": the page of one Android device.

What it is: one page for each Android device that the account is or was used on: model, serial number, IMEI, Android ID, and
the time, address and reason of its last connection to Google. A device that the owner does not know is an intruder's.

How to obtain: takeout.google.com, select "Android Device Configuration Service"; pages ``Takeout/Android Device
Configuration Service/Device-<Android ID>.html``. Names play no part in recognition.

Time: the spelling of ``Registration Time`` and ``Time of Last Data Connection`` is read with its written zone; a time
without one stays without instant. The page is a session: ``time`` is the registration, ``time_end`` and the address are
those of the last connection, which is not the address of the registration.

Versions: lines ``Label: value`` between ``<br/>`` under the title "Android Device Configuration Service Data"; labels seen:
Android ID, IMEI(s), MEID(s), Serial Number(s), Users, Locale, Timezone, Model, Brand, Manufacturer, Device Type, Product,
Registration Time (older), Time of Last Data Connection, IP address from Last Data Connection, Reason for Last Data
Connection, Last Carrier ID. All lines and tables are kept in ``detail``. Localised pages are unverified.

Retention: not documented; devices last seen years ago are listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from forensics.ingest import fields, google_device_page
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.google_device_page import page_lines
from forensics.ingest.google_hardware import android_device, imei_device
from forensics.ingest.written_times import stated
from forensics.model import Action, Event, Kind

_TITLE = re.compile(r"ANDROID\s+DEVICE\s+CONFIGURATION\s+SERVICE", re.IGNORECASE)
_LABELS = re.compile(
    r"(?:>\s{0,99}|^[^\S\n]{0,99})"
    r"(Android ID|IMEI\(s\)|MEID\(s\)|Serial Number\(s\)|Registration Time|Time of Last Data Connection|"
    r"IP address from Last Data Connection)\s{0,99}:",
    re.IGNORECASE | re.MULTILINE,
)


def claims(evidence: Evidence) -> bool:
    """A page with at least two labels that only these pages have, or one of them under the title."""
    head = evidence.text_head
    if not re.match(r"\s*<", head) or "<br" not in head.lower():
        return False
    labels = {match[1].casefold() for match in _LABELS.finditer(head)}
    return len(labels) >= (1 if _TITLE.search(head) else 2)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the page as one row: label → value."""
    return page_lines(evidence)


def event(row: Row) -> Event:
    """Say what a device's page means."""
    first = stated(row.text(*google_device_page.REGISTERED))
    last = stated(row.text(*google_device_page.CONNECTED))
    users = [user.strip() for user in row.text("Users").split(",") if user.strip()]
    timed = first.text or last.text
    return row.event(
        provider="google",
        service="Android",
        kind=Kind.SESSION if timed else Kind.INVENTORY,
        action=Action.SESSION if timed else Action.OTHER,
        action_text="Android device",
        when=first,
        end=last,
        account=users[0] if len(users) == 1 else "",
        address=fields.address(row.text(*google_device_page.ADDRESS)),
        device=android_device(row.text("Android ID")) or imei_device(row.text("IMEI(s)")),
        detail={**row.fields, "time_end_text": last.text, "time_end_zone": last.zone if last.utc else ""},
    )


FORMAT = Format(title="Google Android device (HTML)", provider="google", claims=claims, rows=rows, event=event)

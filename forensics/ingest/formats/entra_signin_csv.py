"""Entra ID (Azure AD) sign-in log, CSV of the portal and of scripts.

What it is: every sign-in to a work or school account: result code, address, place as Microsoft estimates it, browser,
device, conditional access.

How to obtain: entra.microsoft.com → Monitoring & health → Sign-in logs → Download → CSV, once for each of the four tabs
(interactive, non-interactive, service principal, managed identity).

Time: the columns ``Date (UTC)`` and ``TimeGenerated [UTC]`` name their zone, so their times are ``explicit``. The older
column ``CreatedDateTime`` is read where a zone stands in the value; without one, and in a column ``Date`` without a label,
the event keeps the text and has no instant, unless the examiner gives a zone (``--assume-zone``). Day and month in the
spelling of a culture are decided once per file; a file that does not show the order gives no instants.

Versions: ``Date (UTC), Request ID, User agent, Correlation ID, User ID, User, Username, …`` (about 56 columns;
``Application ID `` and ``Resource ID `` end with a space, ``Incoming token type`` stands twice); the same for service
principals (``Service principal ID``, 22 columns); ``CreatedDateTime, UserPrincipalName, …`` (older scripts and
portal); the table ``SigninLogs`` of Log Analytics (``TimeGenerated [UTC]``, ``ResultType``). Semicolons and tabs are
read like commas. The portal's headers in other languages (Spanish ``Dirección IP``, ``Estado`` are seen in public
readers) are not read: use the JSON. Whether a file holds interactive sign-ins stands in its name only
(``InteractiveSignIns_…``, ``NonInteractiveSignIns_…``): ``detail`` says when the name was used. ``same_key`` is the
request id.

Retention: 7 days without, 30 days with an Entra ID P1 or P2 licence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from forensics.ingest import entra_records, entra_signins, entra_tables, fields, m365_values
from forensics.ingest.csv_rows import delimiter_of
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.model import Event, Initiator

_PORTAL = frozenset({"request id", "sign-in error code", "ip address", "status"})
_OLDER = frozenset({"userprincipalname", "appdisplayname", "ipaddress"})
_OLDER_DATES = frozenset({"createddatetime", "createddatetime (utc)", "timegenerated [utc]"})
_SHOWN = frozenset({
    "username", "userprincipalname", "user agent", "useragent", "ip address", "ipaddress", "location", "device id",
    "deviceid", "sign-in error code",
})  # fmt: skip


def claims(evidence: Evidence) -> bool:
    """The header is one of the portal's."""
    return bool(delimiter_of(evidence, _is_header))


def _is_header(cells: tuple[str, ...]) -> bool:
    low = entra_tables.names_of(cells)
    return (low >= _PORTAL and not low.isdisjoint(entra_tables.DATES)) or (low >= _OLDER and bool(low & _OLDER_DATES))


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the sign-ins."""
    return entra_tables.dated_rows(evidence, _is_header)


def event(row: Row) -> Event:
    """Say what a sign-in means."""
    low = entra_records.folded(row.fields)
    written = fields.text(low, "sign-in error code", "status") if "sign-in error code" in low else _code_in(low)
    code = written if re.fullmatch(r"\d+", written.strip()) else ""
    meant = entra_signins.result(code, fields.text(low, "status"))
    when, note = entra_tables.moment_of(row)
    initiator, told_by_name = _initiator(row, low)
    reason = fields.text(low, "failure reason", "resultdescription")
    reason = "" if reason.strip().casefold() in {"other.", "other"} else reason
    part = entra_records.record_of(row.fields).part("devicedetail")
    request = fields.text(low, "request id", "requestid", "id")
    extra = {
        "same_key": request,
        "request_id": request,
        "correlation_id": fields.text(low, "correlation id", "correlationid"),
        "session_id": fields.text(low, "session id", "sessionid"),
        "error_code": code,
        "meaning": meant.text,
        "time_note": note,
        "initiator_note": told_by_name,
    }
    return row.event(
        provider=entra_records.PROVIDER,
        service=fields.text(low, "application", "appdisplayname", "resource") or "Entra",
        action=meant.action,
        action_text=": ".join(filter(None, (_words(low), reason))),
        outcome=meant.outcome,
        initiator=initiator,
        when=when,
        account=fields.text(low, "username", "userprincipalname", "service principal name", "user"),
        address=fields.address(fields.text(low, "ip address", "ipaddress")),
        user_agent=fields.text(low, "user agent", "useragent"),
        device=m365_values.device_name(fields.text(low, "device id", "deviceid") or fields.text(part, "deviceid")),
        stated_place=fields.text(low, "location")
        or ", ".join(text for name in ("city", "state", "country") if (text := fields.text(low, name))),
        detail={**{key: value for key, value in row.fields.items() if key.strip().casefold() not in _SHOWN}, **extra},
    )


def _words(low: dict[str, Any]) -> str:
    """The provider's word for the result; where it is the text of an object, the kind of sign-in."""
    status = fields.text(low, "status")
    return status if status and not status.startswith("{") else fields.text(low, "category") or "Sign-in"


def _code_in(low: dict[str, Any]) -> str:
    """The older form has the code alone in ``Status``, or the text of a PowerShell object around it."""
    status = fields.text(low, "errorcode", "resulttype", "status")
    match = re.search(r"(?i)error ?code\W{0,4}(\d+)", status)
    return match[1] if match else status


def _initiator(row: Row, low: dict[str, Any]) -> tuple[Initiator, str]:
    if fields.text(low, "service principal id", "managed identity type"):
        return Initiator.APP, ""
    flag = fields.text(low, "isinteractive", "is interactive").casefold()
    if flag in {"true", "false"}:
        return (Initiator.USER if flag == "true" else Initiator.APP), ""
    name = row.evidence.basename.casefold()
    if "noninteractive" in name:
        return Initiator.APP, "by the name of the file"
    return (Initiator.USER, "by the name of the file") if "interactive" in name else (Initiator.UNKNOWN, "")


FORMAT = Format(
    title="Entra ID sign-in log (CSV)", provider=entra_records.PROVIDER, claims=claims, rows=rows, event=event
)

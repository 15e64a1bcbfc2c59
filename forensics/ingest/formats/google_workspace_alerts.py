"""Google Workspace Alert Center: what Google warned the administrators of (JSON).

What it is: one alert per row: suspicious and programmatic logins, leaked passwords, attacks with the backing of a
government, phishing in mail, a copy of the whole domain by Takeout, sensitive acts of administrators, compromised devices.

How to obtain: an administrator lists them with the Alert Center API (``alerts.list``) or with GAM (``gam print alerts``), or
takes them from a log shipper; the admin console shows them under Security → Alert centre. A private Gmail account has none.

Time: RFC 3339 with ``Z`` (``explicit``). The event's time is that of the login that a warning tells (``loginDetails.loginTime``),
else when the alert's reason began (``startTime``), else when the alert was made; the other times stay in the detail.

Versions: one alert, an array, ``{"alerts": […]}``, one per line, or wrapped by a shipper. ``data`` has a shape for each sort of
alert (``@type``), read as far as it names an account, an address and a time; all of it stays in the detail. An alert is Google's
word, not an act: whether the login that it names succeeded is not stated, so every row is an ``alert`` without an outcome.
Which fields exist follows the reference of the API and the public test data of a log shipper; no export was seen.

Retention: not documented.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from forensics.ingest import fields, json_documents
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.model import Action, Event, Initiator

PROVIDER = "google"
LISTS = ("alerts", "items", "value", "records", "results")
_WHO = ("email", "actorEmail", "triggeringUserEmail")
_WITHIN = ("loginDetails", "superAdminPasswordResetEvent", "ruleViolationInfo")


def claims(evidence: Evidence) -> bool:
    """One of the first records is an alert, bare or wrapped."""
    return any(_alert(found) is not None for found in json_documents.samples(evidence, *LISTS))


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield a row per alert."""
    return json_documents.documents(evidence, *LISTS)


def _alert(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Find the alert in a row: an id, and data that say of which sort they are."""
    for inner in json_documents.unwrapped(found):
        data = inner.get("data")
        sort = data.get("@type") if isinstance(data, Mapping) else None
        if "alertId" in inner and isinstance(sort, str) and ".alertcenter." in sort:
            return inner
    return None


def event(row: Row) -> Event:
    """Say what one alert tells."""
    alert = _alert(row.fields)
    if alert is None:
        raise FieldError("not an alert: no 'alertId' with 'data' of a sort")
    data: Mapping[str, Any] = alert["data"]
    parts = [data, *(data[name] for name in _WITHIN if isinstance(data.get(name), Mapping))]
    login: Mapping[str, Any] = next((part for part in parts if "loginTime" in part), {})
    shown = fields.text(login, "loginTime") or fields.text(alert, "startTime", "createTime")
    address = next((fields.text(part, "ipAddress") for part in parts if part.get("ipAddress")), "")
    return row.event(
        provider=PROVIDER,
        service="Workspace Alert Center",
        account=next((who for part in parts if (who := fields.text(part, *_WHO))), ""),
        action=Action.ALERT,
        action_text=fields.text(alert, "type") or fields.text(data, "@type").rpartition(".")[2],
        initiator=Initiator.PROVIDER,
        when=fields.instant(shown),
        address=fields.address(address),
        detail={
            "same_key": f"alert:{fields.text(alert, 'alertId')}",
            **alert,
            **({} if alert is row.fields else {"shipper": json_documents.around(row.fields)}),
            "note": "a warning of Google; whether the login that it names succeeded is not stated" if login else "",
        },
    )


FORMAT = Format(title="Google Workspace Alert Center (JSON)", provider=PROVIDER, claims=claims, rows=rows, event=event)

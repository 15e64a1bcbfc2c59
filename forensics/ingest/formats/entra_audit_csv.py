"""Entra ID (Azure AD) audit log, CSV of the portal.

What it is: changes in the directory of an organisation, as in ``entra_audit_json``, one row each: who did what, to whom,
with the old and new values of up to five properties of up to three targets.

How to obtain: entra.microsoft.com → Monitoring & health → Audit logs → Download → CSV. The JSON beside it has an id for
each entry and all properties, and is better evidence.

Time: the column ``Date (UTC)`` names its zone (``explicit``). A column ``Date`` without a label keeps its text and gives no
instant, unless the examiner gives a zone (``--assume-zone``). Day and month in the spelling of a culture are decided once
per file; a file that does not show the order gives no instants.

Versions: ``Date (UTC), CorrelationId, Service, Category, Activity, Result, ResultReason, ActorType, ActorDisplayName,
ActorObjectId, ActorUserPrincipalName, IPAddress, …, Target1Type, …, Target1ModifiedProperty1Name, …OldValue, …NewValue, …,
AdditionalDetail1Key, AdditionalDetail1Value, …``, with or without ``User Agent`` (2022 to 2024, as public readers name the
columns; no real file was seen). Columns may stand in any order, with semicolons or tabs between them. Headers in other
languages are not read: use the JSON. A row has no id, so it is tied to others by ``correlation_id`` only.

Retention: 7 days without, 30 days with an Entra ID P1 or P2 licence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from forensics.ingest import entra_audits, entra_records, entra_tables
from forensics.ingest.csv_rows import delimiter_of
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.model import Event

_NEEDED = frozenset({"correlationid", "activity", "result", "actortype", "target1type"})
_GRAPH = {
    "correlationid": "correlationId",
    "service": "loggedByService",
    "activity": "activityDisplayName",
    "resultreason": "resultReason",
}
_TARGET = re.compile(r"(?i)target(\d{1,2})(?:modifiedproperty(\d{1,2}))?(\w+)")
_FURTHER = re.compile(r"(?i)additionaldetail(\d{1,2})(key|value)")
_PROPERTY = {"name": "displayName", "oldvalue": "oldValue", "newvalue": "newValue"}


def claims(evidence: Evidence) -> bool:
    """The header names activity, result, actor and target as the portal does."""
    return bool(delimiter_of(evidence, _is_header))


def _is_header(cells: tuple[str, ...]) -> bool:
    low = entra_tables.names_of(cells)
    return low >= _NEEDED and not low.isdisjoint(entra_tables.DATES)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the entries."""
    return entra_tables.dated_rows(evidence, _is_header)


def event(row: Row) -> Event:
    """Say what a change means: the columns are put together to the record that the JSON has."""
    when, note = entra_tables.moment_of(row)
    record = entra_records.record_of(_record(row.fields, when.text))
    return entra_audits.event_of(row, record, {}, (when, note))


def _record(cells: Mapping[str, Any], date: str) -> dict[str, Any]:
    """Put the record together; a cell that belongs to no part of it stays under its own name."""
    actor: dict[str, str] = {}
    targets: dict[str, dict[str, Any]] = {}
    properties: dict[str, dict[str, dict[str, str]]] = {}
    further: dict[str, dict[str, str]] = {}
    found: dict[str, Any] = {}
    for name, value in cells.items():
        plain = name.strip()
        low = plain.casefold()
        if not value or (low in entra_tables.DATES and value == date):
            continue
        if target := _TARGET.fullmatch(plain):
            number, changed, part = target.groups()
            if changed:
                place = properties.setdefault(number, {}).setdefault(changed, {})
                place[_PROPERTY.get(part.casefold(), part)] = value
            targets.setdefault(number, {}).update({} if changed else {part[:1].lower() + part[1:]: value})
        elif detail := _FURTHER.fullmatch(plain):
            further.setdefault(detail[1], {})[detail[2].lower()] = value
        elif low.startswith("actor") or low == "ipaddress":
            actor["ipAddress" if low == "ipaddress" else _short(plain)] = value
        elif low in {"user agent", "useragent"}:
            further["0"] = {"key": "User-Agent", "value": value}
        else:
            found[_GRAPH.get(low, plain)] = value
    for number, changed in properties.items():
        targets[number]["modifiedProperties"] = list(changed.values())
    who = "user" if "userPrincipalName" in actor or actor.get("type", "").casefold() == "user" else "app"
    return {
        "activityDisplayName": "",
        **found,
        "initiatedBy": {who: actor} if actor else {},
        "targetResources": list(targets.values()),
        "additionalDetails": list(further.values()),
    }


def _short(name: str) -> str:
    """``ActorUserPrincipalName`` → ``userPrincipalName``."""
    rest = name[len("actor") :]
    return rest[:1].lower() + rest[1:]


FORMAT = Format(
    title="Entra ID audit log (CSV)", provider=entra_records.PROVIDER, claims=claims, rows=rows, event=event
)

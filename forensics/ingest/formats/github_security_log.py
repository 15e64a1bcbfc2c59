"""GitHub security log of an account, and audit log of an organisation or enterprise (JSON, CSV).

What it is: logins and failed logins, second factor, passwords, tokens and keys, authorised apps, members, repositories that
were made, moved or deleted. One record per action.

How to obtain: own account: Settings → Archives → Security log → Export (JSON or CSV). Organisation: Settings → Archives →
Logs → Audit log → Export, as an owner; or the REST API ``orgs/ORG/audit-log``; or a stream to a log store.

Time: ``@timestamp`` or ``created_at``, Unix **milli**seconds (``epoch``; github/docs says "Unix timestamp", records in
elastic/integrations have 13 digits). A number of ten digits is read as seconds. A written time without a zone keeps
its text and gives no instant.

Versions: an array, one record per line, ``{"Records": […]}``, single records, shippers' ``event.original``; CSV with the
names of the JSON (``actor_location.country_code``, ``data.hook_id``), as the documentation lists them; no real CSV was seen
(unverified). ``actor_ip`` is often missing: for organisations it has to be switched on. ``same_key`` is ``_document_id``.

Retention: 90 days for an account's security log, 180 days for an organisation's audit log (Git events seven days).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from forensics.ingest import culture_dates, fields, github_actions, json_documents
from forensics.ingest.csv_rows import csv_rows, delimiter_of
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.model import Event, Initiator, Kind, Moment

PROVIDER = "github"
_STAFF = "github-staff"
"""The actor of what GitHub itself does to an account."""
_LISTS = ("value", "records", "Records", "events", "items")
_TIMES = ("@timestamp", "created_at", "timestamp")
_ACTION = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+(?:\.[a-z0-9_]+)?")
_MARKS = frozenset({"actor", "actor_id", "user", "user_id", "org", "org_id", "business", "_document_id", "actor_ip"})
_COLUMNS = frozenset({"action", "actor"})
_OWN_COLUMNS = frozenset({
    "actor_location.country_code", "actor_location", "_document_id", "@timestamp", "actor_ip", "operation_type",
})  # fmt: skip
_MILLISECOND_DIGITS = 12
_SHOWN = ("action", "user_agent", "actor_ip")


def claims(evidence: Evidence) -> bool:
    """A record with a dotted action, a time in milliseconds and an actor; or the CSV of such records."""
    if delimiter_of(evidence, _is_header):
        return True
    return any(
        _is_record(inner)
        for found in json_documents.samples(evidence, *_LISTS)
        for inner in json_documents.unwrapped(found)
    )


def _is_header(cells: tuple[str, ...]) -> bool:
    low = {cell.strip('"\ufeff ').casefold() for cell in cells}
    dated = bool(low & {"@timestamp", "created_at"})
    own = bool(low & _OWN_COLUMNS) or low >= {"org", "repo"} or any(cell.startswith("data.") for cell in low)
    return low >= _COLUMNS and dated and own


def _is_record(found: Mapping[str, Any]) -> bool:
    action, actor = found.get("action"), found.get("actor", "")
    if not isinstance(action, str) or not _ACTION.fullmatch(action) or not isinstance(actor, str | None):
        return False
    epoch = any(isinstance(found.get(key), int) and found[key] > 10**_MILLISECOND_DIGITS for key in _TIMES[:2])
    return epoch and bool(_MARKS & found.keys())


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the records."""
    delimiter = delimiter_of(evidence, _is_header)
    if delimiter:
        return csv_rows(evidence, _is_header, delimiter=delimiter)
    return json_documents.documents(evidence, *_LISTS)


def event(row: Row) -> Event:
    """Say what one record means."""
    found = next((inner for inner in json_documents.unwrapped(row.fields) if inner.get("action")), row.fields)
    name = fields.need(found, "action").strip()
    if not _ACTION.fullmatch(name):
        raise FieldError(f"'action' is no name of an action: {name[:60]!r}")
    meant = github_actions.meaning(name)
    actor, user = fields.text(found, "actor", "actor_login"), fields.text(found, "user")
    when, note = _moment(found)
    return row.event(
        provider=PROVIDER,
        service="GitHub",
        action=meant.action,
        action_text=name,
        kind=Kind.STATE_CHANGE if any(key.endswith("_was") or key == "old_user" for key in found) else Kind.EVENT,
        outcome=meant.outcome,
        initiator=meant.initiator or _initiator(found, actor),
        when=when,
        account=user if user and actor == _STAFF else actor or user,
        address=fields.address(fields.text(found, "actor_ip", "ip_address")),
        user_agent=fields.text(found, "user_agent"),
        stated_place=_place(found),
        detail={
            **{key: value for key, value in found.items() if key not in _SHOWN},
            "same_key": fields.text(found, "_document_id"),
            "meaning": meant.text,
            "time_note": note,
            "target": user if user and actor and user != actor else "",
            "shipper": {} if found is row.fields else json_documents.around(row.fields),
        },
    )


def _initiator(found: Mapping[str, Any], actor: str) -> Initiator:
    """A token acts for whoever holds it, a bot and an app's own token for a program; without an actor nobody is named."""
    if actor == _STAFF:
        return Initiator.PROVIDER
    token = fields.text(found, "programmatic_access_type")
    if (
        fields.text(found, "actor_is_bot").casefold() == "true"
        or actor.endswith("[bot]")
        or "server-to-server" in token
    ):
        return Initiator.APP
    return Initiator.UNKNOWN if token or not actor else Initiator.USER


def _moment(found: Mapping[str, Any]) -> tuple[Moment, str]:
    """Read the time by its digits: 13 are milliseconds, 10 are seconds; a written one counts only with its zone."""
    written = fields.text(found, *_TIMES).strip()
    if not re.fullmatch(r"\d+(?:\.0+)?", written):
        return culture_dates.moment(written, culture_dates.UNDECIDED)
    unit = 1000 if len(written.partition(".")[0]) >= _MILLISECOND_DIGITS else 1
    return fields.epoch({"created_at": written}, "created_at", unit=unit), ""


def _place(found: Mapping[str, Any]) -> str:
    part = found.get("actor_location")
    if isinstance(part, str) and part.startswith("{"):
        part = json_documents.value_of(part)
    if isinstance(part, Mapping):
        words = [fields.text(part, key) for key in ("city", "region_name", "region", "country_name", "country_code")]
        return ", ".join(dict.fromkeys(word for word in words if word))
    return fields.text(found, "actor_location.country_code", "actor_location.country_name", "country", "actor_location")


FORMAT = Format(
    title="GitHub security log and audit log (JSON, CSV)", provider=PROVIDER, claims=claims, rows=rows, event=event
)

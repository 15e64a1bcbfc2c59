"""Slack audit log of an Enterprise organisation (JSON).

What it is: what members, administrators and apps did in all workspaces: logins and failed logins, sessions that were
ended, roles, apps, files, channels, exports of everything, and ``anomaly``, Slack's own suspicion of a session. Actor,
target, address, user agent and workspace are stated.

How to obtain: an owner of the organisation: the Audit Logs API (``audit/v1/logs``), the page "Audit logs" of the
administration, or whatever already collects them. Only for the Enterprise plan; other plans have access logs.

Time: ``date_create``, Unix seconds (``epoch``), as Slack documents. A written time counts only with its zone.

Versions: pages of the API (``{"entries": […]}``), arrays, one record per line, shippers' ``event.original``. Names of
actions grow; those that are not listed count as activity. ``same_key`` is ``id``.

Retention: not documented; the API has nothing before March 2018.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from forensics.ingest import fields, json_documents, slack_actions, stated_times
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Unused
from forensics.model import Event, Initiator

PROVIDER = "slack"
_LISTS = ("entries", *json_documents.LISTS)
_NAME = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)?")
_OF_SLACK = frozenset({"USLACKUSER", "USLACKSECURITY"})
"""Actors that stand for Slack itself, as Slack documents: nobody, and its security staff."""
_SHOWN = ("action", "date_create")


def claims(evidence: Evidence) -> bool:
    """A record with an action, the time of its making, an actor, and a target or surroundings."""
    return any(
        _is_record(inner)
        for found in json_documents.samples(evidence, *_LISTS)
        for inner in json_documents.unwrapped(found)
    )


def _is_record(found: Mapping[str, Any]) -> bool:
    action = found.get("action")
    return (
        isinstance(action, str)
        and _NAME.fullmatch(action) is not None
        and "date_create" in found
        and isinstance(found.get("actor"), Mapping)
        and any(isinstance(found.get(key), Mapping) for key in ("context", "entity"))
    )


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the records."""
    return json_documents.documents(evidence, *_LISTS)


def event(row: Row) -> Event:
    """Say what one record means."""
    found = next((inner for inner in json_documents.unwrapped(row.fields) if inner.get("action")), row.fields)
    name = fields.need(found, "action").strip()
    if not _NAME.fullmatch(name):
        raise FieldError(f"'action' is no name of an action: {name[:60]!r}")
    meant = slack_actions.meaning(name)
    actor, target, context = (fields.part(found, key) for key in ("actor", "entity", "context"))
    by_slack = fields.text(fields.part(actor, "user"), "id") in _OF_SLACK
    when = stated_times.read(fields.text(found, "date_create"))
    return row.event(
        provider=PROVIDER,
        service="Slack",
        action=meant.action,
        action_text=name,
        outcome=meant.outcome,
        initiator=Initiator.PROVIDER if by_slack else meant.initiator or _initiator(actor, context),
        when=when,
        account=_who(target if by_slack else actor),
        address=fields.address(fields.text(context, "ip_address")),
        user_agent=fields.text(context, "ua"),
        stated_place=fields.text(fields.part(found, "details"), "location"),
        detail={
            **{key: value for key, value in found.items() if key not in _SHOWN},
            "same_key": fields.text(found, "id"),
            "meaning": meant.text,
            "target": _who(target) if _who(target) != _who(actor) else "",
            "time_note": stated_times.note(when),
            "shipper": {} if found is row.fields else json_documents.around(row.fields),
        },
    )


def _who(part: Mapping[str, Any]) -> str:
    """Return the address of a user, else name or number; of anything else the name."""
    named = fields.part(part, fields.text(part, "type")) or fields.part(part, "user")
    return fields.text(named, "email", "name", "id")


def _initiator(actor: Mapping[str, Any], context: Mapping[str, Any]) -> Initiator:
    if fields.part(context, "app"):
        return Initiator.APP
    return Initiator.USER if fields.part(actor, "user") else Initiator.UNKNOWN


FORMAT = Format(title="Slack audit log (JSON)", provider=PROVIDER, claims=claims, rows=rows, event=event)

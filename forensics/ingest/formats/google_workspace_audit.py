"""Google Workspace audit logs (Admin SDK Reports API), JSON or the CSV of GAM.

What it is: logins, changes of passwords, second factors and recovery details, Takeout, consents to apps, groups, the admin
console, Drive and more, of all users of a Workspace (company, school, newsroom) domain.

How to obtain: an administrator exports with GAM (``gam report login …``), with the Reports API (``activities.list`` for
each application), or from a log shipper. A private Gmail account has no such log: see the Takeout formats.

Time: ``id.time`` in RFC 3339 with ``Z`` (``explicit``). ``login_timestamp`` of the warnings about blocked logins is a count
of **micro**seconds since 1970 (``epoch``): it is the time of the attempt, so it is the event's time, and the time of the
warning stays in ``detail`` (``reported_at``). Takeout's ``START_TIME`` and ``COMPLETION_TIME`` are whole numbers of a unit
that is not stated: kept as found.

Versions: one activity, an array, ``{"items": […], "nextPageToken": …}``, one per line; ``events`` as a list (API) or an
object (shippers); the CSV of GAM (``name, actor.email, id.time, id.applicationName, ipAddress``, a column per parameter);
filebeat with ``event.original``, or only with fields of its own. An activity with several events
gives a row for each. Entries of Cloud Logging (``protoPayload`` with ``metadata.event``; in BigQuery
``protopayload_auditlog``) are read as the same activities, other entries of such a log are left out. ``suspicious_login``
and its sisters are attempts that Google blocked; a suspicious login that succeeded is ``login_success`` with
``is_suspicious``. ``same_key`` is application, unique qualifier, name and number.

Retention: six months for most applications.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from forensics.ingest import (
    culture_dates,
    fields,
    json_documents,
    workspace_activities,
    workspace_events,
    workspace_log_entries,
)
from forensics.ingest.csv_rows import csv_rows, delimiter_of
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.model import Action, Event, Initiator, Kind, Moment, ZoneBasis

PROVIDER = "google"
_MICROSECONDS = 1_000_000
_FIRST_YEAR = 2004
_CALLERS = {"user": Initiator.USER, "key": Initiator.APP, "application": Initiator.APP}
_OF_TARGET = frozenset({Action.PASSWORD_CHANGED, Action.TWO_FACTOR_CHANGED, Action.RECOVERY_CHANGED})
_TARGETS = ("affected_email_address", "USER_EMAIL", "user_email", "target_user")


def claims(evidence: Evidence) -> bool:
    """One of the first records is an activity, bare or wrapped; or the table that GAM makes of activities."""
    return bool(delimiter_of(evidence, workspace_activities.is_flat_header)) or any(
        workspace_activities.activity_of(found) is not None
        for found in json_documents.samples(evidence, *workspace_activities.LISTS)
    )


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield a row per event of each activity."""
    delimiter = delimiter_of(evidence, workspace_activities.is_flat_header)
    if delimiter:
        yield from _lines(evidence, delimiter)
        return
    for row in json_documents.documents(evidence, *workspace_activities.LISTS):
        if not isinstance(row, Row):
            yield row
        elif workspace_log_entries.is_other(row.fields):
            yield Unused(rule="an entry of Cloud Logging that tells no activity of Workspace")
        else:
            yield from workspace_activities.events_of(row)


def _lines(evidence: Evidence, delimiter: str) -> Iterator[Row | Flaw | Unused]:
    for row in csv_rows(evidence, workspace_activities.is_flat_header, delimiter=delimiter):
        if not isinstance(row, Row):
            yield row
        elif row.text("name") == "NoActivities":
            yield Unused(rule="the tool's line for a user without activities")
        else:
            yield workspace_activities.from_columns(row)


def event(row: Row) -> Event:
    """Say what one event means."""
    activity, found = row.fields.get("activity"), row.fields.get("event")
    if not isinstance(activity, Mapping) or not isinstance(found, Mapping):
        raise FieldError("not an activity: no 'id' with 'applicationName' and 'events'")
    identity = fields.part(activity, "id")
    actor = fields.part(activity, "actor")
    name = fields.need(found, "name")
    application = fields.text(identity, "applicationName")
    parameters = workspace_activities.parameters_of(found)
    texts = {key: workspace_activities.as_text(value) for key, value in parameters.items()}
    meant = workspace_events.meaning(application, name, texts)
    when, reported = _times(identity, name, texts)
    address = fields.address(fields.text(activity, "ipAddress"))
    account, other = _account(actor, texts, meant.action, fields.text(activity, "ipAddress"))
    extra = {
        "same_key": ":".join((application, fields.text(identity, "uniqueQualifier"), name, str(row.fields["number"]))),
        "event_type": fields.text(found, "type"),
        "parameters": parameters,
        "meaning": meant.text,
        **reported,
        **other,
    }
    return row.event(
        provider=PROVIDER,
        service=f"Workspace {application}".strip(),
        action=meant.action,
        action_text=name,
        kind=Kind.STATE_CHANGE if any(_is_value(key) for key in parameters) else Kind.EVENT,
        outcome=meant.outcome,
        initiator=meant.initiator or _CALLERS.get(fields.text(actor, "callerType").casefold(), Initiator.UNKNOWN),
        when=when,
        account=account,
        address=address,
        user_agent=texts.get("user_agent", "") or texts.get("USER_AGENT", "") or fields.text(activity, "userAgent"),
        stated_place=fields.text(fields.part(activity, "networkInfo"), "subdivisionCode", "regionCode"),
        detail={**_rest(activity), **extra},
    )


def _times(identity: Mapping[str, Any], name: str, texts: Mapping[str, str]) -> tuple[Moment, dict[str, str]]:
    """Return the event's time, and the time of the record where that is another."""
    recorded, note = culture_dates.moment(fields.text(identity, "time"), culture_dates.UNDECIDED)
    written = texts.get("login_timestamp", "")
    if not written or not name.casefold().startswith("suspicious_"):
        return recorded, {"time_note": note}
    if not written.strip().isdecimal():
        return recorded, {"time_note": "time of the record: 'login_timestamp' is no count"}
    attempt = fields.epoch({"login_timestamp": written}, "login_timestamp", unit=_MICROSECONDS)
    if attempt.utc is None or attempt.utc.year < _FIRST_YEAR:
        return recorded, {"time_note": "time of the record: 'login_timestamp' is no count of microseconds"}
    return Moment(utc=attempt.utc, text=written, zone=ZoneBasis.EPOCH), {"reported_at": recorded.text}


def _account(
    actor: Mapping[str, Any], texts: Mapping[str, str], action: Action, address: str
) -> tuple[str, dict[str, str]]:
    """Return the account, and who else is in the row.

    A warning is about the address that it names. A row with an address tells of the actor's use of the actor's account;
    without one, a changed password or second factor is told of the account that was changed.
    """
    who = fields.text(actor, "email", "profileId", "key")
    affected = texts.get("affected_email_address", "")
    target = next((texts[key] for key in _TARGETS if texts.get(key)), "")
    if affected and affected != who:
        return affected, {"actor_account": who}
    if target and target != who:
        if action in _OF_TARGET and not address:
            return target, {"actor_account": who}
        return who or target, {"target": target}
    return who, {}


def _is_value(name: str) -> bool:
    return name.casefold() in {"old_value", "new_value"}


def _rest(activity: Mapping[str, Any]) -> dict[str, Any]:
    """Everything of the activity that the event's columns do not show."""
    return {
        key: value
        for key, value in activity.items()
        if key not in {"ipAddress", "userAgent", "name", "type", "parameters"}
    }


FORMAT = Format(
    title="Google Workspace audit log (Reports API: JSON, CSV of GAM)",
    provider=PROVIDER,
    claims=claims,
    rows=rows,
    event=event,
)

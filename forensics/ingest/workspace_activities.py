"""Activities of the Google Workspace Reports API: found in their wrapping, cut into events, read into values.

An activity has one time, one actor, one address, and one or more events. Log shippers send one activity per event, with
``events`` as an object; filebeat keeps the original text, and beside it fields of its own (``google_workspace.*``), from
which an activity is put together where the original is missing; entries of Cloud Logging are put together, too.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from forensics.ingest import fields, json_documents, workspace_log_entries
from forensics.ingest.format import Row

LISTS = ("items", "activities", "value", "records", "data", "results", "entries")
_OF_LOGIN = frozenset({"challenge_method", "challenge_status", "failure_type", "timestamp", "type"})
_OF_ACTIVITY = frozenset({"etag", "kind", "ipAddress", "ownerDomain"})
_VALUES = ("value", "intValue", "boolValue", "multiValue", "multiIntValue", "multiBoolValue", "messageValue")


def is_activity(found: Mapping[str, Any]) -> bool:
    """Whether an object is an activity: an id with time or application, and events (or one event's name)."""
    identity = found.get("id")
    kind = found.get("kind")
    named = isinstance(kind, str) and kind.endswith("#activity")
    if not isinstance(identity, Mapping) or not (named or "applicationName" in identity):
        return False
    return isinstance(found.get("events"), list | Mapping) or ("name" in found and "parameters" in found)


def activity_of(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Find the activity in a row; ``None`` if there is none."""
    for inner in json_documents.unwrapped(found):
        if is_activity(inner):
            return inner
    for inner in json_documents.unwrapped(found):
        if isinstance(inner.get("google_workspace"), Mapping) and isinstance(inner.get("event"), Mapping):
            return _rebuilt(inner)
        logged = workspace_log_entries.activity_in(inner)
        if logged is not None:
            return logged
    return None


def _rebuilt(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put an activity together from the fields of filebeat; all of them stay in the detail."""
    own, event = found["google_workspace"], found["event"]
    application = fields.text(event, "provider") or fields.text(event, "dataset").rpartition(".")[2]
    source = fields.part(found, "source")
    user = fields.part(source, "user") or fields.part(found, "user")
    return {
        "id": {
            "time": fields.text(found, "@timestamp"),
            "applicationName": application,
            "uniqueQualifier": fields.text(event, "id"),
        },
        "actor": {
            "email": fields.text(user, "email"),
            "profileId": fields.text(user, "id"),
            "callerType": fields.text(fields.part(own, "actor"), "type"),
        },
        "ipAddress": fields.text(source, "ip"),
        "events": {
            "name": fields.text(event, "action"),
            "type": fields.text(fields.part(own, "event"), "type"),
            "parameters": _shipped(fields.part(own, application)),
        },
        "note": "put together from the fields of a log shipper",
    }


def _shipped(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters under Google's names: filebeat cuts ``login_`` off, and moves ``USER_EMAIL`` into ``user``."""
    parameters = {f"login_{key}" if key in _OF_LOGIN else key: value for key, value in told.items()}
    target = fields.text(fields.part(told, "user"), "email")
    return {**parameters, **({"USER_EMAIL": target} if target else {})}


def is_flat_header(cells: tuple[str, ...]) -> bool:
    """Whether a CSV has the columns that GAM makes of activities (``gam report login``)."""
    return {"name", "id.time", "id.applicationName"} <= {cell.strip('"\ufeff ') for cell in cells}


def from_columns(row: Row) -> Row:
    """Put the activity of one line of GAM's CSV together: ``id.*``, ``actor.*``, and a column per parameter."""
    activity: dict[str, Any] = {"id": {}, "actor": {}}
    event: dict[str, Any] = {"parameters": {}}
    for column, value in row.fields.items():
        part, _, key = column.partition(".")
        if value == "":
            continue
        if part in {"id", "actor"} and key:
            activity[part][key] = value
        elif column in {"name", "type"}:
            event[column] = value
        elif column in _OF_ACTIVITY:
            activity[column] = value
        else:
            event["parameters"][column] = value
    return _event_row(row, activity, event, row.place, 1)


def events_of(row: Row) -> Iterator[Row]:
    """Yield a row per event of an activity; its place is the event's own (``/items/3/events/0``)."""
    activity = activity_of(row.fields)
    if activity is None:
        yield row
        return
    bare = activity is row.fields
    shared = {key: value for key, value in activity.items() if key != "events"}
    if not bare:
        shared["shipper"] = json_documents.around(row.fields)
    events = activity.get("events", {key: activity.get(key) for key in ("name", "type", "parameters")})
    if isinstance(events, Mapping):
        yield _event_row(row, shared, events, row.place, 1)
        return
    seen: Counter[str] = Counter()
    for index, event in enumerate(events):
        found = event if isinstance(event, Mapping) else {"value": event}
        name = fields.text(found, "name")
        seen[name] += 1
        place = f"{row.place}/events/{index}" if bare else f"{row.place}#events/{index}"
        yield _event_row(row, shared, found, place, seen[name])


def _event_row(row: Row, activity: Mapping[str, Any], event: Mapping[str, Any], place: str, number: int) -> Row:
    return replace(row, place=place, fields={"activity": activity, "event": event, "number": number})


def parameters_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters by name: a list of ``{name, value | intValue | boolValue | multiValue …}``, or an object."""
    listed = event.get("parameters")
    if isinstance(listed, Mapping):
        return dict(listed)
    found: dict[str, Any] = {}
    for item in listed if isinstance(listed, list) else ():
        if not isinstance(item, Mapping) or not (name := fields.text(item, "name")):
            continue
        value = next((item[key] for key in _VALUES if key in item), None)
        if value is None:
            value = {key: inner for key, inner in item.items() if key != "name"}
        found[name if name not in found else f"{name}#2"] = value
    return found


def as_text(value: Any) -> str:
    """Write a parameter's value as text: lists joined, objects as JSON."""
    if isinstance(value, list):
        return ", ".join(as_text(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False, default=str)

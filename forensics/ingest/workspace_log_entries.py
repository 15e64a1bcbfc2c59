"""Activities of Google Workspace as Cloud Logging keeps them: a ``LogEntry`` whose ``protoPayload`` is an audit log.

Where an organisation shares its Workspace data with Google Cloud, the audit logs arrive there too ("Samples for Google
Workspace Login Audit" in the documentation of Cloud Logging): the activity stands in ``protoPayload.metadata`` as a list
``event`` of ``{eventName, eventType, parameter}``, the actor in ``authenticationInfo.principalEmail``, the address in
``requestMetadata.callerIp``. The time of the entry is the time of the activity. A sink into BigQuery writes the same as
``protopayload_auditlog``, with the metadata as a text (``metadataJson``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forensics.ingest import fields, json_documents

_PAYLOADS = ("protoPayload", "protopayload_auditlog")
_APPLICATIONS = {"oauth2": "token", "cloudidentity": "groups_enterprise"}
_VALUES = {"multiStrValue": "multiValue", "multi_str_value": "multiValue"}


def activity_in(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the activity of a log entry in the form of the Reports API; ``None`` where there is none."""
    payload = _payload(found)
    metadata = _metadata(payload)
    if not isinstance(metadata.get("event"), list):
        return None
    service = fields.text(payload, "serviceName").partition(".")[0]
    request = fields.part(payload, "requestMetadata")
    return {
        "id": {
            "time": fields.text(found, "timestamp"),
            "applicationName": _APPLICATIONS.get(service, service),
            "uniqueQualifier": fields.text(fields.part(metadata, "activityId"), "uniqQualifier"),
        },
        "actor": {"email": fields.text(fields.part(payload, "authenticationInfo"), "principalEmail")},
        "ipAddress": fields.text(request, "callerIp"),
        "userAgent": fields.text(request, "callerSuppliedUserAgent"),
        "events": [_event(event) for event in metadata["event"]],
        "note": "put together from an entry of Cloud Logging",
    }


def is_other(found: Mapping[str, Any]) -> bool:
    """Whether a record is a log entry about something else: logs of a cloud mix what all its services write."""
    payload = _payload(found)
    return bool(payload) and not isinstance(_metadata(payload).get("event"), list)


def _payload(found: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((found[name] for name in _PAYLOADS if isinstance(found.get(name), Mapping)), {})


def _metadata(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(payload.get("metadataJson"), str) and "metadata" not in payload:
        found = json_documents.value_of(payload["metadataJson"])
        return found if isinstance(found, Mapping) else {}
    return fields.part(payload, "metadata")


def _event(event: Any) -> Any:
    """Name the parts of an event as the Reports API does; what is no event stays as it is."""
    if not isinstance(event, Mapping):
        return event
    listed = event.get("parameter")
    return {
        "name": fields.text(event, "eventName"),
        "type": fields.text(event, "eventType"),
        "parameters": [_parameter(item) for item in listed] if isinstance(listed, list) else [],
    }


def _parameter(item: Any) -> Any:
    if not isinstance(item, Mapping):
        return item
    return {_VALUES.get(key, key): value for key, value in item.items() if key not in {"type", "label"}}

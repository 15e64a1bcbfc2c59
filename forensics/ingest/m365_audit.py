"""A record of the Microsoft 365 unified audit log (the JSON object ``AuditData``) as an event.

The same object comes in a CSV cell, as JSON, inside the record of a tool or a shipper, and, renamed, in the Log
Analytics table ``OfficeActivity``. This module finds it and says what it means. ``Id`` names the record: the same
record in two exports, or twice in one (searches repeat rows), has the same ``same_key``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from forensics.ingest import culture_dates, entra_codes, fields, json_documents, m365_operations, m365_values
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Row
from forensics.model import Action, AddressSeen, Event, Initiator, Kind, Moment, Outcome, ZoneBasis

PROVIDER = "microsoft"
SHIPPED = ("o365audit", "o365.audit", "o365", "AuditData", "auditData", "auditdata", "Auditdata")
_ADDRESSES = (
    "ClientIP",
    "ActorIpAddress",
    "ClientIPAddress",
    "Client_IPAddress",
    "ClientIp",
    "clientIp",
    "ActorIPAddress",
)
_POWERSHELL_DATE = re.compile(r"/Date\((-?\d{1,16})(?:[+-]\d{4})?\)/")
_REDIRECT = "an OAuth redirect inside a sign-in, not a new login"
_UNTOLD = "the record does not say whether this was a redirect inside a sign-in"
_OF_TARGET = frozenset({Action.PASSWORD_CHANGED, Action.TWO_FACTOR_CHANGED, Action.RECOVERY_CHANGED})


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The record, and what stood around it (columns of the export, fields of a shipper)."""

    record: Mapping[str, Any]
    wrapper: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    @cached_property
    def columns(self) -> Mapping[str, Any]:
        """What stood around the record, by case-folded name."""
        return {key.casefold(): value for key, value in self.wrapper.items()}


def is_record(found: Mapping[str, Any]) -> bool:
    """Whether an object is an audit record itself: ``AuditData`` or a row of ``OfficeActivity``."""
    if "Operation" not in found and "RecordType" not in found:
        return False
    if "CreationTime" in found and (
        any(key in found for key in ("Workload", "UserId", "UserKey", "OrganizationId", "ClientIP"))
        or ("Id" in found and "RecordType" in found)
    ):
        return True
    return "OfficeWorkload" in found and any(
        key in found for key in ("OfficeId", "UserId", "TimeGenerated", "TimeGenerated [UTC]")
    )


def is_wrapper(found: Mapping[str, Any]) -> bool:
    """Whether an object is a row of a search that holds the record under ``AuditData``."""
    folded = {key.casefold() for key in found}
    return "auditdata" in folded and bool(
        folded & {"operation", "operations", "recordtype", "creationdate", "auditlogrecordtype", "createddatetime"}
    )


def audit_of(found: Mapping[str, Any]) -> Audit | None:
    """Find the audit record in a row of any form; ``None`` if there is none.

    A wrapper whose record is cut off or empty still makes a record: of what is complete, and of its own columns.
    """
    for inner in json_documents.unwrapped(found, *SHIPPED):
        if is_record(inner):
            return Audit(record=inner, wrapper={} if inner is found else json_documents.around(found, *SHIPPED))
    if not is_wrapper(found):
        return None
    columns = {key.casefold(): value for key, value in found.items()}
    held = columns.get("auditdata")
    saved = json_documents.complete_members(held) if isinstance(held, str) else held
    kept = dict(saved) if isinstance(saved, Mapping) else {}
    note = "" if isinstance(held, Mapping) else "AuditData is not a complete JSON object"
    if isinstance(held, str) and json_documents.value_of(held) is not None:
        note = ""
    elif isinstance(held, str) and held:
        kept["AuditData as found"] = held
    return Audit(record=kept, wrapper=json_documents.around(found, *SHIPPED), note=note)


def dates_needed(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the dates of a row that only its culture can explain (see ``culture_dates``)."""
    for key, value in found.items():
        if isinstance(value, str) and key.casefold() in _DATE_COLUMNS and culture_dates.is_culture_date(value):
            yield value


_DATE_COLUMNS = frozenset({
    "creationdate", "creationtime", "createddatetime", "date", "timegenerated", "timegenerated [utc]", "@timestamp",
})  # fmt: skip


def _moment(audit: Audit, order: str) -> tuple[Moment, str]:
    """Prefer the record's ``CreationTime`` (UTC, written without a zone); else the column of the export."""
    unread: tuple[Moment, str] | None = None
    for source, key in (
        (audit.record, "CreationTime"),
        (audit.record, "TimeGenerated"),
        (audit.record, "TimeGenerated [UTC]"),
        *((audit.wrapper, key) for key in audit.wrapper if key.casefold() in _DATE_COLUMNS),
    ):
        value = source.get(key)
        if isinstance(value, Mapping):  # Windows PowerShell writes a date as an object with its display hint
            value = value.get("value") or value.get("DateTime")
        if not isinstance(value, str) or not value.strip():
            continue
        powershell = _POWERSHELL_DATE.fullmatch(value.strip())
        if powershell:
            moment = fields.epoch({"date": powershell[1]}, "date", unit=1000)
            return Moment(utc=moment.utc, text=value, zone=ZoneBasis.ASSUMED), f"time from {key!r}"
        basis = ZoneBasis.EXPLICIT if "[UTC]" in key else ZoneBasis.FORMAT_RULE
        moment, note = culture_dates.moment(value, order, basis)
        said = "" if source is audit.record and key == "CreationTime" else f"time from {key!r}"
        if moment.utc is not None:
            return moment, "; ".join(filter(None, (said, note)))
        unread = unread or (moment, "; ".join(filter(None, (said, note))))
    return unread or (Moment(utc=None), "the record has no time")


def event_of(row: Row, audit: Audit, order: str) -> Event:
    """Say what an audit record means."""
    record, wrapper = audit.record, audit.wrapper
    operation = fields.text(record, "Operation") or fields.text(audit.columns, "operation", "operations")
    if not operation and not fields.text(record, "RecordType"):
        raise FieldError("'Operation' is missing or empty")
    moment, note = _moment(audit, order)
    properties = m365_values.named_values(record.get("ExtendedProperties"))
    properties |= m365_values.named_values(record.get("OperationProperties"))
    device = m365_values.named_values(record.get("DeviceProperties"))
    action, outcome, said = _meaning(record, operation, properties)
    address = _address(audit)
    client = m365_values.user_agent(record, properties)
    account, actor = _account(audit, action, address)
    action_text = operation or f"RecordType {fields.text(record, 'RecordType')}"
    extra = {
        "same_key": fields.text(record, "Id", "OfficeId") or fields.text(audit.columns, "recordid", "identity", "id"),
        "correlation_id": fields.text(record, "InterSystemsId", "CorrelationId"),
        "request_id": fields.text(record, "IntraSystemId"),
        "session_id": device.get("SessionId", "") or m365_values.session_id(record),
        "actor": actor,
        "meaning": said,
        "time_note": note,
        "record_note": audit.note,
        **m365_values.mail_access(operation, properties, record),
    }
    return row.event(
        provider=PROVIDER,
        service=fields.text(record, "Workload", "OfficeWorkload")
        or fields.text(audit.columns, "service")
        or "Microsoft 365",
        action=action,
        action_text=action_text,
        kind=Kind.STATE_CHANGE if m365_values.changes(record) else Kind.EVENT,
        outcome=outcome,
        initiator=_initiator(record, operation, properties),
        when=moment,
        account=account,
        address=address,
        user_agent=client,
        device=m365_values.device_name(device.get("Id", "")),
        detail={**_rest(record, account, address, moment), **extra, "export_row": _only_new(wrapper, record)},
    )


def _meaning(record: Mapping[str, Any], operation: str, properties: Mapping[str, str]) -> tuple[Action, Outcome, str]:
    """Return action, outcome, and what has to be said about them."""
    status = fields.text(record, "ResultStatus")
    outcome = m365_operations.outcome_of(status)
    name = m365_operations.plain(operation)
    parameters = m365_values.named_values(record.get("Parameters")) if name in m365_operations.WITH_PARAMETERS else {}
    changed = m365_values.changed_names(record) if name in m365_operations.WITH_CHANGES else {}
    action = m365_operations.action_of(operation, parameters, changed)
    detail = properties.get("ResultStatusDetail", "")
    if action is Action.LOGIN and detail.casefold() == "redirect":
        return Action.ACTIVITY, outcome, _REDIRECT
    code = fields.text(record, "ErrorNumber", "ErrorCode").strip()
    if action in {Action.LOGIN, Action.LOGIN_FAILED} and code not in {"", "0"}:
        meant = entra_codes.code_of(code)
        return meant.action, meant.outcome, meant.text
    if action is Action.LOGIN_FAILED:
        if "interrupt" in fields.text(record, "LogonError").casefold():
            return Action.ACTIVITY, Outcome.CHALLENGE, "the sign-in was interrupted, it did not fail"
        return action, Outcome.FAILURE, ""
    if action is Action.LOGIN and (outcome is Outcome.FAILURE or detail.casefold() in {"usererror", "failure"}):
        return Action.LOGIN_FAILED, Outcome.FAILURE, ""
    untold = action is Action.LOGIN and not detail and m365_operations.plain(operation) == "userloggedin"
    return m365_operations.attempted(action, outcome, status), outcome, _UNTOLD if untold else ""


def _initiator(record: Mapping[str, Any], operation: str, properties: Mapping[str, str]) -> Initiator:
    """Background synchronisation and token requests are the client's, whoever owns the account."""
    by_type = m365_operations.initiator_of(fields.text(record, "UserType"))
    if by_type is Initiator.USER:
        if m365_operations.plain(operation) == "mailitemsaccessed":
            return Initiator.APP if properties.get("MailAccessType", "").casefold() == "sync" else Initiator.UNKNOWN
        if properties.get("RequestType", "").casefold() == "oauth2:token":
            # ROPC: a name and a password went with the request, from an old mail program or from somebody's script
            return Initiator.UNKNOWN if "ROPC" in properties.get("UserAgent", "") else Initiator.APP
    return by_type


def _address(audit: Audit) -> AddressSeen:
    """Take the first field that holds an address; without one, the first that holds anything (a host name)."""
    written = [text for key in _ADDRESSES if (text := fields.text(audit.record, key)) and text.strip() != "<null>"]
    written += [text for text in (fields.text(audit.columns, "clientip", "client_ip"),) if text]
    seen = [fields.address(text) for text in written]
    return next((item for item in seen if item.address), seen[0] if seen else fields.address(""))


def _account(audit: Audit, action: Action, address: AddressSeen) -> tuple[str, str]:
    """Return the account and, where somebody else acted on it, the actor.

    A record with an address tells of the actor's use of the actor's own account. One without an address that changes a
    password or a second factor tells of the account that was changed (``ObjectId``), often by a service. "Not Available"
    and "Unknown" stand for users that the provider did not resolve.
    """
    record = audit.record
    user = fields.text(record, "UserId", "MailboxOwnerUPN") or fields.text(
        audit.columns, "userid", "userids", "userprincipalname"
    )
    if user.strip().casefold() in {"not available", "unknown", "not-found"} or m365_values.is_empty_id(user):
        user = ""
    target = fields.text(record, "ObjectId", "OfficeObjectId")
    other = "@" in target and target.casefold() != user.casefold()
    if action in _OF_TARGET and other and address.address is None:
        return target, user
    return user, ""


def _rest(record: Mapping[str, Any], account: str, address: AddressSeen, moment: Moment) -> dict[str, Any]:
    """Everything of the record that the event's columns do not show."""
    shown = {account, address.text, moment.text}
    columns = {"UserId", "CreationTime", "Operation", "Workload", *_ADDRESSES}
    return {
        key: value
        for key, value in record.items()
        if not (key in {"Operation", "Workload"} or (key in columns and isinstance(value, str) and value in shown))
    }


def _only_new(wrapper: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """The columns around the record that say something which the record does not."""
    said = {str(value) for value in record.values() if isinstance(value, str | int)}
    return {key: value for key, value in wrapper.items() if value not in ("", None) and str(value) not in said}

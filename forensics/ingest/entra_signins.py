"""A sign-in of Entra as an event: what the result code, the kind of sign-in and the device mean.

A sign-in that nobody carried out by hand (a client renewed its access, a service principal or a managed identity) has the
initiator ``app``. A code that interrupts (second factor asked for) is an activity with the outcome ``challenge``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from forensics.ingest import entra_codes, entra_records, fields, m365_values
from forensics.ingest.entra_codes import SignInCode
from forensics.ingest.entra_records import Record
from forensics.ingest.format import Row
from forensics.model import Action, Event, Initiator, Outcome

TIMES = ("createddatetime", "time", "timegenerated", "@timestamp")
_CATEGORIES = re.compile(
    r"(?i)(?:NonInteractiveUser|ServicePrincipal|ManagedIdentity|ADFS|MicrosoftServicePrincipal)?Sign-?InLogs"
)
_MARKS = frozenset({
    "appdisplayname", "clientappused", "status", "conditionalaccessstatus", "isinteractive", "resourcedisplayname",
    "devicedetail", "resulttype", "ipaddress",
})  # fmt: skip
_WHO = frozenset({"userprincipalname", "serviceprincipalname", "serviceprincipalid", "userid"})
_ENOUGH = 3
_SHOWN = ("userprincipalname", "useragent", "ipaddress", "createddatetime")
_STATUS: Mapping[str, SignInCode] = {
    "success": SignInCode(action=Action.LOGIN, outcome=Outcome.SUCCESS),
    "failure": entra_codes.OTHER_FAILURE,
    "interrupted": SignInCode(action=Action.ACTIVITY, outcome=Outcome.CHALLENGE, text="interrupted"),
}


def is_signin(found: Mapping[str, object]) -> bool:
    """Whether a row is a sign-in of Entra, in an envelope or bare."""
    record = entra_records.record_of(found)
    category = record.outer.get("category", record.low.get("category"))
    if isinstance(category, str) and _CATEGORIES.fullmatch(category):
        return bool({"time", "timegenerated", "createddatetime"} & (record.low.keys() | record.outer.keys()))
    keys = record.low.keys()
    if keys & {"auditdata", "activitydisplayname"} or not keys & _WHO:
        return False
    return bool(keys & {"createddatetime", "timegenerated"}) and len(keys & _MARKS) >= _ENOUGH


def result(code: str, status: str) -> SignInCode:
    """Say what a sign-in came to: by its code; a status in words counts where the code is missing or not known."""
    meant = entra_codes.code_of(code)
    said = _STATUS.get(status.strip().casefold())
    if said is not None and (meant is entra_codes.NO_CODE or meant is entra_codes.OTHER_FAILURE):
        return said
    return meant


def event_of(row: Row, record: Record, shipper: Mapping[str, Any]) -> Event:
    """Say what a sign-in means; ``shipper`` is what a log shipper put around it."""
    when, note = entra_records.moment(record, *TIMES)
    status = record.part("status")
    code = fields.text(status, "errorcode") or record.text("resulttype")
    meant = result(code, "" if status else record.text("status"))
    device = record.part("devicedetail", "devicedetails")
    location = entra_records.place(record.part("location", "locationdetails"))
    account = record.text("userprincipalname", "serviceprincipalname", "identity", "userid")
    kept = () if record.text("userprincipalname") == account else ("userprincipalname",)
    extra = {
        "same_key": record.text("id", "originalrequestid"),
        "correlation_id": record.text("correlationid"),
        "request_id": record.text("id", "originalrequestid"),
        "session_id": record.text("sessionid"),
        "error_code": code,
        "meaning": meant.text,
        "time_note": note,
        "shipper": shipper,
    }
    return row.event(
        provider=entra_records.PROVIDER,
        service=record.text("appdisplayname", "resourcedisplayname") or "Entra",
        action=meant.action,
        action_text=_words(record, status, code),
        outcome=meant.outcome,
        initiator=initiator(record),
        when=when,
        account=account,
        address=fields.address(record.text("ipaddress", "calleripaddress")),
        user_agent=record.text("useragent"),
        device=m365_values.device_name(fields.text(device, "deviceid")),
        stated_place=location or _plain_location(record),
        detail={**record.rest(*(name for name in _SHOWN if name not in kept)), **extra},
    )


def _plain_location(record: Record) -> str:
    value = record.low.get("location", record.outer.get("location"))
    return value if isinstance(value, str) and not value.lstrip().startswith("{") else ""


def _words(record: Record, status: Mapping[str, object], code: str) -> str:
    """The provider's own words: kind of sign-in, code, reason."""
    kind = record.text("category") or "Sign-in"
    reason = fields.text(status, "failurereason") or record.text("resultdescription")
    reason = "" if reason.strip().casefold() in {"other.", "other"} else reason
    return ": ".join(filter(None, (" ".join(filter(None, (kind, code))), reason)))


def initiator(record: Record) -> Initiator:
    """Say who caused a sign-in: the flag, the kinds of sign-in, or the category of the log."""
    kinds = record.low.get("signineventtypes")
    kinds = " ".join(map(str, kinds)) if isinstance(kinds, list) else str(kinds or "")
    told = f"{kinds} {record.text('category')}".casefold()
    if any(word in told for word in ("noninteractive", "serviceprincipal", "managedidentity")):
        return Initiator.APP
    flag = record.text("isinteractive").casefold()
    if flag in {"true", "false"}:
        return Initiator.USER if flag == "true" else Initiator.APP
    if record.text("serviceprincipalid") and not record.text("userprincipalname"):
        return Initiator.APP
    return Initiator.USER if "interactiveuser" in told or "signinlogs" in told else Initiator.UNKNOWN

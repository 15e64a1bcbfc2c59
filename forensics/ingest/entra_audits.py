"""An entry of the Entra (Azure AD) audit log as an event: who changed what of whose account.

The unified audit log tells many of the same changes under the same names of operations, so the table is shared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from forensics.ingest import entra_records, fields, m365_operations
from forensics.ingest.entra_records import Record
from forensics.ingest.format import Row
from forensics.model import Action, Event, Initiator, Kind, Moment

_TIMES = ("activitydatetime", "time", "timegenerated", "@timestamp")
_OF_TARGET = frozenset({Action.PASSWORD_CHANGED, Action.TWO_FACTOR_CHANGED})


def is_audit(found: Mapping[str, Any]) -> bool:
    """Whether a row is an entry of the directory's audit log, in an envelope or bare."""
    record = entra_records.record_of(found)
    keys = record.low.keys()
    if "activitydisplayname" in keys and keys & {"activitydatetime", "initiatedby", "targetresources"}:
        return True
    category = record.outer.get("category")
    if isinstance(category, str) and category.casefold() == "auditlogs":
        return "time" in record.outer or "time" in keys
    return keys >= {"timegenerated", "operationname", "initiatedby", "targetresources"}


def event_of(row: Row, record: Record, shipper: Mapping[str, Any], dated: tuple[Moment, str] | None = None) -> Event:
    """Say what a change means; ``shipper`` is what a log shipper put around the record, ``dated`` its time where known.

    With an address the row tells of the actor's use of the actor's account; without one, a changed password or second
    factor is told of the account that was changed.
    """
    operation = record.text("activitydisplayname", "operationname")
    targets = record.many("targetresources")
    status = record.text("result", "resulttype", "resultsignature")
    outcome = m365_operations.outcome_of(status)
    action = m365_operations.attempted(m365_operations.action_of(operation, {}, _changed(targets)), outcome, status)
    when, note = dated or entra_records.moment(record, *_TIMES)
    actor, initiator, address = _actor(record)
    target = next((text for item in targets if (text := fields.text(item, "userprincipalname"))), "")
    seen = fields.address(address)
    other = bool(target) and target.casefold() != actor.casefold()
    of_target = other and action in _OF_TARGET and seen.address is None
    extra = {
        "same_key": record.text("id"),
        "correlation_id": record.text("correlationid"),
        "actor": actor if of_target else "",
        "target": target if other and not of_target else "",
        "time_note": note,
        "shipper": shipper,
    }
    return row.event(
        provider=entra_records.PROVIDER,
        service=record.text("loggedbyservice") or "Entra",
        action=action,
        action_text=operation,
        kind=Kind.STATE_CHANGE if _states_values(targets) else Kind.EVENT,
        outcome=outcome,
        initiator=initiator,
        when=when,
        account=target if of_target else actor,
        address=seen,
        user_agent=_user_agent(record),
        detail={**record.rest("activitydisplayname", "activitydatetime"), **extra},
    )


def _actor(record: Record) -> tuple[str, Initiator, str]:
    """Return who did it (user name, app name), as what, and from which address."""
    by = record.part("initiatedby")
    user, app = by.get("user"), by.get("app")
    if isinstance(user, Mapping):
        low = entra_records.folded(user)
        name = fields.text(low, "userprincipalname", "displayname", "id")
        address = fields.text(low, "ipaddress") or record.text("calleripaddress")
        return name, Initiator.USER, address
    if isinstance(app, Mapping):
        low = entra_records.folded(app)
        return fields.text(low, "displayname", "serviceprincipalname", "appid"), Initiator.APP, ""
    return record.text("identity"), Initiator.UNKNOWN, record.text("calleripaddress")


def _properties(targets: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for target in targets:
        listed = target.get("modifiedproperties")
        for item in listed if isinstance(listed, list) else ():
            if isinstance(item, Mapping):
                yield entra_records.folded(item)


def _changed(targets: list[Mapping[str, Any]]) -> dict[str, str]:
    """Names and new values of the properties; "Included Updated Properties" lists further names."""
    names: dict[str, str] = {}
    for item in _properties(targets):
        name, value = fields.text(item, "displayname", "name"), fields.text(item, "newvalue")
        if name == "Included Updated Properties":
            names.update((part.strip(' "[]'), "") for part in value.split(",") if part.strip(' "[]'))
        elif name:
            names[name] = value
    return names


def _states_values(targets: list[Mapping[str, Any]]) -> bool:
    return any(fields.text(item, "newvalue", "oldvalue").strip('[] "') for item in _properties(targets))


def _user_agent(record: Record) -> str:
    for item in record.many("additionaldetails"):
        if fields.text(item, "key").casefold() == "user-agent":
            return fields.text(item, "value")
    return ""

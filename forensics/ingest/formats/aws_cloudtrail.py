"""AWS CloudTrail: sign-ins to the console, and every call to services of Amazon Web Services (JSON).

What it is: who signed in to an AWS account, or failed, and what was done with it: keys, users, policies, second factors,
storage, servers. Who, from which address, with which program, the answer. For an organisation whose site or backups lie at
AWS it is the log of who took over the account.

How to obtain: console → CloudTrail → Event history → Download events → JSON (in every region that was used, sign-ins of the
root user in us-east-1); or ``aws cloudtrail lookup-events``; or the bucket of a trail:
``AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/*.json.gz``, which alone holds what happened to stored files.

Time: ``eventTime``, ISO 8601 with ``Z``: when the call was completed, by the clock of the service.

Versions: 1.0 to 1.11 of the record. ``{"Records": […]}``, ``{"Events": […]}`` of ``lookup-events`` with the record as a
text in ``CloudTrailEvent``, arrays, one record per line, shippers' ``event.original``. ``sourceIPAddress`` is the caller's
own connection; where a service acts for somebody it is that service's name (``cloudformation.amazonaws.com``, ``AWS
Internal``): no address. Of a failed sign-in the name is hidden where no such user exists, because people type passwords
there. A refused call is an activity, not the change that it asked for, and so is what a service of AWS does by itself.
Digest files and "Insights" are none of these.

Retention: 90 days in the event history, as long as the owner keeps it in the bucket of a trail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from forensics.ingest import aws_actions, fields, json_documents
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.model import Action, AddressForm, AddressSeen, Event, Initiator

PROVIDER = "aws"
_LISTS = ("Events", *json_documents.LISTS)
_WRAPPED = ("CloudTrailEvent", "aws.cloudtrail")
_KEYS = frozenset({"eventTime", "eventName", "eventSource", "userIdentity"})
_HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
_SHOWN = ("eventTime", "eventName", "userAgent", "sourceIPAddress")


def claims(evidence: Evidence) -> bool:
    """One of the first records is CloudTrail's, bare or wrapped."""
    return any(_record(found) is not None for found in json_documents.samples(evidence, *_LISTS))


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the records."""
    return json_documents.documents(evidence, *_LISTS)


def _record(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((inner for inner in json_documents.unwrapped(found, *_WRAPPED) if inner.keys() >= _KEYS), None)


def event(row: Row) -> Event:
    """Say what one record means."""
    found = _record(row.fields)
    if found is None:
        raise FieldError(
            "no record of CloudTrail: 'eventTime', 'eventName', 'eventSource' or 'userIdentity' is missing"
        )
    name, identity = fields.need(found, "eventName"), fields.part(found, "userIdentity")
    said = fields.text(fields.part(found, "responseElements"), name)
    verified = fields.text(fields.part(found, "serviceEventDetails"), name)
    failed = "Failure" if "Failure" in (said, verified) else said
    meant = aws_actions.meaning(name, failed, fields.text(found, "errorCode", "errorMessage"))
    initiator = aws_actions.initiator(fields.text(identity, "type"), fields.text(identity, "invokedBy"))
    return row.event(
        provider=PROVIDER,
        service=fields.text(found, "eventSource").removesuffix(".amazonaws.com"),
        action=Action.ACTIVITY
        if initiator is Initiator.PROVIDER
        else meant.action,  # what a service does by itself is no deed
        action_text=name,
        outcome=meant.outcome,
        initiator=meant.initiator or initiator,
        when=fields.instant(fields.need(found, "eventTime")),
        account=_who(found, identity),
        address=_address(fields.text(found, "sourceIPAddress")),
        user_agent=fields.text(found, "userAgent"),
        detail={
            **{key: value for key, value in found.items() if key not in _SHOWN},
            "same_key": fields.text(found, "eventID"),
            "meaning": meant.text,
            "second_factor": _second_factor(found, identity) if meant.action is Action.LOGIN else "",
            "shipper": {} if found is row.fields else _around(row.fields),
        },
    )


def _around(found: Mapping[str, Any]) -> dict[str, Any]:
    kept = json_documents.around(found, *_WRAPPED)
    return {key: value for key, value in kept.items() if key not in ("Events", "Records")}


def _who(found: Mapping[str, Any], identity: Mapping[str, Any]) -> str:
    """Name the account: a user, ``root`` of an account's number, a role with the name of its session, a service."""
    sort, arn = fields.text(identity, "type"), fields.text(identity, "arn")
    number = fields.text(identity, "accountId") or fields.text(found, "recipientAccountId")
    if sort == "Root":
        return f"root ({number})" if number else "root"
    if sort == "AssumedRole" and ":assumed-role/" in arn:
        return arn.partition(":assumed-role/")[2]
    name = fields.text(identity, "userName")
    if name and name != _HIDDEN:
        return name
    asked = fields.text(fields.part(found, "additionalEventData"), "UserName")
    if asked and asked != _HIDDEN:
        return asked
    service = fields.text(identity, "invokedBy")
    return service if sort == "AWSService" and service else arn.rpartition("/")[2] if "/" in arn else ""


def _address(written: str) -> AddressSeen:
    """Read the caller's address; the name of a service is none."""
    seen = fields.address(written)
    if seen.address is not None or not written:
        return seen
    return AddressSeen(address=None, text=written, form=AddressForm.HOSTNAME)


def _second_factor(found: Mapping[str, Any], identity: Mapping[str, Any]) -> str:
    attributes = fields.part(fields.part(identity, "sessionContext"), "attributes")
    return fields.text(fields.part(found, "additionalEventData"), "MFAUsed") or fields.text(
        attributes, "mfaAuthenticated"
    )


FORMAT = Format(title="AWS CloudTrail (JSON)", provider=PROVIDER, claims=claims, rows=rows, event=event)

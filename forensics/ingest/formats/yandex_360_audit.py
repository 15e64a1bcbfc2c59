"""Yandex 360 for Business: audit logs of an organisation (JSON).

What it is: what members of an organisation did: logins by browser, applications and application passwords, passwords
changed, logouts everywhere, files of the Disk, mail, members and settings. Two logs with different records: the audit
log of the organisation (``items``, with status and kind of client), and the older ones of Mail and Disk (``events``). In
the log of Mail the account is the mailbox: where somebody else acts in it, ``actorUid`` in the detail says who.

How to obtain: an administrator of the organisation: the API of Yandex 360, ``auditlog/organizations/{id}/events``, and
``audit_log/mail`` and ``audit_log/disk``. Only for plans with audit logs. The history of one's own account is no export.

Time: ISO 8601 with an offset or Z (``explicit``). A written time counts only with its zone.

Versions: pages of the API, arrays and one record per line. Records seen in public: the documented sample of a login, and
two lines of the log of Mail; the fields of the Disk are documented. Addresses are written as networks of one host
(``…/128``). Names that are not listed count as activity. ``same_key`` is ``idempotency_id`` or ``uniqId``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from forensics.ingest import fields, json_documents, stated_times
from forensics.ingest.audit_meaning import Meaning, table
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Unused
from forensics.model import NO_ADDRESS, Action, AddressSeen, Event, Initiator, Outcome

PROVIDER = "yandex"
_LISTS = ("items", "events")
_NAME = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
_OF_ACCOUNTS = ["created", "dismissed", "blocked", "unblocked", "updated", "alias_created", "alias_deleted"]
_RECEIVED = "message_receive"
_NAMES: Mapping[str, Meaning] = {
    **table("id_cookie.set", Action.LOGIN, text="by browser"),
    **table("id_device_token.issued", Action.LOGIN, text="by an application on a device"),
    **table("id_app_password.login", Action.LOGIN, text="with a password for applications"),
    **table("id_nondevice_token.issued", Action.APP_AUTHORISED, text="an application got a token"),
    **table("id_account.glogout", Action.SESSION_ENDED, text="logged out everywhere"),
    **table("id_account.changed_password ya360_b2bplatform_user_password_updated", Action.PASSWORD_CHANGED),
    **{f"ya360_b2bplatform_user_{name}": Meaning(action=Action.ACCOUNT_CHANGED) for name in _OF_ACCOUNTS},
    **table(
        "ya360_b2bplatform_organization_owner_updated ya360_b2bplatform_organization_sso_settings_updated "
        "ya360_b2bplatform_resource_delegated_mailbox_created",
        Action.ACCOUNT_CHANGED,
    ),
    **table("messenger_user.takeout_requested", Action.EXPORT_REQUESTED),
    **table("fs-rm fs-trash-append fs-trash-drop fs-trash-drop-all", Action.CONTENT_DELETED),
    **table("messenger_chat.message_deleted message_purge message_trash", Action.CONTENT_DELETED),
    **table("mailbox_send", Action.MAIL_SENT),
    **table(_RECEIVED, Action.MAIL_RECEIVED, initiator=Initiator.PROVIDER),
}
_UNLISTED = Meaning(action=Action.ACTIVITY, outcome=Outcome.UNKNOWN)
_OUTCOMES = {"success": Outcome.SUCCESS, "error": Outcome.FAILURE}
_OF_YANDEX = frozenset({"Internal"})
_SERVER_NOTE = "mail comes from a server: its address is none of the member and stands in clientIp only"
_SHOWN = frozenset({"type", "occurred_at", "eventType", "date", "user_login", "userLogin"})


def claims(evidence: Evidence) -> bool:
    """A record of either log, bare or as a log shipper wrapped it."""
    return any(
        _record(inner) is not None
        for found in json_documents.samples(evidence, *_LISTS)
        for inner in json_documents.unwrapped(found)
    )


def _record(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the fields of a record: the event of the organisation with who did it, or the line of Mail or Disk."""
    inner = found.get("event")
    record = {**inner, **found} if isinstance(inner, Mapping) else dict(found)
    record.pop("event", None)
    if "occurred_at" in record and "type" in record and any(key in record for key in ("idempotency_id", "user_login")):
        return record
    return record if {"eventType", "date"} <= record.keys() and {"userLogin", "userUid"} & record.keys() else None


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the records."""
    return json_documents.documents(evidence, *_LISTS)


def event(row: Row) -> Event:
    """Say what one record means."""
    wrapped = next((inner for inner in json_documents.unwrapped(row.fields) if _record(inner) is not None), row.fields)
    found = _record(wrapped) or wrapped
    name = fields.need(found, "type", "eventType").strip()
    if not _NAME.fullmatch(name):
        raise FieldError(f"'type' is no name of an event: {name[:60]!r}")
    meant = _NAMES.get(name.removeprefix("disk_"), _UNLISTED)
    outcome = _OUTCOMES.get(fields.text(found, "status").lower(), meant.outcome)
    failed = meant.action is Action.LOGIN and outcome is Outcome.FAILURE
    when = stated_times.read(fields.need(found, "occurred_at", "date"))
    seen, note = _address(found)
    return row.event(
        provider=PROVIDER,
        service="Yandex 360",
        action=Action.LOGIN_FAILED if failed else meant.action,
        action_text=name,
        outcome=outcome,
        initiator=_initiator(found, meant),
        when=when,
        account=_account(found),
        address=seen,
        detail={
            **{key: value for key, value in found.items() if key not in _SHOWN},
            "same_key": fields.text(found, "idempotency_id", "uniqId"),
            "meaning": meant.text,
            "address_note": note,
            "time_note": stated_times.note(when),
            "shipper": {} if wrapped is row.fields else json_documents.around(row.fields),
        },
    )


def _account(found: Mapping[str, Any]) -> str:
    """Return the login, else the number of the account; 0 is nobody."""
    return fields.text({**found, "uid": found.get("uid") or ""}, "user_login", "userLogin", "uid", "userUid")


def _address(found: Mapping[str, Any]) -> tuple[AddressSeen, str]:
    if fields.text(found, "eventType") == _RECEIVED:
        return NO_ADDRESS, _SERVER_NOTE
    return fields.address(fields.text(found, "ip", "clientIp")), ""


def _initiator(found: Mapping[str, Any], meant: Meaning) -> Initiator:
    if found.get("is_system") is True or fields.text(found, "service") in _OF_YANDEX:
        return Initiator.PROVIDER
    if meant.initiator:
        return meant.initiator
    return Initiator.USER if _account(found) else Initiator.UNKNOWN


FORMAT = Format(
    title="Yandex 360: audit logs of an organisation (JSON)", provider=PROVIDER, claims=claims, rows=rows, event=event
)

"""Google Workspace log events, CSV of the admin console.

What it is: what the admin console shows under "Audit and investigation" (user log events, admin log events, Takeout …), one
event per row, in words instead of the API's names.

How to obtain: an administrator opens admin.google.com → Reporting → Audit and investigation → a log → Search → Export all →
CSV. The API's JSON (see ``google_workspace_audit``) is better evidence: exact names, UTC, all parameters.

Time: the console shows times in the time zone of the browser. A value with an offset (``GMT+4``, ``+04:00``, ``UTC``) is
read as written (``explicit``); one without keeps its text and gives no instant, unless the examiner gives a zone
(``--assume-zone``). Where day and month may be read in two ways the order is decided once per file or not at all.

Versions: unverified: no real file was seen. Only English headers as the help pages name them (support.google.com/a/answer/
1645631 and 4579579: Event name or Event, Event description or Description, User or Admin or Actor, IP address, Date) are
recognised; in other languages use the JSON. Events are known by the words of the help pages, by those of Cloud Logging's
documentation ("Samples for Google Workspace Login Audit") or by the API's names; others are ``activity`` with their words.
``Suspicious login`` is an attempt that Google blocked.

Retention: six months for most logs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from forensics.ingest import culture_dates, entra_records, fields, local_time, workspace_events
from forensics.ingest.csv_rows import csv_rows, delimiter_of
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.model import Event, Initiator, Moment, ZoneBasis

PROVIDER = "google"
_EVENT = ("event name", "event")
_SAID = ("event description", "description")
_WHO = ("actor", "user", "admin", "actor email")
_ZONE = re.compile(r"\(?(?:GMT|UTC)([+-])(\d{1,2})(?::?(\d\d))?\)?$")
_WORDS = {
    "successful login": "login_success",
    "failed login": "login_failure",
    "login challenge": "login_challenge",
    "login verification": "login_verification",
    "suspicious login": "suspicious_login",
    "suspicious login blocked": "suspicious_login",
    "suspicious login (less secure app)": "suspicious_login_less_secure_app",
    "suspicious login from less secure app blocked": "suspicious_login_less_secure_app",
    "suspicious programmatic login": "suspicious_programmatic_login",
    "suspicious programmatic login blocked": "suspicious_programmatic_login",
    "risky, sensitive action allowed": "risky_sensitive_action_allowed",
    "risky, sensitive action blocked": "risky_sensitive_action_blocked",
    "risky, sensitive action_blocked": "risky_sensitive_action_blocked",
    "user suspended": "account_disabled_generic",
    "user suspended (spam through relay)": "account_disabled_spamming_through_relay",
    "user suspended (spam)": "account_disabled_spamming",
    "user suspended (suspicious activity)": "account_disabled_hijacked",
    "passkey enrolled": "passkey_enrolled",
    "passkey removed": "passkey_removed",
    "government-backed attack": "gov_attack_warning",
    "government-backed attack warning": "gov_attack_warning",
    "leaked password": "account_disabled_password_leak",
    "2-step verification enroll": "2sv_enroll",
    "2-step verification disable": "2sv_disable",
    "account password change": "password_edit",
    "account recovery email change": "recovery_email_edit",
    "account recovery phone change": "recovery_phone_edit",
    "account recovery secret question/answer change": "recovery_secret_qa_edit",
    "advanced protection enroll": "titanium_enroll",
    "advanced protection unenroll": "titanium_unenroll",
    "out of domain email forwarding enabled": "email_forwarding_out_of_domain",
    "user signed out due to suspicious session cookie": "user_signed_out_due_to_suspicious_session_cookie",
}


def claims(evidence: Evidence) -> bool:
    """The header names event, description, person, address and date as the help pages do."""
    return bool(delimiter_of(evidence, _is_header))


def _is_header(cells: tuple[str, ...]) -> bool:
    low = {cell.strip('"\ufeff ').casefold() for cell in cells}
    return low >= {"ip address", "date"} and all(low & set(names) for names in (_EVENT, _SAID, _WHO))


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the rows; the order of day and month is looked for only when a date needs it."""
    order: str | None = None
    delimiter = delimiter_of(evidence, _is_header)
    for row in csv_rows(evidence, _is_header, delimiter=delimiter):
        if isinstance(row, Row) and order is None and culture_dates.is_culture_date(_split_zone(_date(row))[0]):
            found = (other for other in csv_rows(evidence, _is_header, delimiter=delimiter) if isinstance(other, Row))
            order = culture_dates.order_of(_split_zone(_date(other))[0] for other in found)
        yield replace(row, shared={"order": order or ""}) if isinstance(row, Row) else row


def _date(row: Row) -> str:
    return fields.text(entra_records.folded(row.fields), "date")


def _split_zone(text: str) -> tuple[str, str]:
    """Cut ``GMT+4`` from the end and return it as ``+04:00``."""
    match = _ZONE.search(text)
    if not match:
        return text, ""
    return text[: match.start()].rstrip(), f"{match[1]}{int(match[2]):02}:{match[3] or '00'}"


def _moment(row: Row) -> tuple[Moment, str]:
    text = _date(row)
    wall, zone = _split_zone(text)
    read, note = culture_dates.moment(wall, row.shared["order"], ZoneBasis.ASSUMED)
    if read.utc is None or read.zone is ZoneBasis.EXPLICIT:
        return replace(read, text=text), note
    naive = read.utc.replace(tzinfo=None)
    if zone:
        utc = fields.to_utc(naive, zone, text)
        return Moment(utc=utc, text=text, zone=ZoneBasis.EXPLICIT, precision=read.precision), ""
    told = local_time.zone_of(row.evidence)
    return local_time.instant(naive, text, told, read.precision), local_time.note(naive, told)


def event(row: Row) -> Event:
    """Say what a row means."""
    low = entra_records.folded(row.fields)
    name = fields.text(low, *_EVENT)
    if not name:
        raise FieldError("the name of the event is missing or empty")
    meant = workspace_events.meaning("", _WORDS.get(name.strip().casefold(), name), {})
    when, note = _moment(row)
    shown = {"date", "ip address", *_EVENT}
    return row.event(
        provider=PROVIDER,
        service="Workspace",
        action=meant.action,
        action_text=name,
        outcome=meant.outcome,
        initiator=meant.initiator or Initiator.UNKNOWN,
        when=when,
        account=fields.text(low, *_WHO),
        address=fields.address(fields.text(low, "ip address")),
        user_agent=fields.text(low, "user agent"),
        detail={
            **{key: value for key, value in row.fields.items() if key.strip().casefold() not in shown},
            "meaning": meant.text,
            "time_note": note,
        },
    )


FORMAT = Format(
    title="Google Workspace log events (admin console CSV)", provider=PROVIDER, claims=claims, rows=rows, event=event
)

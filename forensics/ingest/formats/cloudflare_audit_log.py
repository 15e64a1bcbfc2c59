"""Cloudflare audit log (JSON): who signed in to a Cloudflare account, and what was changed there.

What it is: sign-ins, changes of names and settings of a site (DNS records above all), members, tokens. Whoever holds the
account of a site at Cloudflare decides where its visitors go and can read its traffic. Actor, address, result, what was
changed.

How to obtain: dashboard → Manage account → Audit logs → Download (an owner or administrator), or the API
``accounts/ID/audit_logs`` and ``user/audit_logs``; version 2 ``accounts/ID/logs/audit``; or Logpush (``audit_logs``,
``audit_logs_v2``).

Time: ``when`` and ``action.time``, ISO 8601 with ``Z``; Logpush writes ISO 8601, seconds or nanoseconds since 1970.

Versions: answers of the API (``{"result": […]}``), bare lists, one record per line. Version 1 and 2, nested and with the
flat names of Logpush, from Cloudflare's documentation; no file of a real account was seen, and the names of actions are not
documented: those that name a sign-in, a password, a second factor, a token, a member or a DNS record are taken for it, the
rest is activity. What the system does by itself has no person's address. Where the address is Cloudflare's own it is kept
as stated.

Retention: 18 months for version 1, 30 days for version 2 while it is in beta.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from forensics.ingest import fields, json_documents
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.ingest.web_requests import written_time
from forensics.model import Action, Event, Initiator, Outcome

PROVIDER = "cloudflare"
_LISTS = ("result", *json_documents.LISTS)
_FLAT = frozenset({"ActorEmail", "ActorType", "ActionType", "ResourceType"})
_FLAT_TIMES = frozenset({"When", "ActionTimestamp"})
_NESTED = frozenset({"actor", "action", "resource"})
_DEEDS = (
    (re.compile(r"log_?in|sign_?in"), Action.LOGIN),
    (re.compile(r"log_?out|sign_?out"), Action.LOGOUT),
    (re.compile(r"password"), Action.PASSWORD_CHANGED),
    (re.compile(r"2fa|two_?factor|mfa|totp|security_?key|recovery_?code"), Action.TWO_FACTOR_CHANGED),
    (
        re.compile(r"(?:token|api_?key).*(?:create|add|roll)|(?:create|add|roll).*(?:token|api_?key)"),
        Action.APP_AUTHORISED,
    ),
    (re.compile(r"member|invit|role|email|dns|rec_(?:add|set|del)"), Action.ACCOUNT_CHANGED),
)
_TRUE = frozenset({"true", "success"})
_FALSE = frozenset({"false", "failure"})
_ITSELF = frozenset({"cloudflare", "system", "admin", "cloudflare_admin"})


def claims(evidence: Evidence) -> bool:
    """One of the first records has an actor with an address, an action with a result and a resource."""
    return any(
        _is_record(inner)
        for found in json_documents.samples(evidence, *_LISTS)
        for inner in json_documents.unwrapped(found)
    )


def _is_record(found: Mapping[str, Any]) -> bool:
    if found.keys() >= _FLAT:
        return not _FLAT_TIMES.isdisjoint(found)
    actor, action = fields.part(found, "actor"), fields.part(found, "action")
    named = found.keys() >= _NESTED and "type" in action and "result" in action
    return named and (("when" in found and "ip" in actor) or ("time" in action and "ip_address" in actor))


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the records."""
    return json_documents.documents(evidence, *_LISTS)


def event(row: Row) -> Event:
    """Say what one record means."""
    found = next((inner for inner in json_documents.unwrapped(row.fields) if _is_record(inner)), None)
    if found is None:
        raise FieldError("no record of an audit log of Cloudflare: actor, action, resource or time is missing")
    actor, action = fields.part(found, "actor"), fields.part(found, "action")
    said = fields.text(found, "ActionType") or fields.text(action, "type")
    resource = fields.part(found, "resource")
    product = fields.text(found, "ResourceProduct") or fields.text(resource, "product")
    text = " ".join(filter(None, (said, product, fields.text(found, "ResourceType") or fields.text(resource, "type"))))
    result = (fields.text(found, "ActionResult") or fields.text(action, "result")).casefold()
    sort = (fields.text(found, "ActorType") or fields.text(actor, "type")).casefold()
    when = fields.text(found, "when", "When", "ActionTimestamp") or fields.text(action, "time")
    return row.event(
        provider=PROVIDER,
        service="Cloudflare",
        action=_deed(said, text, result),
        action_text=text,
        outcome=_outcome(result),
        initiator=Initiator.PROVIDER if sort in _ITSELF else Initiator.USER if sort == "user" else Initiator.UNKNOWN,
        when=written_time(when),
        account=fields.text(found, "ActorEmail", "ActorID") or fields.text(actor, "email", "id"),
        address=fields.address(
            fields.text(found, "ActorIP", "ActorIPAddress") or fields.text(actor, "ip", "ip_address")
        ),
        detail={
            **{key: value for key, value in found.items() if key not in ("when", "When", "ActionTimestamp")},
            "same_key": fields.text(found, "id", "ID", "AuditLogID"),
            "shipper": {} if found is row.fields else json_documents.around(row.fields),
        },
    )


def _deed(said: str, text: str, result: str) -> Action:
    """Judge by the words of the name; one that failed did not change anything."""
    found = next((deed for words, deed in _DEEDS if words.search(said.casefold())), None)
    found = found or next((deed for words, deed in _DEEDS[2:] if words.search(text.casefold())), Action.ACTIVITY)
    if result not in _FALSE:
        return found
    return Action.LOGIN_FAILED if found is Action.LOGIN else Action.ACTIVITY


def _outcome(result: str) -> Outcome:
    if result in _TRUE:
        return Outcome.SUCCESS
    return Outcome.FAILURE if result in _FALSE else Outcome.UNKNOWN


FORMAT = Format(title="Cloudflare audit log (JSON)", provider=PROVIDER, claims=claims, rows=rows, event=event)

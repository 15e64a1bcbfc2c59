"""Gmail settings: filters, forwarding, blocked addresses, delegates, automatic reply.

What it is: the rules of a mailbox. A filter that forwards mail or hides it from the inbox is how an intruder keeps reading
after the password is changed, and how the owner does not see the warnings; a delegate reads the whole mailbox.

How to obtain: takeout.google.com, "Mail", which adds ``Takeout/Mail/User Settings/*.json`` (German ``Gmail/
Nutzereinstellungen/``); or Gmail → Settings → Filters and blocked addresses → select all → Export (``mailFilters.xml``).
Take both at once: a filter that is deleted leaves no trace in either.

Time: Takeout states none, so its rows stay undated. The feed's ``updated`` is explicit (``Z``); Gmail writes the moment of
the export there in the feeds seen, so it bounds the rule from above. ``id`` of a feed's filter ends in a number that in
feeds seen is milliseconds since 1970, when the filter was made: kept as ``id_as_time`` in ``detail``, unverified.

Versions: ``{"filter": [{query, labelsToAdd, labelsToRemove, forwardTo, should…}]}`` and ``{"addresses": [...]}`` (the file's
name alone tells blocked, forwarding and delegated addresses apart; where it does not, ``rule`` is "address list"); the
feed's ``apps:property`` names; and the documented objects of the Gmail API (``forwardingAddresses``, ``delegates``,
``autoForwarding``, ``enableAutoReply``), which administrators' tools save. Every rule is an ``inventory`` row: the files tell
what is set, never who set it or when.

Retention: the files hold what is set at the moment of the export.
"""

# ruff: noqa: SIM905 - lists of stems, in the letters of other languages

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from forensics.ingest import fields, gmail_rules
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Format, Row, Unused
from forensics.ingest.gmail_filter_feed import ENTRY, feed_rows
from forensics.ingest.google_titles import folded
from forensics.ingest.json_rows import json_rows
from forensics.ingest.written_times import stated
from forensics.model import Action, Event, Kind

_FILTER_KEYS = frozenset({"query", "labelsToAdd", "labelsToRemove", "forwardTo", "criteria", "action"})
_LISTS = {
    "filter": "filter",
    "forwardingAddresses": "forwarding address",
    "delegates": "delegate",
}
_REPLY = frozenset({"enableAutoReply", "responseSubject", "responseBodyPlainText", "responseBodyHtml"})
_API_KEYS = {"forwardingAddresses": "forwardingEmail", "delegates": "delegateEmail"}
_ADDRESSES = re.compile(rb'\s*\{\s*"addresses"\s*:\s*\[\s*(?:\]\s*\}|"[^"\\\s]{1,200}[@.][^"\\\s]{1,200}"\s*[,\]])')
_NAMES = (
    ("blocked address", tuple("block bloqu blocc geblokk заблок engellen bloklan ブロック 屏蔽 封鎖".split())),
    ("forwarding address", tuple("forward weiterleit transf reenv inoltr encaminh пересыл ilet yönlən 転送".split())),
    ("delegate", tuple("deleg délég делег temsilci 委任".split())),
)
"""Stems of file names in several languages, from memory and from public readers of these files."""


def claims(evidence: Evidence) -> bool:
    """A feed of mail filters, or one of the JSON shapes; an address list is an object with nothing else in it."""
    head = evidence.head.removeprefix(b"\xef\xbb\xbf")
    if b"<feed" in head[:2_000]:
        return b"apps:property" in head or (b"schemas.google.com/apps/2006" in head and b"mail.google.com" in head)
    keys = evidence.json_keys
    top, inner = keys.get(1, frozenset()), keys.get(3, frozenset())
    if top == {"addresses"} and set(keys) == {1}:
        return bool(_ADDRESSES.match(head))
    if "filter" in top and _FILTER_KEYS & inner:
        return True
    if any(name in top and key in inner for name, key in _API_KEYS.items()):
        return True
    return {"enabled", "emailAddress", "disposition"} <= top or ("enableAutoReply" in top and len(_REPLY & top) > 1)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield one row per rule or address."""
    if b"<feed" in evidence.head[:2_003]:
        return feed_rows(evidence)
    top = evidence.json_keys.get(1, frozenset())
    if top == {"addresses"}:
        return json_rows(evidence, "/addresses/*")
    lists = [f"/{name}/*" for name in _LISTS if name in top]
    return json_rows(evidence, *(lists or [""]))


def event(row: Row) -> Event:
    """Say what a rule does."""
    if row.section == ENTRY:
        return _rule(row, "filter", row.fields["properties"])
    if row.section == "/addresses/*":
        address = row.need("value")
        return _rule(row, _named(row.evidence), {"address": address})
    rule = _LISTS.get(row.section.split("/")[1], "") if row.section else "automatic reply"
    if "emailAddress" in row.fields and not row.section:
        rule = "automatic forwarding"
    if not row.fields or set(row.fields) == {"value"}:
        raise FieldError("a rule without fields")
    return _rule(row, rule, dict(row.fields))


def _rule(row: Row, rule: str, found: dict[str, Any]) -> Event:
    targets = gmail_rules.forwards(found) if rule != "delegate" else []
    if rule in {"forwarding address", "delegate"} and "address" in found:
        targets = [found["address"]] if rule == "forwarding address" else []
    written = fields.text(row.fields, "updated") if row.section == ENTRY else ""
    return row.event(
        provider="google",
        service="Gmail",
        kind=Kind.INVENTORY,
        action=Action.MAIL_RULE_CHANGED,
        action_text=rule,
        when=stated(written),
        detail={
            "rule": rule,
            "settings": found,
            "forward_to": targets,
            "effects": gmail_rules.effects(found),
            "id": row.text("id") if row.section == ENTRY else "",
            "id_as_time": _made(row.text("id")) if row.section == ENTRY else "",
            "note": "the feed's time is that of the export: the rule is not younger" if written else "",
        },
    )


def _made(identifier: str) -> str:
    """Return the moment that the number at the end of a filter's id would be, as ISO text; "" if it is none."""
    match = re.search(r":filter:(1[0-9]{12})$", identifier)
    return datetime.fromtimestamp(int(match[1]) // 1000, UTC).isoformat() if match else ""


def _named(evidence: Evidence) -> str:
    """Say from the file's name what an address list is; the list itself does not tell."""
    name = folded(evidence.basename)
    return next((rule for rule, stems in _NAMES if any(stem in name for stem in stems)), "address list")


FORMAT = Format(title="Gmail settings (JSON, Atom)", provider="google", claims=claims, rows=rows, event=event)

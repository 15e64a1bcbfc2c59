"""Meta's answer to a legal request ("Business Record"): Facebook, Instagram, Threads, WhatsApp.

What it is: ``records.html`` and one ``preservation-N.html`` for each preservation, as Meta gives them to authorities:
the account's addresses with source ports, registration, logins, devices, changes of name, e-mail, phone number and
password. Owners see them in the file of the case. Content (messages, photos) is left out by rule and counted.

How to obtain: authorities download the archive from Meta's portal for law enforcement; counsel asks for the HTML file
and not for a print of it. ``index.html`` of older returns has the same fields.

Time: UTC, with the suffix ``UTC`` in each field (``explicit``). "Generated" and "Date Range" say what was looked for.

Versions: class names ``div_table`` with styles, ``div_table outer/inner`` with ``most_inner``, and ``t o``/``t i``/``m``
(2026). WhatsApp lists the time before the address and, so far, no port. Page breaks cut fields anywhere; a cut value is
rejoined and the detail says so. "No responsive records" is Meta's statement that it has none: counted by section. The
names of sections follow RLEAPP's reader and public readers; change sections other than "vanity" are unexercised there.
``account`` is the identifier that the return names, of a profile's address the name or number in it; ``device`` is
``ig-device:`` or ``meta-device:`` and the id that the return gives.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from forensics.ingest import fields, meta_return, meta_return_sections, meta_values
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Flaw, Format, Row, Unused
from forensics.model import NO_ADDRESS, UNDATED, AddressSeen, Event, Kind, Moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from forensics.ingest.evidence import Evidence
    from forensics.ingest.meta_return import Record

PARAMETERS = "request_parameters"
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)? ?(?:UTC|Z|[+-]\d\d:?\d\d)")
_ADDRESS = re.compile(r"\[?[0-9A-Fa-f:.]{3,60}\]?(?::\d{1,5})?")
_PROFILE = re.compile(
    r"(?i)(?:https?://)?(?:[a-z-]{1,9}\.)?(?:facebook|instagram|threads)\.(?:com|net)/"
    r"(?:profile\.php\?(?:[^#&]*&)*id=(\d{4,20})(?:&\S*)?|@?([A-Za-z0-9._]{2,60})/?(?:\?\S*)?)"
)
_OF_SENDER = re.compile(r"(?i)sender|from")
_SENDER = "the address is that of the sender of a message or call, who need not be the account of the return"
_CUT = "a page break cut this record; its parts were joined"


def claims(evidence: Evidence) -> bool:
    """The title of a return, or one of the sections that every return has."""
    return meta_return.is_return(evidence.head)


def rows(evidence: Evidence) -> Iterator[Row | Flaw | Unused]:
    """Yield the records that say something about access; count the others by section."""
    stated: dict[str, str] = {}
    left: Counter[str] = Counter()
    content: Counter[str] = Counter()
    for found in meta_return.records(evidence, content):
        if isinstance(found, meta_return.Field):
            yield Flaw(place=f"bytes:{found.start}-{found.end}", reason=found.problem, excerpt=found.excerpt)
            continue
        rule = _left_out(found)
        if rule:
            left[rule] += 1
            continue
        if found.section == PARAMETERS:
            stated.update({label: value.replace("\n", " ") for label, value in found.fields})
        fields_found = {"fields": [list(pair) for pair in found.fields]}
        yield Row(evidence=evidence, place=found.place, fields=fields_found, section=found.section, shared=dict(stated))
    left.update({f"fields of content: {section}": count for section, count in content.items()})
    for rule, count in sorted(left.items()):
        yield Unused(rule=rule, rows=count)


def _left_out(found: Record) -> str:
    """Return the rule that leaves a record out, or ""."""
    values = [value.casefold() for _, value in found.fields if value]
    if not values:
        return "a heading of a list"
    if all(meta_return.is_definition(label) for label, _ in found.fields):
        return "the provider's definition of a section"
    if any(value.startswith(meta_return.NO_RECORDS) for value in values):
        return f"the provider states that it has no records: {found.section}"
    if meta_return_sections.is_about_access(found.section, found.fields):
        return ""
    return f"content and other data: {found.section}"


def event(row: Row) -> Event:
    """Say what one record means."""
    pairs = [(label, value) for label, value in row.fields["fields"]]
    cut = any("\n" in value and _rejoins(value) for _, value in pairs)
    record = {label: _one_line(value) for label, value in pairs}
    section = meta_return_sections.section_of(row.section)
    when, end = _times(record, section)
    address, whose = _address(record)
    said = meta_return_sections.said(record)
    action, outcome = meta_return_sections.meaning(section, said, found_address=address.text != "")
    changes = meta_return_sections.changes(row.section, record)
    kind = Kind.STATE_CHANGE if changes else section.kind
    if kind is Kind.EVENT and not when.text:
        kind = Kind.INVENTORY
    if section.is_interval and end.utc is not None:
        kind = Kind.SESSION
    provider = meta_return_sections.provider(row.shared, row.evidence.head)
    return row.event(
        provider=provider,
        service=row.section,
        account=_account(row.shared) if whose is None else whose,
        kind=kind,
        action=action,
        action_text=said or section.title,
        outcome=outcome,
        when=when,
        end=end,
        address=address,
        user_agent=next((value for value in record.values() if meta_values.is_client(value)), ""),
        device=meta_return_sections.device_of(row.section, record, provider),
        detail={
            "fields": [[label, value] for label, value in pairs if value],
            "changes": changes,
            "note": "; ".join(filter(None, (section.note, _CUT if cut else "", "" if whose is None else _SENDER))),
            "time_end_text": end.text,
            **({} if row.section == PARAMETERS else _asked_for(row.shared)),
        },
    )


def _asked_for(stated: Mapping[str, str]) -> dict[str, str]:
    """Return what the whole return is about, as its parameters say it."""
    names = {
        "generated": "Generated",
        "date_range": "Date Range",
        "account_identifier": "Account Identifier",
        "target": "Target",
    }
    return {key: stated.get(name, "") for key, name in names.items()}


def _rejoins(value: str) -> bool:
    return any(pattern.fullmatch(meta_return.rejoined(value, pattern)) for pattern in (_TIME, _ADDRESS))


def _one_line(value: str) -> str:
    """Join a value that a page break cut; a list of lines keeps a space between them."""
    for pattern in (_TIME, _ADDRESS):
        joined = meta_return.rejoined(value, pattern)
        if pattern.fullmatch(joined):
            return joined
    return " ".join(value.split("\n"))


def _times(record: Mapping[str, str], section: meta_return_sections.Section) -> tuple[Moment, Moment]:
    """Return the record's time, or its first and last; a field that should be a time and is none refuses the record."""
    times = {label: value for label, value in record.items() if _TIME.fullmatch(value)}
    expected = [label for label in record if label.casefold() in {"time", "timestamp"} and record[label]]
    if not times and expected:
        raise FieldError(f"{expected[0]!r} is no time in UTC: {record[expected[0]][:60]!r}")
    chosen = [times[label] for label in section.time_order(times)]
    if not chosen:
        return UNDATED, UNDATED
    start = fields.instant(chosen[0])
    return start, fields.instant(chosen[-1]) if len(chosen) > 1 and section.is_interval else UNDATED


def _address(record: Mapping[str, str]) -> tuple[AddressSeen, str | None]:
    """The field that is labelled as an address, with the port beside it, and whose it is where that is the sender."""
    label = next((name for name in record if record[name] and meta_return_sections.ADDRESS_LABEL.search(name)), "")
    seen = fields.address(record[label]) if label else NO_ADDRESS
    port: Any = next((record[name] for name in record if meta_return_sections.PORT_LABEL.search(name)), "")
    whose = record.get("Sender", record.get("From", "")) if _OF_SENDER.match(label) else None
    return (meta_values.with_port(seen, str(port)) if seen.address is not None else seen), whose


def _account(stated: Mapping[str, str]) -> str:
    """Return the identifier of the account, or of the address of its profile the name or number in it."""
    found = stated.get("Account Identifier", "").strip()
    profile = _PROFILE.fullmatch(found)
    return (profile[1] or profile[2] if profile else found) or stated.get("Target", "")


FORMAT = Format(
    title="Meta legal return: Facebook, Instagram, WhatsApp records (HTML)",
    provider="meta",
    claims=claims,
    rows=rows,
    event=event,
)

"""What a row of a mapped file means. Pure: a mapping and a row in, an event out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from forensics.ingest import fields, mapping_patterns, mapping_time
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Row, Unused
from forensics.ingest.mapping import Condition, ExportMapping, Meaning, RowRule, Source, SourceKind, TextRule, TimeRule
from forensics.ingest.mapping_claims import folded, look_up
from forensics.model import NO_ADDRESS, UNDATED, Action, AddressSeen, Event, Initiator, Kind, Moment, Outcome

NOT_GIVEN = Meaning()
_PORT_MAX = 65_535
_OURS = "repair"
"""The one name in the detail that is always ours; a provider's field of that name is kept with a # behind it."""
MAX_FOLDED = 1_000
"""Characters of a text that are compared with the texts of a mapping, which are no longer."""
_CONTAINERS = (Mapping, list, tuple)


class Cells:
    """The fields of one row: what is read is marked, what is left goes into the detail."""

    def __init__(self, mapping: ExportMapping, row: Row) -> None:
        """Names of CSV columns are found without regard to case and spacing."""
        self.found = row.fields
        self.cutting = mapping.cutting
        self.names = _columns(tuple(row.fields)) if mapping.cutting.kind is SourceKind.CSV else None
        self.absent = _folded_texts(mapping.cutting.absent)
        self.taken: set[str] = set()

    def look(self, name: str) -> str:
        """Return the text of a field as found; "" when it is missing, no scalar, or stands for nothing."""
        key = self.names.get(folded(name), "") if self.names is not None else name
        present, value = look_up(self.found, key)
        text = "" if not present or isinstance(value, _CONTAINERS) else fields.text({"": value}, "")
        return "" if self.absent and folded(self.plain(text)[:MAX_FOLDED]) in self.absent else text

    def plain(self, text: str) -> str:
        """Return a text without the quotes of a second JSON encoding, where the mapping says that there is one."""
        if not self.cutting.quoted_twice or len(text) < 2 or text[0] != '"' or text[-1] != '"':  # noqa: PLR2004 - two quotes
            return text
        return _unquoted(text)

    def first(self, source: Source) -> tuple[str, str]:
        """Return the first name of a source that holds a text, and the text as found."""
        return next(((name, text) for name in source.names if (text := self.look(name))), ("", ""))

    def take(self, source: Source) -> str:
        """Return the text of a source as found, without its prefix, and mark the fields that it came from."""
        if source.value:
            return source.value
        name, text = self.first(source)
        if name:
            self.taken.add(name)
            return text
        parts = [(name, found) for name in source.join if (found := self.look(name))]
        self.taken.update(name for name, _ in parts)
        return ", ".join(self.plain(found) for _, found in parts)

    def rest(self) -> dict[str, Any]:
        """Return every field that no column of the event holds."""
        if self.names is not None:
            gone = {self.names.get(folded(name), name) for name in self.taken}
            return {key: value for key, value in self.found.items() if key not in gone}
        left: Any = {key: value for key, value in self.found.items() if key not in self.taken}
        for pointer in sorted(name for name in self.taken if name.startswith("/")):
            parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
            left = _without(left, parts)
        return dict(left)


@lru_cache(maxsize=64)
def _columns(header: tuple[str, ...]) -> dict[str, str]:
    """Return folded name → column as written; of two that fold alike the first holds."""
    return {folded(name): name for name in reversed(header)}


def _unquoted(text: str) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        return text[1:-1]
    return value if isinstance(value, str) else text


def _without(value: Any, parts: list[str]) -> Any:
    """Return a value without what a pointer names, copied along its path only.

    An element of a list becomes null, so that the others keep their places.
    """
    head, rest = parts[0], parts[1:]
    if isinstance(value, dict) and head in value:
        inner = {head: _without(value[head], rest)} if rest else {}
        return {key: inner.get(key, found) for key, found in value.items() if rest or key != head}
    if isinstance(value, list) and head.isascii() and head.isdigit() and int(head) < len(value):
        copied = list(value)
        copied[int(head)] = _without(value[int(head)], rest) if rest else None
        return copied
    return value


def holds(condition: Condition, text: str) -> bool:
    """Whether a text fulfils a condition."""
    if condition.pattern:
        return mapping_patterns.search(condition.pattern, text)
    if condition.exact:
        return text in condition.texts
    return folded(text[:MAX_FOLDED]) in _folded_texts(condition.texts)


@lru_cache(maxsize=1_024)
def _folded_texts(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(folded(text) for text in texts)


def meaning_of(rules: tuple[TextRule, ...], text: str) -> Meaning:
    """Return what the first rule that fits says about a provider's text."""
    return next((rule.meaning for rule in rules if holds(rule.condition, text)), NOT_GIVEN)


def event(mapping: ExportMapping, row: Row) -> Event | Unused:
    """Say what a row means."""
    if mapping.cutting.kind in (SourceKind.JSON, SourceKind.JSONL) and set(row.fields) == {"value"}:
        known = {name for claim in mapping.claims for name in claim.names}
        if "value" not in known:
            raise FieldError("the record is no JSON object")
    cells = Cells(mapping, row)
    for rule in mapping.required:
        if not holds(rule.condition, cells.plain(cells.first(rule.source)[1])):
            raise FieldError(rule.rule)
    left_out = _rule(mapping.unused, cells)
    if left_out:
        return Unused(rule=left_out.rule)
    special = _rule(mapping.rows, cells)
    return _event(mapping, row, cells, special)


def _rule(rules: tuple[RowRule, ...], cells: Cells) -> RowRule | None:
    """Return the first row rule that fits."""
    return next((rule for rule in rules if holds(rule.condition, cells.plain(cells.first(rule.source)[1]))), None)


def _event(mapping: ExportMapping, row: Row, cells: Cells, special: RowRule | None) -> Event:
    undated = special is not None and special.undated
    when, when_note = _time(None if undated else mapping.time, cells, row.evidence)
    end, end_note = _time(None if undated else mapping.time_end, cells, row.evidence)
    text = cells.take(mapping.action) or (cells.take(special.source) if special else "")
    result = cells.first(mapping.outcome)[1]
    meaning = _joined(
        special.meaning if special else NOT_GIVEN,
        meaning_of(mapping.outcomes, cells.plain(result)) if result else NOT_GIVEN,
        meaning_of(mapping.actions, cells.plain(text)) if text else NOT_GIVEN,
        mapping.default,
    )
    columns = {name: cells.take(source) for name, source in mapping.fields.items() if name != "port"}
    device = cells.plain(columns.get("device", ""))
    address = _address(columns.get("address", ""), mapping.fields.get("port"), cells)
    address = fields.shortened(address) if mapping.shortened else address
    notes = {"time_note": when_note, **_end_of(end, end_note), **row.shared}
    return row.event(
        provider=mapping.provider,
        service=mapping.service,
        kind=_kind(meaning.kind or Kind.EVENT, when, end),
        action=meaning.action or Action.OTHER,
        action_text=cells.plain(text),
        outcome=meaning.outcome or Outcome.UNKNOWN,
        initiator=meaning.initiator or Initiator.UNKNOWN,
        when=when,
        end=end,
        account=cells.plain(columns.get("account", "")),
        address=address,
        user_agent=cells.plain(columns.get("user_agent", "")),
        device=mapping.fields["device"].prefix + device if device else "",
        stated_place=cells.plain(columns.get("stated_place", "")),
        detail=_detail(cells.rest(), mapping.constants, notes),
    )


def _kind(stated: Kind, when: Moment, end: Moment) -> Kind:
    """A session of which no time is known is an inventory row."""
    return Kind.INVENTORY if stated is Kind.SESSION and not when.text and not end.text else stated


def _joined(*meanings: Meaning) -> Meaning:
    """Return each column from the first meaning that gives it."""
    return Meaning(
        action=next((item.action for item in meanings if item.action), None),
        outcome=next((item.outcome for item in meanings if item.outcome), None),
        initiator=next((item.initiator for item in meanings if item.initiator), None),
        kind=next((item.kind for item in meanings if item.kind), None),
    )


def _time(rule: TimeRule | None, cells: Cells, evidence: Evidence) -> tuple[Moment, str]:
    if rule is None:
        return UNDATED, ""
    written = cells.take(rule.source)
    return mapping_time.read(rule, written, cells.plain(written), evidence) if written else (UNDATED, "")


def _end_of(end: Moment, note: str) -> dict[str, str]:
    """Keep what an event has no column for: text, zone and note of the end."""
    return {"time_end_text": end.text, "time_end_zone": str(end.zone), "time_end_note": note} if end.text else {}


def _address(written: str, port: Source | None, cells: Cells) -> AddressSeen:
    """Return the address as found, with the port of its own column where the address has none."""
    seen = replace(fields.address(cells.plain(written)), text=written) if written else NO_ADDRESS
    if port is None or seen.port is not None:
        return seen
    name, text = cells.first(port)
    number = cells.plain(text).strip()
    if not re.fullmatch(r"[0-9]{1,5}", number) or not 0 < int(number) <= _PORT_MAX:
        return seen  # what is no port stays in the detail under its own name
    if text == str(int(number)):
        cells.taken.add(name)
    return replace(seen, port=int(number))


def _detail(rest: Mapping[str, Any], *more: Mapping[str, Any]) -> dict[str, Any]:
    """Join the fields that are left with what we add; a name that the provider uses is never overwritten."""
    joined = {name + "#" if name == _OURS else name: value for name, value in rest.items()}
    for name, value in _filled(more):
        free = name
        while free in joined:
            free += "#"
        joined[free] = value
    return joined


def _filled(more: tuple[Mapping[str, Any], ...]) -> Iterator[tuple[str, Any]]:
    for values in more:
        yield from ((name, value) for name, value in values.items() if value)

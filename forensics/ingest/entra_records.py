"""Records of Entra (Azure AD) logs in their spellings: Graph, diagnostic settings, Log Analytics, PowerShell.

Graph writes ``createdDateTime``, PowerShell ``CreatedDateTime``, diagnostic settings put the Graph record under
``properties`` of an envelope with ``time`` and ``category``, Log Analytics flattens it and writes objects as text. Names
are compared without case here; what an event's columns do not show is kept under the names as found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forensics.ingest import culture_dates, fields, json_documents
from forensics.model import Moment, ZoneBasis

PROVIDER = "microsoft"
_MILLISECONDS = 10**11
"""A smaller count since 1970 is one of seconds: of milliseconds it would be before 1973."""
_POWERSHELL_DATE = re.compile(r"/Date\((-?\d{1,16})(?:[+-]\d{4})?\)/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A log record with case-folded names (``low``) and its envelope (``outer``, also folded); both as found beside."""

    found: Mapping[str, Any]
    low: Mapping[str, Any]
    envelope: Mapping[str, Any]
    outer: Mapping[str, Any]

    def text(self, *names: str) -> str:
        """Return the first of these members that holds a text, the record's before the envelope's."""
        return fields.text(self.low, *names) or fields.text(self.outer, *names)

    def part(self, *names: str) -> Mapping[str, Any]:
        """Return a member that is an object (or the text of one), names folded; empty if there is none."""
        for name in names:
            value = self.low.get(name)
            if isinstance(value, str) and value.lstrip().startswith("{"):
                value = json_documents.value_of(value)
            if isinstance(value, Mapping):
                return folded(value)
        return {}

    def many(self, *names: str) -> list[Mapping[str, Any]]:
        """Return a member that is a list of objects (or the text of one), names folded."""
        for name in names:
            value = self.low.get(name)
            if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
                value = json_documents.value_of(value)
            if isinstance(value, Mapping):
                value = [value]
            if isinstance(value, list):
                return [folded(item) for item in value if isinstance(item, Mapping)]
        return []

    def rest(self, *shown: str) -> dict[str, Any]:
        """Everything that the event's columns do not show; of the envelope only what the record does not say."""
        kept = {key: value for key, value in self.found.items() if key.casefold() not in shown}
        said = {str(value) for value in self.found.values() if isinstance(value, str | int)}
        around = {
            key: value
            for key, value in self.envelope.items()
            if key.casefold() != "properties" and value not in ("", None) and str(value) not in said
        }
        return {**kept, "envelope": around}


def folded(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members under case-folded, stripped names."""
    return {key.strip().casefold(): value for key, value in found.items()}


def record_of(found: Mapping[str, Any]) -> Record:
    """Split a row into record and envelope; a row without an envelope is the record."""
    low = folded(found)
    inner = low.get("properties")
    if isinstance(inner, str) and inner.lstrip().startswith("{"):
        inner = json_documents.value_of(inner)
    if isinstance(inner, Mapping) and ("category" in low or "operationname" in low):
        return Record(found=inner, low=folded(inner), envelope=found, outer=low)
    return Record(found=found, low=low, envelope={}, outer={})


def moment(record: Record, *names: str) -> tuple[Moment, str]:
    """Read the record's time; return it with a note for the detail.

    The documentation of Graph and of diagnostic settings says UTC, so a time without a zone is UTC by that rule. The
    envelope's ``time`` also occurs as ``1/9/2007 10:41:00 AM +01:00``, month first (elastic/integrations, test data of
    ``packages/azure``); it may be minutes later than the sign-in, so it is taken only where the record has no time.
    """
    for name in names:
        own = record.low.get(name)
        value = own if own not in (None, "") else record.outer.get(name)
        if isinstance(value, Mapping):
            value = value.get("value") or value.get("DateTime")
        note = "" if name == names[0] else f"time from {name!r}"
        if isinstance(value, int) and not isinstance(value, bool):
            return fields.epoch({name: value}, name, unit=1000 if value >= _MILLISECONDS else 1), note
        if not isinstance(value, str) or not value.strip():
            continue
        powershell = _POWERSHELL_DATE.fullmatch(value.strip())
        if powershell:
            read = fields.epoch({name: powershell[1]}, name, unit=1000)
            return Moment(utc=read.utc, text=value, zone=ZoneBasis.ASSUMED), note
        order = culture_dates.MONTH_FIRST if name == "time" else culture_dates.UNDECIDED
        read, problem = culture_dates.moment(value, order, ZoneBasis.FORMAT_RULE)
        return read, "; ".join(filter(None, (note, problem)))
    return Moment(utc=None), "the record has no time"


def place(part: Mapping[str, Any]) -> str:
    """Return "city, state, country" of a location object."""
    words = [fields.text(part, name) for name in ("city", "state", "countryorregion")]
    return ", ".join(word for word in words if word)

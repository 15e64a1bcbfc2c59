"""Columns of Google's access-log CSV files: header spellings, app user agents, free-text cells.

Column names stay English in every language of the account, but their spelling drifts ("Proxiedhost IP Address",
"Proxied Host IP Address"), columns come and go, and spaces may be U+00A0 or U+202F. So cells are found by the letters
and digits of the name alone, never by position.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC
from functools import lru_cache
from typing import Any

from forensics.ingest.fields import FieldError, instant
from forensics.ingest.local_time import Zone
from forensics.ingest.written_times import Dates, moment
from forensics.model import UNDATED, Moment, ZoneBasis

_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_APP_PART = re.compile(r"\.\s+(?=[A-Z][A-Za-z ]{0,30} : )")
_APP_AGENT = re.compile(r"[A-Z][A-Za-z ]{0,30} : ")
_SPACES = dict.fromkeys((0x00A0, 0x202F, 0x2003, 0x2009), " ")
_COUNTRY_ISO = re.compile(r"Country ISO:\s*([A-Za-z]{2})\b")
_LAST_ACTIVITY = re.compile(r"Last Activity Time:[ \t]*([^\n;]*?)\s*(?=\n|;|$|,?\s+[A-Z][A-Za-z ]{2,40}:(?!\d))")


@lru_cache(maxsize=4_096)
def plain(name: str) -> str:
    """Reduce a column name or a cell from a closed list to its lower-case letters and digits."""
    return _NOT_PLAIN.sub("", name.casefold())


def plain_names(cells: Iterable[str]) -> frozenset[str]:
    """Reduce the cells of a header line."""
    return frozenset(plain(cell) for cell in cells)


@lru_cache(maxsize=64)
def _columns(names: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Return plain name → names as found; a file has one header, so this is worked out once per file."""
    found: dict[str, tuple[str, ...]] = {}
    for name in names:
        found[plain(name)] = (*found.get(plain(name), ()), name)
    return found


class Cells:
    """The cells of one CSV record by plain column name, remembering which of them have been read."""

    def __init__(self, found: Mapping[str, Any]) -> None:
        """Index the record; where two names are the same in plain form, the first non-empty cell is taken."""
        self._found = found
        self._columns = _columns(tuple(found))
        self._taken: set[str] = set()

    def take(self, *names: str) -> str:
        """Return the first non-empty cell among these plain names and mark its column as read; "" if there is none."""
        for wanted in names:
            for name in self._columns.get(wanted, ()):
                value = str(self._found[name])
                if value and not value.isspace():
                    self._taken.add(name)
                    return value
        return ""

    def take_like(self, *parts: str) -> str:
        """Like ``take`` for the first unread column whose plain name contains all of ``parts``."""
        for name, value in self._found.items():
            if name not in self._taken and all(part in plain(name) for part in parts) and str(value).strip():
                self._taken.add(name)
                return str(value)
        return ""

    def look(self, name: str) -> str:
        """Return the cell of this plain name without marking it: it is interpreted, and kept as found as well."""
        return next((str(self._found[found]) for found in self._columns.get(name, ())), "")

    def has(self, name: str) -> bool:
        """Whether the header has this column, empty or not."""
        return name in self._columns

    @property
    def rest(self) -> dict[str, Any]:
        """The columns that nobody has read, under their names as found."""
        return {name: value for name, value in self._found.items() if name not in self._taken}


def written_time(written: str) -> Moment:
    """Read a timestamp of these files (see ``fields.instant``); one without a zone is taken as UTC and marked.

    The spellings seen are ISO 8601 and English; one in another language is read if it can mean one time only.
    """
    try:
        return instant(written, bare_zone=ZoneBasis.ASSUMED)
    except FieldError:
        utc = Zone(zone=UTC, name="UTC", basis=ZoneBasis.ASSUMED, source="no zone is written")
        return moment(Dates().read(written), written, utc)


@lru_cache(maxsize=1_024)
def app_agent(written: str) -> Mapping[str, str]:
    """Split an app's user agent (``App : GMAIL_APP. App Version : 6.0.260302. Os : IOS_OS.``); empty for browsers."""
    plain_spaces = written.translate(_SPACES).strip()
    if not _APP_AGENT.match(plain_spaces):
        return {}
    pairs = (part.partition(" : ") for part in _APP_PART.split(plain_spaces))
    return {key.strip(): value.strip().removesuffix(".") for key, _, value in pairs if value.strip(" .")}


def device_name(model: str) -> str:
    """Spell a Google device so that the same model links across files: ``google:MODEL``; "" without a model."""
    return f"google:{' '.join(model.split())}" if model.strip() else ""


def stated_place(*parts: str) -> str:
    """Join the parts of a place that the provider states, from small to large."""
    return ", ".join(part.strip() for part in parts if part.strip())


def last_location(written: str) -> tuple[str, Moment]:
    """Read the free-text cell "Device Last Location": (country code or "", latest "Last Activity Time").

    Raises ``FieldError`` when the label is there but no readable time follows it.
    """
    countries = _COUNTRY_ISO.findall(written)
    moments = [written_time(found) for found in _LAST_ACTIVITY.findall(written)]
    dated = [(moment.utc, moment) for moment in moments if moment.utc is not None]
    if "Last Activity Time:" in written and len(dated) != written.count("Last Activity Time:"):
        message = f"no time after 'Last Activity Time:': {written[:80]!r}"
        raise FieldError(message)
    latest = max(dated, key=lambda pair: pair[0])[1] if dated else UNDATED
    return (countries[-1] if countries else ""), latest

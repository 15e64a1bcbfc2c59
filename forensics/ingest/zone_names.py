"""Zone abbreviations and written offsets: what says an offset by itself, and what does not.

An abbreviation stands in the table only if every zone of the IANA database that uses it, in this or in an earlier release,
has the same offset. The American ones are those of RFC 5322 section 4.3: ``PST`` is also written in Manila, but not by
software that takes its names from CLDR, as providers' does. ``KST`` is Seoul's (Pyongyang differed from 2015 to 2018). An
abbreviation that several regions use for different offsets is listed as ambiguous and gives no offset, unless the caller
names a zone in which it is valid.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo
from types import MappingProxyType
from zoneinfo import ZoneInfo

_HOURS = {
    **dict.fromkeys(("UTC", "UT", "GMT", "Z", "WET"), 0.0),
    **dict.fromkeys(("CET", "MEZ", "WEST", "WAT"), 1.0),
    **dict.fromkeys(("CEST", "MESZ", "EET", "OEZ", "CAT", "SAST"), 2.0),
    **dict.fromkeys(("EEST", "OESZ", "EAT", "IDT", "TRT"), 3.0),
    **dict.fromkeys(("AZT",), 4.0),
    **dict.fromkeys(("AZST", "PKT"), 5.0),
    **dict.fromkeys(("WIB",), 7.0),
    **dict.fromkeys(("HKT", "SGT", "AWST", "WITA"), 8.0),
    **dict.fromkeys(("JST", "KST", "WIT"), 9.0),
    **dict.fromkeys(("AEST",), 10.0),
    **dict.fromkeys(("AEDT",), 11.0),
    **dict.fromkeys(("NZST",), 12.0),
    **dict.fromkeys(("NZDT",), 13.0),
    **dict.fromkeys(("BRT", "ART"), -3.0),
    **dict.fromkeys(("MST", "PDT"), -7.0),
    **dict.fromkeys(("PST", "AKDT"), -8.0),
    "ACST": 9.5,
    "ACDT": 10.5,
    "NPT": 5.75,
    "EDT": -4.0,
    "EST": -5.0,
    "MDT": -6.0,
    "AKST": -9.0,
    "HST": -10.0,
}
"""Hours ahead of UTC."""

_BY_DATE = MappingProxyType({"MSK": "Europe/Moscow"})
"""Abbreviations whose offset changed by law (Moscow: UTC+4 from 2011 to 2014), and the zone that says when."""

AMBIGUOUS = MappingProxyType(
    {
        "ADT": "Atlantic Daylight Time (-3) or Arabia Daylight Time (+4)",
        "AMT": "Armenia Time (+4) or Amazon Time (-4)",
        "AST": "Atlantic Standard Time (-4) or Arabia Standard Time (+3)",
        "BST": "British Summer Time (+1) or Bangladesh Standard Time (+6)",
        "CDT": "Central Daylight Time (-5) or Cuba Daylight Time (-4)",
        "CST": "Central Standard Time (-6), China Standard Time (+8) or Cuba Standard Time (-5)",
        "ECT": "Ecuador Time (-5) or Eastern Caribbean Time (-4)",
        "GST": "Gulf Standard Time (+4) or South Georgia Time (-2)",
        "IST": "India Standard Time (+5:30), Israel Standard Time (+2) or Irish Standard Time (+1)",
        "NST": "Newfoundland Standard Time (-3:30) or Nepal Standard Time (+5:45)",
        "SST": "Samoa Standard Time (-11) or Singapore Standard Time (+8)",
        "WST": "West Samoa Time (+13) or Western Standard Time (+8)",
    }
)
"""Abbreviations that several regions use, and for what."""

_OFFSET = re.compile(r"(?:\D*?)([+-])(\d{1,2})(?::?(\d{2}))?(?:\D*)")
_MOST_HOURS, _MOST_MINUTES = 15, 59


def offset_of(zone_text: str, wall: datetime | None = None, zone: tzinfo | None = None) -> timedelta | None:
    """Return the offset that a written zone says, ahead of UTC; ``None`` where it does not say one.

    ``wall`` is the naive time it stands beside (needed for abbreviations whose offset changed by law); ``zone`` is the
    zone that the caller knows: an abbreviation valid in it, in the year of ``wall``, has the offset it has there.
    """
    written = zone_text.strip().strip("()").strip()
    found = _OFFSET.fullmatch(written)
    if found:
        hours, minutes = int(found[2]), int(found[3] or 0)
        if hours > _MOST_HOURS or minutes > _MOST_MINUTES:
            return None
        ahead = timedelta(hours=hours, minutes=minutes)
        return -ahead if found[1] == "-" else ahead
    name = written.upper()
    if zone is not None and wall is not None:
        known = _in_zone(name, wall, zone)
        if known is not None:
            return known
    if name in _BY_DATE:
        return wall.replace(tzinfo=ZoneInfo(_BY_DATE[name])).utcoffset() if wall else None
    hours_ahead = _HOURS.get(name)
    return None if hours_ahead is None else timedelta(hours=hours_ahead)


def _in_zone(name: str, wall: datetime, zone: tzinfo) -> timedelta | None:
    """Return the offset of an abbreviation in a zone in the year of ``wall``; ``None`` if it is not used there."""
    found = {
        moment.utcoffset()
        for moment in (datetime(wall.year, month, 15, tzinfo=zone) for month in range(1, 13))
        if moment.tzname() == name
    }
    return found.pop() if len(found) == 1 else None


def is_known(name: str) -> bool:
    """Whether an abbreviation is in one of the tables."""
    return name in _HOURS or name in _BY_DATE or name in AMBIGUOUS

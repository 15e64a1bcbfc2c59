"""Parts of cPanel's logs that several of them share: the bracketed time and the daemon's names."""

from __future__ import annotations

import re

from forensics.ingest import fields
from forensics.ingest.fields import FieldError
from forensics.model import Moment

SERVICES = {"cpaneld": "cPanel", "whostmgrd": "WHM", "whostmgr": "WHM", "webmaild": "Webmail", "cpdavd": "WebDAV"}
NEW_TIME = r"\[(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4})\]"
OLD_TIME = r"\[(?P<time>\d\d/\d\d/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]"
_OLD = re.compile(r"(\d\d)/(\d\d)/(\d{4}):(\S+) (\S+)")


def moment(written: str) -> Moment:
    """Read ``2017-01-25 06:01:10 -0500``, or the older ``07/17/2008:16:12:49 -0000`` (month first)."""
    old = _OLD.fullmatch(written)
    if old is None:
        return fields.instant(written)
    month, day, year, clock, offset = old.groups()
    read = fields.instant(f"{year}-{month}-{day} {clock} {offset}")
    if read.utc is None:
        raise FieldError(f"no time: {written}")
    return Moment(utc=read.utc, text=written, zone=read.zone)


def service(daemon: str) -> str:
    """Return the product that a daemon serves, or the daemon's own name."""
    return SERVICES.get(daemon, daemon)

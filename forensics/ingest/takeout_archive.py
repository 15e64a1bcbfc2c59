"""The moment of an export, as Takeout writes it into the archive's name: ``takeout-20210601T101500Z-001.zip``.

The stamp is UTC. It is in the name that Google gives; a renamed archive has none, and the times of the files on disk
are those of a copy, so they never count.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from forensics.ingest.evidence import Evidence

_STAMP = re.compile(r"(?i)(?:^|/)(takeout-(\d{4})(\d\d)(\d\d)t(\d\d)(\d\d)(\d\d)z)(?=[-./ _(]|$)")


def export_moment(evidence: Evidence) -> tuple[datetime | None, str]:
    """Return the moment of the export and the name that states it; (None, "") without a readable stamp.

    The archive's own name counts first, then the folder that an archive was unpacked into.
    """
    for name in (evidence.container, evidence.name):
        for match in _STAMP.finditer(name):
            year, month, day, hour, minute, second = map(int, match.groups()[1:])
            try:
                return datetime(year, month, day, hour, minute, second, tzinfo=UTC), match[1]
            except ValueError:
                continue
    return None, ""

"""Stage 1: files in; events, rejections and coverage out.

``archive`` walks files, folders and archives into ``Evidence`` members, ``driver`` recognises and reads each member,
``formats/`` says what the rows of each export mean.
"""

from __future__ import annotations

from forensics.ingest.format import Format
from forensics.plugins import discover


def all_formats() -> dict[str, Format]:
    """Return every format, by module name; third parties add theirs in the entry-point group ``forensics.formats``."""
    return discover("forensics.ingest.formats", "FORMAT", Format, group="forensics.formats")

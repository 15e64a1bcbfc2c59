"""Stage 1: files in; events, rejections and coverage out.

``archive`` walks files, folders and archives into ``Evidence`` members, ``driver`` recognises and reads each member,
``formats/`` says what the rows of each export mean.
"""

from __future__ import annotations

import inspect
import sys
from dataclasses import replace
from functools import cache

from forensics.ingest.format import Format
from forensics.plugins import discover


@cache
def all_formats() -> dict[str, Format]:
    """Return every format, by module name; third parties add theirs in the entry-point group ``forensics.formats``."""
    found = discover("forensics.ingest.formats", "FORMAT", Format, group="forensics.formats")
    return {name: item if item.documentation else _documented(item) for name, item in found.items()}


def _documented(item: Format) -> Format:
    """Take the documentation from the module that the format stands in."""
    return replace(item, documentation=inspect.getdoc(sys.modules[item.claims.__module__]) or "")

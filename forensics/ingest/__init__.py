"""Stage 1: files in; events, rejections and coverage out.

``archive`` walks files, folders and archives into ``Evidence`` members, ``driver`` recognises and reads each member,
``formats/`` says what the rows of each export mean, and ``mappings/`` the same for plain tables, without code.
What reads evidence is loaded when a format is asked for; a report, which knows titles alone, does without.
"""

from __future__ import annotations

import inspect
import sys
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from forensics.errors import DataError
from forensics.plugins import discover, discover_one, stated

if TYPE_CHECKING:
    from forensics.ingest.format import Format

_PACKAGE = "forensics.ingest.formats"
_GROUP = "forensics.formats"


@cache
def all_formats() -> dict[str, Format]:
    """Return every format by name: modules of ``formats``, mappings of ``mappings``, entry points of third parties.

    Third parties add theirs in the entry-point group ``forensics.formats``.
    """
    from forensics.ingest.format import Format
    from forensics.ingest.mapping_format import format_of, shipped

    found = discover(_PACKAGE, "FORMAT", Format, group=_GROUP)
    mapped = {name: format_of(item) for name, item in shipped().items()}
    twice = sorted(found.keys() & mapped.keys())
    if twice:
        raise DataError(f"two formats are called {twice[0]!r}", hint="Rename the mapping or the module")
    known = {name: item if item.documentation else _documented(item) for name, item in found.items()}
    return dict(sorted({**known, **mapped}.items()))


def format_called(name: str) -> Format | None:
    """Return one format without loading the others; ``None`` if there is none of that name."""
    if not name:  # a member that nothing read
        return None
    from forensics.ingest.format import Format
    from forensics.ingest.mapping_format import format_of, shipped_as

    mapping = shipped_as(name)
    if mapping is not None:
        return format_of(mapping)
    found = discover_one(_PACKAGE, "FORMAT", Format, name, group=_GROUP)
    return found if found is None or found.documentation else _documented(found)


def title_of(name: str) -> str | None:
    """Return the title of a format, ``None`` if there is none of that name.

    A report prints the titles of a few formats and reads nothing with them: they are read where they are written, since
    loading the formats, with the words and patterns of every language, takes longer than judging the sample.
    """
    title = stated(_PACKAGE, "FORMAT", name, "title")
    if title is not None:
        return title
    found = format_called(name)
    return found.title if found else None


def _documented(item: Format) -> Format:
    """Take the documentation from the module that the format stands in."""
    return replace(item, documentation=inspect.getdoc(sys.modules[item.claims.__module__]) or "")

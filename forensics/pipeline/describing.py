"""What the tool reads, how to obtain it, and what an unknown file looks like: ``formats``, ``guide``, ``shape``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forensics.errors import EvidenceError, UsageError
from forensics.ingest import all_formats, archive
from forensics.ingest import shape as shapes
from forensics.ingest.documentation import sections
from forensics.ingest.driver import recognise
from forensics.ingest.evidence import Evidence
from forensics.ingest.guide import guides
from forensics.ingest.shape_words import Namer
from forensics.pipeline.queries import Table

MAX_SHAPES = 200
"""Members of an archive whose shape is told."""

_ALIASES = {
    "gmail": "google", "takeout": "google", "meta": "facebook", "messenger": "facebook", "twitter": "x", "icloud": "apple",
    "outlook": "microsoft", "office365": "microsoft", "m365": "microsoft", "entra": "microsoft", "server": "weblog",
}  # fmt: skip


def formats(*, brief: bool) -> Table:
    """Return the formats that are read; the long form tells provider, eras, how to obtain, zone rule and retention."""
    return ("name", "provider", "title") if brief else tuple(_row_keys()), [_row(name) for name in all_formats()]


def _row_keys() -> tuple[str, ...]:
    return tuple(_row(next(iter(all_formats()))))


def _row(name: str) -> dict[str, Any]:
    item = all_formats()[name]
    told = sections(item.documentation)
    return {
        "schema": "forensics/format/1",
        "name": name,
        "provider": item.provider,
        "title": item.title,
        "lane": "bulk" if item.batches else "rows",
        "what": told.what,
        "how_to_obtain": told.obtain,
        "zone_rule": told.zone_rule,
        "eras": list(told.eras),
        "retention": told.retention,
        "documentation": item.documentation.strip(),
    }


def guide(asked: str) -> dict[str, Any]:
    """Return the guide of a provider; an unknown name says which there are."""
    known = guides()
    name = asked.strip().lower()
    name = name if name in known else _ALIASES.get(name, name)
    if name not in known:
        raise UsageError(f"no guide for {asked!r}", hint=f"There is one for: {', '.join(known)}")
    found = known[name]
    read = [_row(format_name) for format_name, item in all_formats().items() if item.provider == name]
    return {
        "schema": "forensics/guide/1",
        "provider": name,
        "title": found.title,
        "choose": list(found.choose),
        "steps": list(found.steps),
        "soon": found.soon,
        "beware": list(found.beware),
        "files": [{key: row[key] for key in ("name", "title", "how_to_obtain", "retention")} for row in read],
    }


def guide_text(found: dict[str, Any]) -> Iterator[str]:
    """Say a guide as a page of plain text."""
    yield found["title"]
    yield ""
    yield f"How soon: {found['soon']}"
    for head, key in (("What to choose", "choose"), ("Steps", "steps"), ("Beware", "beware")):
        if found[key]:
            yield from ("", f"{head}:")
            marks = [f"{n}." for n in range(1, len(found[key]) + 1)] if key == "steps" else ["-"] * len(found[key])
            for mark, text in zip(marks, found[key], strict=True):
                yield from _folded(f"  {mark} ", text)
    if found["files"]:
        yield from ("", "What is read from it:")
        for item in found["files"]:
            yield from _folded("  - ", f"{item['title']} ({item['name']})")
    yield from ("", "Then: forensics analyze FILES…   (nothing leaves your computer)")


def _folded(lead: str, text: str, width: int = 100) -> Iterator[str]:
    import textwrap

    yield from textwrap.wrap(text, width, initial_indent=lead, subsequent_indent=" " * len(lead))


def shape(file: Path, reveal: tuple[str, ...]) -> dict[str, Any]:
    """Return the anonymised shapes of a file, or of the members of an archive."""
    if not file.is_file():
        raise EvidenceError("no such file", where=str(file), hint="Give one file; a folder has no shape")
    namer = Namer(reveal)
    found: list[dict[str, Any]] = []
    refused = 0
    for member in archive.members(file, name=file.name, exhibit=""):
        if isinstance(member, Evidence) and len(found) < MAX_SHAPES:
            names = recognise(member, all_formats())
            found.append({**shapes.of(member, namer), "read_as": list(names)})
        else:
            refused += 1
    return {"schema": "forensics/shape/1", "members": found, "not_shown": refused, "withheld": len(namer.withheld)}


def shape_text(found: dict[str, Any]) -> Iterator[str]:
    """Say the shapes as indented lines, ending with what was withheld."""
    for member in found["members"]:
        yield from shapes.told({key: value for key, value in member.items() if key != "read_as"})
        yield f"read as: {', '.join(member['read_as']) or 'no format recognises it'}"
        yield ""
    if found["not_shown"]:
        yield f"{found['not_shown']} further members are not shown."
    if found["withheld"]:
        yield (
            f"{found['withheld']} names are withheld, because they may be data. Look at them in the file; "
            "--reveal NAME shows one that is only a field's name."
        )
    yield "No value of the file is shown: read it through once, then send it to get the format added."

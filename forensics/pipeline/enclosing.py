"""Files of a case that go with its report: the sealed tables and the checkpoint, each with its SHA-256."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.case import BLOCK
from forensics.errors import CaseError
from forensics.report.enclosure import Enclosure

if TYPE_CHECKING:
    from forensics.report.view import CaseView

CHECKPOINT = "checkpoint.txt"
MAX_ATTACHED = 4 << 20
"""Bytes of a file that is attached; a larger one is named with its digest, and lies in the case folder."""

_FILES = (
    ("findings.json", "application/json", "data", "pdf.file.findings"),
    ("addresses.jsonl", "application/jsonl", "data", "pdf.file.addresses"),
    ("sessions.jsonl", "application/jsonl", "data", "pdf.file.sessions"),
    ("coverage.json", "application/json", "supplement", "pdf.file.coverage"),
)


def tables(folder: Path) -> tuple[Enclosure, ...]:
    """Return the tables of a case as they are sealed."""
    return tuple(_enclosed(folder, *row) for row in _FILES if (folder / row[0]).is_file())


def enclosures(view: CaseView, folder: Path) -> tuple[Enclosure, ...]:
    """Return what is attached to a PDF: the tables, and the checkpoint as a file of its own."""
    found = list(tables(folder))
    if view.checkpoint is not None:
        note = view.checkpoint.text.encode("utf-8", "backslashreplace")
        found.append(
            Enclosure(
                name=CHECKPOINT,
                sha256=hashlib.sha256(note).hexdigest(),
                size=len(note),
                media_type="text/plain",
                relation="source",
                text_key="pdf.file.checkpoint",
                data=note,
            )
        )
    return tuple(found)


def _enclosed(folder: Path, name: str, media_type: str, relation: str, text_key: str) -> Enclosure:
    """Read a table of the case, or only measure it where it is too large to attach."""
    digest, size, kept = hashlib.sha256(), 0, bytearray()
    try:
        with (folder / name).open("rb") as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
                size += len(block)
                if size <= MAX_ATTACHED:
                    kept += block
    except OSError as error:
        raise CaseError(f"{name} cannot be read ({error.strerror})", where=str(folder)) from error
    return Enclosure(
        name=name,
        sha256=digest.hexdigest(),
        size=size,
        media_type=media_type,
        relation=relation,
        text_key=text_key,
        data=bytes(kept) if size <= MAX_ATTACHED else None,
    )

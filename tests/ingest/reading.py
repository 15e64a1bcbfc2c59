"""Read bytes through the real driver into plain values, for tests."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from forensics.ingest import all_formats
from forensics.ingest.driver import read_member, recognise
from forensics.ingest.evidence import HEAD, Evidence, Told
from forensics.model import MemberCoverage, Rejection

TOLD = "told.json"
SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "formats"


@dataclass
class Collected:
    """A sink that keeps everything."""

    batches: list[pa.RecordBatch] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)

    def events(self, batch: pa.RecordBatch) -> None:
        """Keep a batch."""
        self.batches.append(batch)

    def rejection(self, rejection: Rejection) -> None:
        """Keep a rejection."""
        self.rejections.append(rejection)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """All events as plain dicts."""
        return [row for batch in self.batches for row in batch.to_pylist()]


def evidence_of(data: bytes, name: str, path: Path | None = None, container: str = "") -> Evidence:
    """Wrap bytes as a member."""
    return Evidence(
        name=name,
        member="",
        exhibit=hashlib.sha256(data).hexdigest(),
        size=len(data),
        head=data[:HEAD],
        open=lambda: io.BytesIO(data),
        path=str(path) if path else None,
        container=container,
    )


def read_bytes(
    data: bytes, name: str, path: Path | None = None, told: Mapping[str, str] | None = None
) -> tuple[MemberCoverage, Collected]:
    """Recognise and read bytes as the tool would; ``told`` as ``told_of`` gives it."""
    sink = Collected()
    said = dict(told or {})
    evidence = evidence_of(data, name, path, said.pop("container", ""))
    evidence = replace(evidence, told={key: Told(value=value, source="told.json") for key, value in said.items()})
    return read_member(evidence, all_formats(), sink), sink


def told_of(path: Path) -> dict[str, str]:
    """Return what the nearest ``told.json`` above a specimen says: facts of its export, and its archive's name."""
    for folder in path.parents:
        if (folder / TOLD).is_file():
            found: dict[str, str] = json.loads((folder / TOLD).read_text(encoding="utf-8"))
            return found
        if folder == SAMPLES:
            break
    return {}


def claimants(data: bytes, name: str) -> tuple[str, ...]:
    """Return the formats that claim these bytes."""
    return recognise(evidence_of(data, name), all_formats())


def specimens() -> list[tuple[str, Path]]:
    """Return (format name, file) for every specimen; the path below the format's folder is the member name."""
    return [
        (folder.name, path)
        for folder in sorted(SAMPLES.iterdir())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(".expected.jsonl") and path.name != TOLD
    ]


def member_name(format_name: str, path: Path) -> str:
    """Return the member name that a specimen stands for."""
    return path.relative_to(SAMPLES / format_name).as_posix()


def comparable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Drop what is empty and write times as text, so that golden files stay readable."""
    plain = {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in row.items()}
    return {key: value for key, value in plain.items() if value not in (None, "", "{}")}

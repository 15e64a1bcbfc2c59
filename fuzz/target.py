"""One fuzz target in a process of its own: coverage-guided bytes through one reader (run by ``fuzz/run.py``).

    python fuzz/target.py NAME CORPUS -max_total_time=60

``NAME`` is a format (its reader takes whatever it is given, as if it had claimed it), ``import-NAME`` for an importer of
indicators, ``pattern`` (STIX), ``archive``, ``shape`` or ``recognise`` (all formats asked at once). An escape is an
exception, rows that do not add up, or two events with one place.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

with atheris.instrument_imports(include=["forensics.ingest", "forensics.model", "forensics.registry"]):
    from forensics.ingest import all_formats, archive, shape
    from forensics.ingest.driver import DEFECT, read_member
    from forensics.ingest.evidence import DAMAGE, Evidence, Told
    from forensics.ingest.format import Format
    from forensics.registry.import_values import spelled
    from forensics.registry.importer import Importer, Stated, all_importers
    from forensics.registry.offered import Offered
    from forensics.registry.stix_patterns import named

from forensics.ingest.shape_words import Namer
from tests.ingest.reading import Collected, evidence_of
from tests.registry.imported import terms
from tests.registry.test_importers import COLUMNS

TOLD = {"assumed.zone": Told(value="Asia/Baku", source="fuzz"), "assumed.year": Told(value="2020", source="fuzz")}
STAMPED = "takeout-20200312T094455Z-001.zip"


def reader(name: str, chosen: Format, data: bytes) -> None:
    """Read the bytes by one format, whether it would claim them or not."""
    evidence = replace(evidence_of(data, "member.bin", container=STAMPED), told=TOLD)
    if not data:
        return
    chosen.claims(evidence)
    check(evidence, {name: replace(chosen, claims=lambda _: True)}, (name,))


def check(evidence: Evidence, formats: dict[str, Format], names: tuple[str, ...] | None = None) -> None:
    """Read a member and hold the driver to its word."""
    sink = Collected()
    line = read_member(evidence, formats, sink, names)
    if line.rows != line.events + line.rejections + sum(line.unused.values()):
        raise AssertionError(f"rows do not add up: {line}")
    crashes = [item.reason for item in sink.rejections if item.reason.startswith(DEFECT)]
    if crashes:
        raise AssertionError(crashes[0])
    found = [row["event_id"] for row in sink.rows]
    if len(found) != line.events or len(set(found)) != len(found):
        raise AssertionError(f"events lost or two of one place: {line}")


def recognised(data: bytes) -> None:
    """Ask every format at once; several claimants are a defect of recognition, not of this input."""
    evidence = evidence_of(data, "member.bin")
    for candidate in all_formats().values():
        candidate.claims(evidence)


def walked(data: bytes) -> None:
    """Walk the bytes as an archive."""
    path = Path(f"/tmp/forensics-fuzz-{id(walked)}.bin")  # noqa: S108 - one file of this process
    path.write_bytes(data)
    for member in archive.members(path, name="a.zip", exhibit="0" * 64):
        if isinstance(member, Evidence):
            with member.open() as stream:
                try:
                    stream.read(1 << 20)
                except DAMAGE:
                    continue


def shaped(data: bytes) -> None:
    """Tell the shape of the bytes."""
    list(shape.told(shape.of(evidence_of(data, "unknown.json"), Namer())))


def taken(chosen: Importer, data: bytes) -> None:
    """Let an importer read the bytes if it claims them, and spell every value that it finds."""
    path = Path(f"/tmp/forensics-fuzz-{id(taken)}.json")  # noqa: S108 - one file of this process
    path.write_bytes(data)
    offered, under = Offered(path, "member/list.json"), terms(columns=COLUMNS)
    if not chosen.claims(offered, under):
        return
    for entry in chosen.read(offered, (), under).entries:
        if isinstance(entry, Stated) and entry.kind:
            with suppress(ValueError):
                spelled(entry.kind, entry.value, under.special)


def patterned(data: bytes) -> None:
    """Read the bytes as a STIX pattern."""
    with suppress(ValueError):
        named(data.decode("utf-8", "replace"))


def targets() -> dict[str, Callable[[bytes], None]]:
    """Return every target by name."""
    found: dict[str, Callable[[bytes], None]] = {
        name: partial(reader, name, chosen) for name, chosen in all_formats().items()
    }
    importers = {f"import-{name}": partial(taken, chosen) for name, chosen in all_importers().items()}
    return {**found, **importers, "pattern": patterned, "archive": walked, "shape": shaped, "recognise": recognised}


if __name__ == "__main__":
    chosen_target = targets()[sys.argv[1]]
    for seed in sorted(Path(sys.argv[2]).iterdir()):  # tables that load on first use are no slow input
        chosen_target(seed.read_bytes())
    atheris.Setup([sys.argv[0], *sys.argv[2:]], chosen_target)
    atheris.Fuzz()

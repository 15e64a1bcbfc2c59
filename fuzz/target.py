"""One fuzz target in a process of its own: coverage-guided bytes through one reader (run by ``fuzz/run.py``).

    python fuzz/target.py NAME CORPUS -max_total_time=60

``NAME`` is a format (its reader takes whatever it is given, as if it had claimed it), ``archive``, ``shape`` or
``recognise`` (all formats asked at once), ``import_NAME`` for an importer of a user's own data, ``indicators:NAME`` for one
of indicators, ``pattern`` (STIX), or ``answer:NAME`` for an online source (the input is its replies). An escape is an
exception, rows that do not add up, two events with one place, or an answer that breaks its contract.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

with atheris.instrument_imports(
    include=["forensics.ingest", "forensics.enrichment", "forensics.model", "forensics.registry"]
):
    from forensics.enrichment.importer import MADE_KINDS, Options, all_importers
    from forensics.enrichment.source_file import SourceFile
    from forensics.ingest import all_formats, archive, shape
    from forensics.ingest.driver import DEFECT, read_member
    from forensics.ingest.evidence import DAMAGE, Evidence, Told
    from forensics.ingest.format import Format
    from forensics.registry.import_values import spelled
    from forensics.registry.importer import Importer, Stated
    from forensics.registry.importer import all_importers as indicator_importers
    from forensics.registry.offered import Offered
    from forensics.registry.stix_patterns import named
    from tests.enrichment.asking import sources
    from tests.enrichment.test_sources import survives

    SOURCES = sources()  # loads their modules while they can be watched

from forensics.errors import DataError, UsageError
from forensics.ingest.shape_words import Namer
from tests.ingest.reading import Collected, evidence_of
from tests.registry.imported import terms
from tests.registry.test_importers import COLUMNS

TOLD = {"assumed.zone": Told(value="Asia/Baku", source="fuzz"), "assumed.year": Told(value="2020", source="fuzz")}
RIPE_ONLY = ("ripe_versions", "ripestat_historical_whois")
DAY = date(2010, 3, 11)
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


def taken_in(name: str, data: bytes) -> None:
    """Read the bytes by one importer, whether it would recognise them or not; its tables have been checked."""
    path = Path(f"/tmp/forensics-fuzz-{name}.bin")  # noqa: S108 - one file of this process
    path.write_bytes(data)
    importer = all_importers()[name]
    source = SourceFile(path)
    for kind in ("", *importer.kinds):
        try:
            importer.recognises(source)
            made = importer.read(source, Options(kind=kind))
        except (DataError, UsageError):
            continue
        if made.kind not in MADE_KINDS or made.ledger.rejections < len(made.ledger.rejected):
            raise AssertionError(f"a kind that does not exist, or rows that do not add up: {made}")


def told(name: str, data: bytes) -> None:
    """Let a source read the bytes as each of its replies, parted at zero bytes."""
    address = "193.0.6.139" if name in RIPE_ONLY else "203.0.113.5"
    survives(SOURCES[name], address, DAY, data.split(b"\0\0\0\0") or [data])


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
    found |= {f"import_{name}": partial(taken_in, name) for name in all_importers()}
    found |= {f"answer:{name}": partial(told, name) for name in SOURCES}
    found |= {f"indicators:{name}": partial(taken, chosen) for name, chosen in indicator_importers().items()}
    return {**found, "pattern": patterned, "archive": walked, "shape": shaped, "recognise": recognised}


if __name__ == "__main__":
    chosen_target = targets()[sys.argv[1]]
    for seed in sorted(Path(sys.argv[2]).iterdir()):  # tables that load on first use are no slow input
        chosen_target(seed.read_bytes())
    atheris.Setup([sys.argv[0], *sys.argv[2:]], chosen_target)
    atheris.Fuzz()

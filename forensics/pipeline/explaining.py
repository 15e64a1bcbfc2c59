"""``analyze --explain``: a dry run that makes no case and says of every file what is understood, and how.

Every member is recognised and read as an analysis would do it, by the same driver; what comes of it is counted and
shown instead of kept. Nothing is refused in silence: what cannot be opened is listed with its reason.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics.errors import UsageError
from forensics.ingest import all_formats, archive, mapping_columns, mapping_format
from forensics.ingest.companions import Companions
from forensics.ingest.driver import read_member, recognise, statements
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Format
from forensics.ingest.intake import RefusedInput, inputs
from forensics.ingest.mapping import ExportMapping
from forensics.model import MemberCoverage, Rejection
from forensics.pipeline.explained import Explained, Explanation
from forensics.pipeline.reading import claimants
from forensics.pipeline.request import Request

if TYPE_CHECKING:
    import pyarrow as pa

FIRST = 5
"""Events and rejections of a file that are shown."""

_SHOWN = ("time", "time_end", "time_text", "zone_basis", "kind", "action", "action_text", "outcome", "initiator")
_SHOWN_TOO = ("account", "address", "source_port", "address_text", "user_agent", "device", "stated_place")
SHOWN = (*_SHOWN, *_SHOWN_TOO, "place", "detail")


@dataclass
class _Tally:
    """A sink that counts and keeps the first rows."""

    actions: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    zones: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    first: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)

    def events(self, batch: pa.RecordBatch) -> None:
        """Count a batch."""
        columns = [batch.column(name).to_pylist() for name in ("action_text", "action", "outcome", "initiator")]
        self.actions.update(zip(*columns, strict=True))
        self.zones.update(batch.column("zone_basis").to_pylist())
        room = FIRST - len(self.first)
        if room > 0:
            self.first += batch.slice(0, room).select(list(SHOWN)).to_pylist()

    def rejection(self, rejection: Rejection) -> None:
        """Count a rejection."""
        self.reasons[rejection.reason] += 1
        if len(self.rejected) < FIRST:
            self.rejected.append(rejection)


def explain(request: Request, examiner: Mapping[str, str] | None = None) -> Explanation:
    """Read everything that the request names, and make nothing."""
    if request.case is not None:
        raise UsageError("--explain makes no case", hint="Leave out --case, or --explain")
    given = {item.format_name: item.mapping for item in mapping_format.given(request.mappings)}
    with tempfile.TemporaryDirectory(prefix="forensics-explain-") as folder:
        work = _Work(request, Path(folder) / "stdin", given, Companions(examiner))
        work.learn()
        return Explanation(files=tuple(work.explained()))


class _Work:
    """Two passes over the input: what members state about their export, then what each of them means."""

    def __init__(
        self, request: Request, spool: Path, given: Mapping[str, ExportMapping], companions: Companions
    ) -> None:
        self.given = {name: mapping_format.format_of(mapping) for name, mapping in given.items()}
        self.known = all_formats()
        self.formats: dict[str, Format] = {**self.known, **self.given}
        self.mappings = {**mapping_format.shipped(), **given}
        self.companions = companions
        self.inputs = tuple(inputs(request.paths, spool))

    def _found(self) -> Iterator[archive.Found | RefusedInput]:
        for item in self.inputs:
            if isinstance(item, RefusedInput):
                yield item
                continue
            with item.path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            yield from archive.members(item.path, name=item.name, exhibit=digest)

    def _claimants(self, member: Evidence) -> tuple[str, ...]:
        return claimants(member, self.given, self.formats) if member.size else ()

    def learn(self) -> None:
        """Gather what members state about their whole export."""
        for member in self._found():
            if isinstance(member, Evidence):
                for name in self._claimants(member)[:1]:
                    for stated in statements(member, self.formats[name]):
                        self.companions.learn(member, stated)

    def explained(self) -> Iterator[Explained]:
        """Explain every file and member in order."""
        for found in self._found():
            if isinstance(found, Evidence):
                yield self._member(self.companions.tell(found))
            elif isinstance(found, archive.Skipped):
                yield Explained(name=found.name, member=found.member, status="not used", reason=found.rule)
            else:
                member = "" if isinstance(found, RefusedInput) else found.member
                yield Explained(name=found.name, member=member, status="refused", reason=found.reason)

    def _member(self, member: Evidence) -> Explained:
        names = self._claimants(member)
        tally = _Tally()
        coverage = read_member(member, self.formats, tally, names)
        mapping = self.mappings.get(coverage.format)
        if coverage.status != "read":
            reason = ", ".join(coverage.unused)
            return _head(
                member, coverage, status=coverage.status.replace("_", " "), reason=reason, names=_names(member)
            )
        return _with_tally(
            _head(
                member,
                coverage,
                title=self.formats[coverage.format].title,
                instead=recognise(member, self.known) if coverage.format in self.given else (),
                zone=mapping_columns.zone_words(mapping.time)
                if mapping
                else _time_section(self.formats[coverage.format]),
                columns=mapping_columns.understood(mapping, member) if mapping else None,
                names=() if mapping else _names(member),
            ),
            coverage,
            tally,
        )


def _head(member: Evidence, coverage: MemberCoverage, *, status: str = "read", **more: Any) -> Explained:
    return Explained(
        name=member.name, member=member.member, size=member.size, format=coverage.format, status=status, **more
    )


def _with_tally(explained: Explained, coverage: MemberCoverage, tally: _Tally) -> Explained:
    return replace(
        explained,
        counts={
            "rows": coverage.rows,
            "events": coverage.events,
            "rejections": coverage.rejections,
            "unused": sum(coverage.unused.values()),
        },
        unused=dict(coverage.unused),
        actions=tuple(sorted(tally.actions.items(), key=lambda item: (-item[1], item[0]))),
        zones=dict(sorted(tally.zones.items())),
        reasons=tuple(sorted(tally.reasons.items(), key=lambda item: (-item[1], item[0]))),
        first=tuple(tally.first),
        rejected=tuple(tally.rejected),
    )


def _names(member: Evidence) -> tuple[str, ...]:
    """Return the header cells or the JSON keys of the head, so that a mapping can be written for the file."""
    keys = [key for level in sorted(member.json_keys) for key in sorted(member.json_keys[level])]
    return tuple(dict.fromkeys(keys)) or member.csv_header


def _time_section(chosen: Format) -> str:
    """Return what the documentation says about times, on one line."""
    section = chosen.documentation.partition("\nTime:")[2].partition("\n\n")[0]
    return " ".join(section.split())

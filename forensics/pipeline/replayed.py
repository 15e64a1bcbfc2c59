"""What a replay came to: in numbered lines, and as the documented JSON object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from forensics.attribution.material import count
from forensics.chain_of_custody import Report
from forensics.pipeline.comparing import AGREES, Compared
from forensics.pipeline.derivation import Sources
from forensics.pipeline.differences import FindingDifference, Made
from forensics.pipeline.request import ASSUMED
from forensics.pipeline.sealed_log import LastAnalysis

SHOWN = 20
"""Findings and later acts that the lines name; the JSON object names all."""
_STATES = {
    "same": "the same bytes",
    "same_rows": "equal rows in other bytes (written by another version of the library)",
    "different": "DIFFERENT",
    "missing": "DIFFERENT: sealed, but not made again",
    "added": "DIFFERENT: made again, but not sealed",
    "not_repeated": "not made again: this version does not render it from a case",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The result. Of a case that does not verify nothing is known but that."""

    folder: Path
    checked: Report
    analysis: LastAnalysis | None = None
    sources: Sources | None = None
    then: Made | None = None
    now: Made | None = None
    lacking: tuple[str, ...] = ()
    files: tuple[Compared, ...] = ()
    findings: tuple[FindingDifference, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether everything that was made again is what was sealed."""
        return self.checked.ok and bool(self.files) and all(item.state in AGREES for item in self.files)

    def because(self, reasons: tuple[str, ...]) -> Replay:
        """Return the result with what may explain it."""
        return replace(self, reasons=reasons)

    def lines(self) -> Iterator[str]:
        """Say the result in numbered lines."""
        for number, text in enumerate(self._told(), 1):
            yield f"{number:>3}  {text}"
        yield self.verdict()

    def verdict(self) -> str:
        """Say the result in one line."""
        if not self.checked.ok:
            return "NOT REPLAYED: the case does not verify"
        return "REPLAYED: the same" if self.same else "REPLAYED: DIFFERENT"

    def _told(self) -> Iterator[str]:
        steps = self.checked.steps
        if not self.checked.ok:
            yield from (f"FAIL step {step.n}, {step.title}: {step.detail}" for step in steps if not step.ok)
            return
        yield f"the case verifies: {len(steps)} steps"
        yield self._inputs_told()
        yield from (f"lacking: {text}" for text in self.lacking)
        yield self._made_told()
        for item in self.files:
            digest = f"  sha256 {item.sealed}" if item.sealed else ""
            other = f", replayed {item.replayed}" if item.replayed not in ("", item.sealed) else ""
            detail = f"; {item.detail}" if item.detail else ""
            yield f"{item.name}: {_STATES[item.state]}{detail}{digest}{other}"
        yield from _some(f"finding {item.words()}" for item in self.findings)
        yield from (f"why: {text}" for text in self.reasons)
        if self.analysis is not None:
            yield from _some(f"not part of the last analysis: {text}" for text in self.analysis.since)

    def _inputs_told(self) -> str:
        if self.sources is None:
            return "no inputs"
        taken, held = self.sources.taken, self.sources
        words = [count(len(taken.exhibits), "exhibit")]
        words += [f"{count(len(taken.refused), 'refused input')} as sealed"] if taken.refused else []
        words += ["the owner's declaration"] if held.owner.declares_baseline else []
        words += [count(len(held.mappings), "mapping")] if held.mappings else []
        words += [count(len(held.registries.used), "registry release"), count(len(held.snapshots), "snapshot")]
        assumed = [f"{option} {held.told[key]}" for key, option in ASSUMED.items() if key in held.told]
        return f"inputs, all sealed: {', '.join(words)}; as of {held.as_of}{'; ' if assumed else ''}{' '.join(assumed)}"

    def _made_told(self) -> str:
        if self.now is None or self.then is None or self.analysis is None:
            return "nothing was recomputed"
        version = (
            self.now.version
            if self.now.version == self.then.version
            else f"{self.now.version} (case: {self.then.version})"
        )
        return f"recomputed by version {version} without network, clock at {self.analysis.time}"

    def as_json(self) -> dict[str, Any]:
        """Return the documented object of ``replay --json``."""
        analysis, head = self.analysis, self.checked.checkpoint
        return {
            "schema": "forensics/replay/1",
            "case": str(self.folder),
            "verified": self.checked.ok,
            "failed_steps": [
                {"n": step.n, "title": step.title, "detail": step.detail} for step in self.checked.steps if not step.ok
            ],
            "same": self.same,
            "checkpoint": None if head is None else {"origin": head.origin, "size": head.size, "root": head.root.hex()},
            "analysis": None if analysis is None else {"seq": analysis.seq, "time": analysis.time},
            "then": _made(self.then),
            "now": _made(self.now),
            "inputs": self._inputs(),
            "lacking": list(self.lacking),
            "files": [
                {
                    "name": item.name,
                    "state": item.state,
                    "sealed": item.sealed or None,
                    "replayed": item.replayed or None,
                    "detail": item.detail,
                }
                for item in self.files
            ],
            "findings": [_finding(item) for item in self.findings],
            "reasons": list(self.reasons),
            "since": [] if analysis is None else list(analysis.since),
        }

    def _inputs(self) -> dict[str, Any] | None:
        held = self.sources
        if held is None:
            return None
        return {
            "exhibits": [{"name": item.name, "sha256": item.sha256} for item in held.taken.exhibits],
            "refused": [item.name for item in held.taken.refused],
            "mappings": [item.format_name for item in held.mappings],
            "registries": [item.digest for item in held.registries.used],
            "snapshots": [table.manifest.bundle_sha256 for table in held.snapshots],
            "as_of": str(held.as_of),
        }


def _some(lines: Iterator[str]) -> Iterator[str]:
    """Yield the first lines, and how many there are beyond."""
    number = 0
    for number, line in enumerate(lines, 1):
        if number <= SHOWN:
            yield line
    if number > SHOWN:
        yield f"… and {number - SHOWN:,} more: --json names all"


def _made(made: Made | None) -> dict[str, Any] | None:
    if made is None:
        return None
    return {
        "version": made.version,
        "tool_digest": made.digest or None,
        "libraries": dict(made.libraries),
        "parameters": made.parameters,
    }


def _finding(item: FindingDifference) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind,
        "change": item.change,
        "now": item.now or None,
        "fields": [{"field": one.field, "sealed": one.sealed, "replayed": one.replayed} for one in item.fields],
    }

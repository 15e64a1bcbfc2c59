"""What an analysis came to: printed, as JSON, and as an exit status."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from forensics.attribution.material import count
from forensics.case import CaseFolder, parse_lines
from forensics.errors import StrictError
from forensics.model import Exhibit, Rejection
from forensics.pipeline import coverage_ledger
from forensics.pipeline.judgement import Inputs, Judgement, finding_row
from forensics.pipeline.online import Looked
from forensics.pipeline.printing import PDF
from forensics.pipeline.rendering import REPORT

if TYPE_CHECKING:
    from forensics.report.view import CaseView


MAX_JSON_ADDRESSES = 10_000

SHOWN = 10
"""Rows and files not read that the terminal names; the coverage table names all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it: enough to print, to turn into JSON, and to decide the exit status."""

    case: CaseFolder
    exhibits: tuple[Exhibit, ...]
    inputs: Inputs
    judged: Judgement
    view: CaseView
    rejections: tuple[Rejection, ...]
    one_time_key: bool
    online: Looked | None = None
    no_pdf: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the documented object of ``analyze --json``."""
        rows = list(islice(parse_lines(self.case.path / "addresses.jsonl"), MAX_JSON_ADDRESSES))
        return {
            "schema": "forensics/analysis/1",
            "case": str(self.case.path),
            "case_id": self.case.facts.id,
            "exhibits": [{"name": item.name, "size": item.size, "sha256": item.sha256} for item in self.exhibits],
            "coverage": {**coverage_ledger.totals(self.inputs.coverage), "members": _members(self.inputs)},
            "addresses": rows,
            "addresses_total": self.view.addresses_total,
            "findings": [finding_row(item) for item in self.judged.findings],
            "report": str(self.case.path / REPORT),
            **({"online": self.online.as_json()} if self.online else {}),
        }

    def tell(self, voice: Any) -> None:
        """Print the findings in plain words, and where the report is."""
        from forensics.report import findings_text

        for line in findings_text(self.view, plain=voice.settings.plain):
            voice.out(line)
        sums = coverage_ledger.totals(self.inputs.coverage)
        voice.out(
            f"Read {count(sums['files'], 'file')} with {count(len(self.inputs.coverage.members), 'member')}:"
            f" {count(sums['rows'], 'row')} = {count(sums['events'], 'event')} +"
            f" {count(sums['rejections'], 'rejection')} + {sums['unused']:,} not used."
        )
        for item in self.rejections[:SHOWN]:
            voice.say(f"not read: {item.member or item.exhibit[:12]} {item.place}: {item.reason}")
        if len(self.rejections) > SHOWN:
            voice.say(f"… all {sums['rejections']:,} are listed by: forensics coverage {self.case.path}")
        unknown = [member.name for member in self.inputs.coverage.members if member.status == "unrecognised"]
        for name in unknown[:SHOWN]:
            voice.say(f"not recognised: {name}")
        if len(unknown) > SHOWN:
            voice.say(f"… all {len(unknown):,} are listed by: forensics coverage {self.case.path}")
        for line in self.online.lines() if self.online else ():
            voice.out(line)
        if self.one_time_key:
            voice.say("Sealed with a one-time key. To seal as yourself: forensics keys new")
        voice.out(f"Case:   {self.case.path}")
        voice.out(f"Report: {self.case.path / REPORT}")
        if (self.case.path / PDF).exists():
            voice.out(f"To file: {self.case.path / PDF}")
        elif self.no_pdf:
            voice.say(f"No PDF was made: {self.no_pdf}")
        voice.out(f"Check:  forensics verify {shlex.quote(str(self.case.path))}")

    def check_online(self) -> None:
        """Raise where online look-ups were wished for and nobody agreed, or no answer could be had."""
        if self.online is not None:
            self.online.check(shlex.quote(str(self.case.path)), one_time_key=self.one_time_key)

    def check_strict(self, *, strict: bool) -> None:
        """Raise ``StrictError`` under ``--strict`` when something was not understood."""
        unread = sum(member.status == "unrecognised" for member in self.inputs.coverage.members)
        if strict and (self.inputs.coverage.rejections or unread):
            raise StrictError(
                f"{self.inputs.coverage.rejections:,} rows and {unread:,} files were not understood",
                where=str(self.case.path),
                hint="`forensics coverage` lists them",
            )


def _members(inputs: Inputs) -> list[dict[str, Any]]:
    document = coverage_ledger.as_json(inputs.coverage)
    members: list[dict[str, Any]] = document["members"]
    return members

"""From evidence that has been read to a sealed analysis and its report; again where the case has learned more."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forensics.enrichment.plan import Candidates
from forensics.errors import CaseError
from forensics.model import Exhibit, Rejection
from forensics.pipeline import reading
from forensics.pipeline.clock import stamp
from forensics.pipeline.judgement import Inputs, Judgement
from forensics.pipeline.presenting import Sealed, Tables, view
from forensics.pipeline.rendering import REPORT, render
from forensics.pipeline.sealing import Sealer
from forensics.pipeline.writing import FINDINGS, WRITTEN, judged_case

if TYPE_CHECKING:
    from forensics.report.view import CaseView


@dataclass(frozen=True, slots=True, kw_only=True)
class Concluded:
    """What the events amount to, what the report shows, and whom online look-ups may be about."""

    judged: Judgement
    view: CaseView
    candidates: Candidates


def conclude(
    sealer: Sealer, inputs: Inputs, exhibits: tuple[Exhibit, ...], rejections: tuple[Rejection, ...]
) -> Concluded:
    """Judge, write, seal the analysis, render the report with that seal's checkpoint, seal again."""
    case = sealer.case
    judged, page = judged_case(case, inputs)
    sealed = _seal_analysis(sealer, judged, inputs)
    shown = view(
        case.facts,
        judged,
        inputs,
        Tables(
            addresses=page.chosen(inputs),
            addresses_total=page.count,
            exhibits=exhibits,
            rejections=rejections,
            covered=case.read_json(reading.COVERAGE)["map"],
        ),
        sealed,
    )
    render(sealer, shown)
    return Concluded(judged=judged, view=shown, candidates=page.candidates)


def written_again(sealer: Sealer, names: Sequence[str] = (*WRITTEN, REPORT)) -> list[str]:
    """Return the sealed files that a second judgement replaces, so that their new bytes are measured again."""
    return [name for name in names if name in sealer.log.files and (sealer.case.path / name).exists()]


def _seal_analysis(sealer: Sealer, judged: Judgement, inputs: Inputs) -> Sealed:
    """Record the analysis with everything it produced, and return the checkpoint that reports print."""
    digest = hashlib.sha256((sealer.case.path / FINDINGS).read_bytes()).hexdigest()
    subject: dict[str, Any] = {
        "findings": digest,
        "events": inputs.coverage.events,
        "parameters": judged.linked.parameters,
        "as_of": str(inputs.as_of),
        "snapshots": [item.bundle_sha256 for item in judged.snapshots],
        "registries": [item.digest for item in inputs.registries.used],
    }
    if len(inputs.answers):
        subject["answers"] = inputs.answers.digest
    sealer.record("analysis.run", subject, [*sealer.unsealed(), *written_again(sealer, WRITTEN)], sign=False)
    head = sealer.record("seal", {"of": "analysis", "findings": digest})
    if head is None:
        raise CaseError("the analysis was not sealed", where=str(sealer.case.path))
    return Sealed(
        origin=head.origin,
        size=head.size,
        root=b64encode(head.root).decode(),
        note=(sealer.case.path / "checkpoint").read_text(encoding="utf-8"),
        fingerprint=sealer.identity.actor,
        time=stamp(),
    )

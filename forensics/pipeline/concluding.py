"""From a judged case to a sealed analysis and its report; again where the case has learned more."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from forensics.errors import CaseError
from forensics.pipeline import build, sealed_view
from forensics.pipeline.clock import now, stamp, standing
from forensics.pipeline.derivation import Derived
from forensics.pipeline.judgement import Inputs, Judgement
from forensics.pipeline.rendering import REPORT, render
from forensics.pipeline.sealed_log import Sealed
from forensics.pipeline.sealing import Sealer
from forensics.pipeline.writing import FINDINGS, WRITTEN

if TYPE_CHECKING:
    from forensics.report.view import CaseView


def conclude(sealer: Sealer, derived: Derived) -> CaseView:
    """Seal the analysis, render the report with that seal's checkpoint, seal again; return what the report shows."""
    shown = derived.view(sealer.case, _seal_analysis(sealer, derived.judged, derived.inputs))
    sealed_view.keep(sealer, shown)
    render(sealer, shown)
    return shown


def written_again(sealer: Sealer, names: Sequence[str] = (*WRITTEN, sealed_view.VIEW, REPORT)) -> list[str]:
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
        "tool_digest": build.digest(),
        "libraries": dict(build.libraries()),
    }
    if len(inputs.answers):
        subject["answers"] = inputs.answers.digest
    sealer.record("analysis.run", subject, [*sealer.unsealed(), *written_again(sealer, WRITTEN)], sign=False)
    with standing(now()):  # the report prints the time of this very record
        head = sealer.record("seal", {"of": "analysis", "findings": digest})
        sealed_at = stamp()
    if head is None:
        raise CaseError("the analysis was not sealed", where=str(sealer.case.path))
    return Sealed(
        origin=head.origin,
        size=head.size,
        root=b64encode(head.root).decode(),
        note=(sealer.case.path / "checkpoint").read_text(encoding="utf-8"),
        fingerprint=sealer.identity.actor,
        time=sealed_at,
    )

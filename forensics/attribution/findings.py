"""Findings: numbered statements in plain words, each with its basis, its strength and the ways to attack it.

The order is fixed, so that equal evidence gives equal numbers. A statement says what rows show; it never says who
typed, who ordered, or what an organisation did.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from forensics.attribution.clock_findings import clocks
from forensics.attribution.deed_findings import DELETIONS, EXPORTS, deletions, exports, gaps, phishing
from forensics.attribution.link_findings import registry
from forensics.attribution.material import Material
from forensics.attribution.sequence_evidence import with_evidence
from forensics.attribution.session_findings import across, codes, sequences, unexplained
from forensics.model import Action, Finding

TOLD = frozenset({*EXPORTS, *DELETIONS, Action.CODE_SENT})
"""Actions of the rows that findings tell one by one."""


def findings(material: Material) -> tuple[Finding, ...]:
    """Return all findings, numbered F-1, F-2, … in a fixed order of kinds; those of detectors come last."""
    makers = (unexplained, _sequences, exports, deletions, registry, across, codes, phishing, clocks, gaps)
    made = [*(finding for maker in makers for finding in maker(material)), *material.detected]
    return tuple(replace(finding, id=f"F-{number}") for number, finding in enumerate(made, start=1))


def _sequences(material: Material) -> Iterable[Finding]:
    """Complete the sequences with what prepared and followed them, and with what silence means."""
    return with_evidence(sequences(material), material.around)

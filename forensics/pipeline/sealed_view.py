"""``report.json``: what every report of a case shows, as data, sealed beside them when the analysis ends.

A report that is rendered later, in another form, language, profile or edition, is rendered of this document: the same
words in a tenth of the time. It is read only where it lies as the log recorded it, this version wrote it, it tells the
checkpoint that the case holds, and nothing that was declared for the analysis has changed since; else the case is judged
again. ``replay`` makes it anew from the evidence.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from forensics import __version__
from forensics.errors import DataError
from forensics.pipeline.sealed_log import last_analysis, sealed_checkpoint
from forensics.report.view_document import read, written

if TYPE_CHECKING:
    from forensics.case import CaseFolder
    from forensics.pipeline.sealed_log import LastAnalysis
    from forensics.pipeline.sealing import Sealer
    from forensics.report.view import CaseView

VIEW: Final = "report.json"
_DECLARED: Final = ("case.toml", "owner.toml")
"""Files of a case that people may edit, and that a report speaks of."""


def keep(sealer: Sealer, shown: CaseView, *, sign: bool = False) -> None:
    """Write the document of a view into the case and record it; without ``sign`` the report that follows is signed with it."""
    data = written(shown)
    sealer.case.write(VIEW, data)
    subject = {"document": VIEW, "sha256": hashlib.sha256(data).hexdigest()}
    sealer.record("report.render", subject, [VIEW], sign=sign)


def view_again(case: CaseFolder) -> CaseView:
    """Return what a report of an analysed case shows: as it is sealed, or judged again from the case alone.

    Raises:
        CaseError: the case holds no finished analysis.
    """
    return sealed_view(case) or _judged(case)


def renewed(sealer: Sealer, *, sign: bool = False) -> CaseView:
    """Return what a report shows that goes into the case; where it had to be judged again, it is kept as well."""
    held = sealed_view(sealer.case)
    if held is None:
        held = _judged(sealer.case)
        keep(sealer, held, sign=sign)
    return held


def _judged(case: CaseFolder) -> CaseView:
    from forensics.pipeline.judging_again import judged_again  # loads what judges, which a sealed view does not need

    with judged_again(case) as again:
        return again.shown


def sealed_view(case: CaseFolder) -> CaseView | None:
    """Return the view that is sealed with the last analysis, or ``None`` where it may not be used."""
    analysis = last_analysis(case.path)
    document = analysis.documents.get(VIEW)
    if document is None or document.version != __version__ or not _as_declared(case, analysis):
        return None
    data = _bytes(case, VIEW)
    if hashlib.sha256(data).hexdigest() != document.sha256:
        return None
    try:
        shown = read(data)
    except DataError:
        return None
    sealed = sealed_checkpoint(case.path, analysis)
    told = shown.checkpoint
    same = told is not None and (told.root, told.note) == (sealed.root, sealed.note)
    return shown if same and shown.key_fingerprint == sealed.fingerprint else None


def _as_declared(case: CaseFolder, analysis: LastAnalysis) -> bool:
    held = [(name, analysis.inputs[name].sha256) for name in _DECLARED if name in analysis.inputs]
    return all(hashlib.sha256(_bytes(case, name)).hexdigest() == digest for name, digest in held)


def _bytes(case: CaseFolder, name: str) -> bytes:
    try:
        return (case.path / name).read_bytes()
    except OSError:
        return b""

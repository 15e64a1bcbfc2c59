"""Recompute a sealed case from its sealed inputs, with the network gone, and compare byte by byte.

Order of steps: verify the case · read back what its last analysis rested on · derive everything again, in a folder of
its own, by the very steps of ``analyze`` · render the reports with the checkpoint that the case holds · compare. The
seal cannot be made again without the key, and need not: it is verified. Version and clock are those of the case, so that
another version that comes to the same result makes the same bytes.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from forensics import __version__
from forensics import chain_of_custody as custody
from forensics.case import CASE_FILE, CaseFolder
from forensics.errors import CaseError, MissingExtraError, StorageError, UsageError
from forensics.pipeline.clock import standing
from forensics.pipeline.comparing import NOT_REPEATED, SAME, Compared, compare, digests, read_document
from forensics.pipeline.coverage_ledger import COVERAGE
from forensics.pipeline.derivation import derive
from forensics.pipeline.differences import finding_differences, made_by, made_here, reasons
from forensics.pipeline.documents import form_of, speech_named
from forensics.pipeline.memory import rare_searches
from forensics.pipeline.offline import no_network
from forensics.pipeline.replayed import Replay
from forensics.pipeline.sealed_inputs import ANSWERS, sealed_inputs
from forensics.pipeline.sealed_log import Document, LastAnalysis, last_analysis, sealed_checkpoint
from forensics.report.profiles import profile_of

if TYPE_CHECKING:
    from forensics.report.view import CaseView

FINDINGS = "findings.json"


def _html(shown: CaseView, folder: Path, item: Document) -> bytes:
    from forensics.pipeline.rendering import page_of

    return page_of(shown, folder, profile_of(item.profile, "html"), speech_named(item.name))


def _pdf(shown: CaseView, folder: Path, item: Document) -> bytes:
    from forensics.pipeline.printing import pdf_of

    return pdf_of(shown, folder, profile_of(item.profile, "pdf"), speech_named(item.name))


def _json(shown: CaseView, _: Path, __: Document) -> bytes:
    from forensics.report.view_document import written

    return written(shown)


DOCUMENTS: Mapping[str, Callable[[CaseView, Path, Document], bytes]] = {"html": _html, "json": _json, "pdf": _pdf}
"""Documents that a replay renders again, by their form; a signed copy cannot be made without the key."""


class _WorkingCase(CaseFolder):
    """A folder for what is computed again; the exhibits are read where they lie sealed."""

    def __init__(self, path: Path, original: CaseFolder) -> None:
        super().__init__(path, original.facts)
        self._original = original

    def exhibit(self, sha256: str) -> Path:
        """Return where the sealed copy of an exhibit lies."""
        return self._original.exhibit(sha256)


@rare_searches()
def replay(folder: Path, snapshots: Sequence[Path] = (), keep: Path | None = None) -> Replay:
    """Repeat the last analysis of a case; ``keep`` is a new folder for what comes out, else it is removed.

    Raises:
        CaseError: no case, no finished analysis, or an input that is not in the case.
        PolicyError: something tried to leave the process.
    """
    if not (folder / CASE_FILE).is_file() and not (folder / "custody.jsonl").is_file():
        raise CaseError("not a case folder", where=str(folder), hint="Give the folder that `forensics analyze` printed")
    with no_network():
        checked = custody.verify_case(folder)
        if not checked.ok:
            return Replay(folder=folder, checked=checked)
        case = CaseFolder.open(folder)
        analysis = last_analysis(folder)
        with _workshop(folder, keep) as place:
            return _repeat(case, _WorkingCase(place, case), analysis, checked, snapshots)


@contextmanager
def _workshop(folder: Path, keep: Path | None) -> Iterator[Path]:
    """Give a folder outside the case to work in."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="forensics-replay-") as place:
            yield Path(place)
        return
    if keep.resolve().is_relative_to(folder.resolve()):
        raise UsageError("nothing may be added to a sealed case", where=str(keep), hint="Choose a folder outside it")
    try:
        if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
            raise UsageError("there is already something here", where=str(keep), hint="Choose another folder")
        keep.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot make the folder ({error.strerror})", where=str(keep)) from error
    yield keep


def _repeat(
    case: CaseFolder, working: CaseFolder, analysis: LastAnalysis, checked: custody.Report, more: Sequence[Path]
) -> Replay:
    sealed = sealed_checkpoint(case.path, analysis)
    held = sealed_inputs(case, analysis, more)
    with standing(datetime.fromisoformat(sealed.time)):
        derived = derive(working, held.sources, lambda: put_answers(case, working, analysis), analysis.version)
        made = {path: digest for path, digest in digests(working.path).items() if not path.startswith(ANSWERS)}
        tables = compare({path: item.sha256 for path, item in analysis.outputs.items()}, case.path, made, working.path)
        shown = cache(partial(derived.view, working, sealed))
        documents = [_document(item, case, working, shown) for _, item in sorted(analysis.documents.items())]
    here = made_here(derived.judged.linked.parameters)
    then = made_by(analysis.version, analysis.subject)
    result = Replay(
        folder=case.path,
        checked=checked,
        analysis=analysis,
        sources=held.sources,
        lacking=held.lacking,
        then=then,
        now=here,
        files=(*tables, *documents),
        findings=finding_differences(*(read_document(place.path / FINDINGS) for place in (case, working))),
    )
    coverage = (read_document(case.path / COVERAGE), read_document(working.path / COVERAGE))
    return result if result.same else result.because(reasons(then, here, held.lacking, coverage))


def put_answers(case: CaseFolder, working: CaseFolder, analysis: LastAnalysis) -> None:
    """Put the sealed raw answers of look-ups where a judgement finds them: an input as it is, never asked for again."""
    for path in sorted(analysis.inputs):
        if path.startswith(ANSWERS):
            working.write(path, (case.path / path).read_bytes())


def _document(item: Document, case: CaseFolder, working: CaseFolder, shown: Callable[[str], CaseView]) -> Compared:
    """Render a document again, with what it shows by version, and compare it with the sealed one."""
    form = form_of(item.name)
    if form not in DOCUMENTS:
        return Compared(name=item.name, state=NOT_REPEATED, sealed=item.sha256, replayed="")
    try:
        page = DOCUMENTS[form](shown(item.version), working.path, item)
    except MissingExtraError as error:
        return Compared(name=item.name, state=NOT_REPEATED, sealed=item.sha256, replayed="", detail=str(error))
    working.write(item.name, page)
    made = {item.name: hashlib.sha256(page).hexdigest()}
    (compared,) = compare({item.name: item.sha256}, case.path, made, working.path)
    if compared.state == SAME or item.version == __version__:
        return compared
    return replace(compared, detail=f"{compared.detail}; it was rendered by version {item.version or 'unknown'}")

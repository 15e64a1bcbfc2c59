"""``custody receipt``: the head of a case for paper, as text and as a QR code."""

from __future__ import annotations

from pathlib import Path

from forensics.case import CaseFolder
from forensics.chain_of_custody import verify_case
from forensics.errors import StorageError, TamperError
from forensics.pipeline import attesting
from forensics.report import qr


def receipt(folder: Path, svg: Path | None) -> list[str]:
    """Return the lines of a receipt; only of a case that verifies. ``svg`` names where the picture goes instead.

    Raises:
        TamperError: the case does not verify.
    """
    case = CaseFolder.open(folder)
    report = verify_case(case.path)
    head = report.checkpoint
    if not report.ok or head is None:
        raise TamperError("the case does not verify", where=str(folder), hint="See: forensics verify")
    text = qr.head_text(head.origin, head.size, head.root)
    lines = attesting.receipt(case, head)
    if svg is None:
        return [*lines, *qr.blocks(text)]
    attesting.keep_outside(case, svg)
    try:
        svg.write_text(qr.svg(text, head.origin), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write the picture ({error.strerror})", where=str(svg)) from error
    return [*lines, f"Picture:     {svg}"]

"""A head of the custody log as a QR code: paper that a camera reads back closes what a folder cannot show by itself.

The code holds the text of a C2SP checkpoint without its signature: origin, size and root, one line each. segno decides
which modules are dark (ISO/IEC 18004, error correction M); the same text gives the same picture.
"""

from __future__ import annotations

import base64
from itertools import groupby

from forensics.report import svg as shapes

LEVEL = "m"
"""Error correction: about 15 % of the picture may be lost."""

QUIET = 4
"""Light modules around the code (ISO/IEC 18004, section 5.3.8)."""


def head_text(origin: str, size: int, root: bytes) -> str:
    """Return what the code of a head says (C2SP tlog-checkpoint, its first three lines)."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def svg(text: str, label: str, *, width: int = 200) -> str:
    """Return the code as an SVG element ``width`` units wide, black on white, without script, style or link."""
    rows = _rows(text, QUIET)
    dark = []
    for y, row in enumerate(rows):
        x = 0
        for module, run in groupby(row):
            length = len(list(run))
            if module:
                dark.append(shapes.rect(x, y, length, 1))
            x += length
    side = len(rows)
    return shapes.element(
        "svg",
        shapes.element("title", shapes.label(label)),
        shapes.rect(0, 0, side, side, fill="#ffffff"),
        shapes.element("g", *dark, fill="#000000"),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {side} {side}",
        width=width,
        height=width,
        role="img",
    )


def blocks(text: str) -> list[str]:
    """Return the code as lines for a terminal: two characters to a module, light ones drawn."""
    return ["".join("  " if module else "██" for module in row) for row in _rows(text, 2)]


def _rows(text: str, border: int) -> list[list[int]]:
    """Return the modules, 1 for dark, with a light border."""
    import segno

    return [list(row) for row in segno.make_qr(text, error=LEVEL).matrix_iter(border=border)]

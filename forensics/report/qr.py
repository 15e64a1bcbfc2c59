"""A head of the custody log as a QR code: paper that a camera reads back closes what a folder cannot show by itself.

The code holds the text of a C2SP checkpoint without its signature: origin, size and root, one line each. segno draws it
(ISO/IEC 18004, error correction M); the same text gives the same picture.
"""

from __future__ import annotations

import base64
import io

LEVEL = "m"
"""Error correction: about 15 % of the picture may be lost."""


def head_text(origin: str, size: int, root: bytes) -> str:
    """Return what the code of a head says (C2SP tlog-checkpoint, its first three lines)."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def svg(text: str, *, scale: int = 4) -> str:
    """Return the code as an SVG element, black on white, without script, style or link."""
    import segno

    out = io.BytesIO()
    segno.make_qr(text, error=LEVEL).save(
        out, kind="svg", scale=scale, light="white", xmldecl=False, svgns=True, nl=False, svgclass=None, lineclass=None
    )
    return out.getvalue().decode("ascii")


def blocks(text: str) -> list[str]:
    """Return the code as lines for a terminal: two characters to a module, dark on light."""
    import segno

    rows = segno.make_qr(text, error=LEVEL).matrix_iter(border=2)
    return ["".join("  " if module else "██" for module in row) for row in rows]

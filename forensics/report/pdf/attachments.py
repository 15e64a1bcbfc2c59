"""The files that a PDF carries (ISO 32000-2, section 7.11.4), read back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader

_MAX_FILES = 64
_MAX_DEPTH = 8


def attached(reader: PdfFileReader) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file, as the document lists them; what pyHanko raises over a damaged one is passed on."""
    try:
        tree = reader.root["/Names"]["/EmbeddedFiles"]
    except LookupError:
        return
    for count, (name, held) in enumerate(_leaves(tree, _MAX_DEPTH)):
        if count == _MAX_FILES:
            return
        yield str(name), held["/EF"]["/F"].data


def _leaves(node: Any, depth: int) -> Iterator[tuple[Any, Any]]:
    """Walk a name tree (ISO 32000-2, section 7.9.6)."""
    names = node.get("/Names", ())
    for number in range(0, len(names) - 1, 2):
        yield names[number], names[number + 1]
    if depth:
        for child in node.get("/Kids", ()):
            yield from _leaves(child, depth - 1)

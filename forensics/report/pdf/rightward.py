"""Texts of a picture that run from right to left, put in the order in which an engine that knows only one way draws them.

The engine that sets pictures in a PDF draws every text from left to right as a whole, turns only runs of one script
around, and has no glyph for isolates (U+2068, U+2069). So the runs of such a text are put in reverse here, and its isolates are
left out. It is a simple case of the reordering of UAX 9 (rule L2 for one level): a text of ours with quotations in it.
"""

from __future__ import annotations

import re
from html import escape, unescape

from forensics.report.language.translator import END, ISOLATE

_NODE = re.compile(rf">([^<>]*{ISOLATE}[^<>]*)<")
_MARK = re.compile(rf"([{ISOLATE}{END}])")
_LEFTWARD = re.compile(r"([0-9A-Za-z](?:[0-9A-Za-z .,:/+\u00d7-]*[0-9A-Za-z])?)")


def drawn(svg: str) -> str:
    """Return a picture without isolates, each isolated text with its runs in the order in which they are seen."""
    if ISOLATE not in svg:
        return svg
    return _NODE.sub(lambda found: f">{escape(reordered(unescape(found[1])))}<", svg)


def reordered(text: str) -> str:
    """Return the runs of an isolated text in reverse; what stands between inner isolates is one run."""
    runs: list[str] = []
    depth = 0
    for part in _MARK.split(text):
        if part == ISOLATE:
            depth += 1
        elif part == END:
            depth = max(depth - 1, 0)
        elif part:
            runs += [part] if depth > 1 else [run for run in _LEFTWARD.split(part) if run]
    return "".join(reversed(runs))

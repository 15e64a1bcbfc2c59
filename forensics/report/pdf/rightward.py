"""Texts of a picture that run from right to left, put in the order in which an engine that knows only one way draws them.

The engine that sets pictures in a PDF draws every text from left to right as a whole, turns only runs of one script
around, and has no glyph for isolates (U+2068, U+2069). So the runs of such a text are put in reverse here, what stands between
them is turned and mirrored, and its isolates are left out. It is a simple case of the reordering of UAX 9 (rules L2 and
L4 for one level): a text of ours with quotations in it.

That engine also looks for another font once in a text and never for a ligature's second letter: each Arabic word names its
font, and lam with an alef that carries a sign stands as the one character that Unicode has for both (U+FEF5 to U+FEFA).
Such a character joins nothing by itself: the letters that reach it stand in the forms that they have there (U+FE80 to U+FEF4).
"""

from __future__ import annotations

import re
import unicodedata
from html import escape, unescape

from forensics.report.language.translator import END, ISOLATE

_NODE = re.compile(rf">([^<>]*{ISOLATE}[^<>]*)<")
_MARK = re.compile(rf"([{ISOLATE}{END}])")
_LEFTWARD = re.compile(r"([0-9A-Za-z](?:[0-9A-Za-z .,:/+&\u00d7-]*[0-9A-Za-z])?)")
_ENDS = re.compile(r"([^\w]*)(.*?)([^\w]*)", re.DOTALL)
_MIRRORED = str.maketrans("()[]{}<>\u00ab\u00bb", ")(][}{><\u00bb\u00ab")
ARABIC = "Noto Sans Arabic"
_DRAWN = re.compile(r"(<text\b[^>]*>)([^<]*)(</text>)")
_WORD = re.compile("[\u0600-\u06ff\ufe70-\ufeff]+")
_LAM_WITH = {"\u0622": "\ufef5", "\u0623": "\ufef7", "\u0625": "\ufef9"}
_NOT_FORWARD = frozenset("\u0622\u0623\u0624\u0625\u0627\u0629\u062f\u0630\u0631\u0632\u0648\u0649")
"""Letters that do not join what follows: lam after one of them stands as after nothing."""
_FORMS = {
    (form, chr(int(letter, 16))): chr(code)
    for code in range(0xFE80, 0xFEF5)
    for form, letter in (unicodedata.decomposition(chr(code)).split(),)
}
"""(form, letter) → the character of that form, as the Unicode Character Database names it."""


def drawn(svg: str) -> str:
    """Return a picture without isolates, each isolated text with its runs in the order in which they are seen."""
    if ISOLATE in svg:
        svg = _NODE.sub(lambda found: f">{escape(reordered(unescape(found[1])))}<", svg)
    return _DRAWN.sub(lambda found: f"{found[1]}{_worded(found[2])}{found[3]}", svg)


def reordered(text: str) -> str:
    """Return the runs of an isolated text in reverse; what stands between inner isolates is one run."""
    runs: list[str] = []
    depth = 0
    for part in _MARK.split(text):
        if part == ISOLATE:
            depth += 1
        elif part == END:
            depth = max(depth - 1, 0)
        elif depth > 1:
            runs.append(part)
        else:
            for place, run in enumerate(_LEFTWARD.split(part)):
                runs += [run] if place % 2 else _turned(run)
    return "".join(reversed(runs))


def _turned(run: str) -> list[str]:
    """Return a run between others with what stands at its ends as it is seen from right to left."""
    found = _ENDS.fullmatch(run)
    before, core, after = found.groups() if found else ("", run, "")
    return [before[::-1].translate(_MIRRORED), core, after[::-1].translate(_MIRRORED)]


def _worded(text: str) -> str:
    """Return the text of a node with a font for each Arabic word in it."""
    return _WORD.sub(lambda word: f'<tspan font-family="{ARABIC}">{_ligated(word[0])}</tspan>', text)


def _ligated(word: str) -> str:
    """Return a word with its ligatures as whole characters; what stands before one and joins it, in the form that does."""
    pieces: list[str] = []
    place = begun = 0
    while place < len(word):
        whole = _LAM_WITH.get(word[place + 1 : place + 2]) if word[place] == "\u0644" else None
        if whole is None:
            pieces.append(word[place])
            place += 1
            begun = place if word[place - 1] in _NOT_FORWARD else begun
            continue
        forms = ("<initial>", *["<medial>"] * (place - begun - 1))[: place - begun]
        pieces[len(pieces) - len(forms) :] = [
            _FORMS.get((form, letter), letter) for form, letter in zip(forms, word[begun:place], strict=True)
        ]
        pieces.append(chr(ord(whole) + bool(forms)))
        place = begun = place + 2
    return "".join(pieces)

"""Which characters the bundled fonts can show; every other one is spelled out as ``⟨U+XXXX⟩``.

PDF/A forbids a missing glyph (ISO 19005-3, 6.2.11.4), and the typesetter stops at one: a single unusual character in
a user agent must not stop a report. ``fonts/characters.txt`` is written from the fonts by ``tools/build_fonts.py``.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

from forensics.report.neutral import CELL, ISOLATES, Spoken, clip, defang, visible

BREAK = "\u200b"
"""Marks a place where a line may end. Only ours are left when it is put in: evidence has its own spelled out."""

LONG = 4000
_UNBROKEN = re.compile(r"\S{17,}")
_AFTER = re.compile(r"(?<=[/.@:_,;=&?+\-])(?=[^\s/.@:_,;=&?+\-])")
_STRETCH = 8
_RUN = 16


@cache
def fonts() -> tuple[frozenset[int], ...]:
    """Return the characters of each bundled font."""
    listed = files("forensics.report.pdf").joinpath("fonts", "characters.txt").read_text(encoding="ascii")
    return tuple(_codes(line.split()[1:]) for line in listed.splitlines())


def _codes(spans: list[str]) -> frozenset[int]:
    pairs = (span.split("-") for span in spans)
    return frozenset(code for first, last in pairs for code in range(int(first, 16), int(last, 16) + 1))


@lru_cache(maxsize=16_384)
def _held(character: str) -> tuple[bool, frozenset[int]]:
    """Say whether a character is a mark on the letter before it, and which fonts (by number) have it.

    Remembered, because a picture is many thousand characters of few kinds.
    """
    having = frozenset(number for number, font in enumerate(fonts()) if ord(character) in font)
    return unicodedata.category(character)[0] == "M", having


def printable(text: str) -> str:
    """Return text in which every character has a glyph, and every mark one in the font of the letter it stands on."""
    ours = ISOLATES if isinstance(text, Spoken) else frozenset()
    text = visible(text)
    if text.isascii():
        return text
    shown: list[str] = []
    able: frozenset[int] = frozenset()
    for character in text:
        if character in ours:
            shown.append(character)
            continue
        mark, having = _held(character)
        if mark:
            having &= able
        if having or not mark:
            able = having
        shown.append(character if having else _spelled(ord(character)))
    return "".join(shown)


def drawable(text: str, *, plain: bool = False) -> str:
    """Return text for a picture, whose texts are set by a simpler engine: marks as ``[U+XXXX]``, which it always has.

    ``plain`` spells out whatever is not in the first font: for texts between whose fonts that engine cannot change.
    """
    shown = printable(text).replace("⟨", "[").replace("⟩", "]")
    if not plain or shown.isascii():
        return shown
    first = fonts()[0]
    return "".join(
        character
        if ord(character) in first and unicodedata.category(character)[0] != "M"
        else f"[U+{ord(character):04X}]"
        for character in shown
    )


def _spelled(code: int) -> str:
    return f"⟨U+{code:04X}⟩"


def breakable(text: str) -> str:
    """Put places to break into long tokens: after their punctuation, else every eight characters."""
    return _UNBROKEN.sub(_broken, text)


def _broken(match: re.Match[str]) -> str:
    return BREAK.join(_short(part) for part in _AFTER.split(match[0]))


def _short(part: str) -> str:
    """Break one stretch without punctuation, never inside a letter with its marks nor inside ``⟨U+202E⟩``."""
    if len(part) <= _RUN:
        return part
    pieces, held = [""], 0
    for unit in re.findall(r"⟨U\+[0-9A-F]{4,6}⟩|.", part):
        if held >= _STRETCH and unicodedata.category(unit[0])[0] != "M":
            pieces.append("")
            held = 0
        pieces[-1] += unit
        held += len(unit)
    return BREAK.join(pieces)


def shown(text: object, limit: int = CELL) -> str:
    """Return evidence text for a cell: clipped, defanged, printable, breakable."""
    return breakable(printable(defang(clip(text if isinstance(text, str) else str(text), limit))))

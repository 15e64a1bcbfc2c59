"""Names of months, days of the week and halves of the day in every language, from CLDR.

The table ``calendar_names.json`` is made of Babel's data by ``tools/build_calendar_names.py``, which also says what
providers add; asking Babel for every language would cost seconds of every run, and tie a reading to its version and to
what was read before. Keys are *phrases*: the words of a name, folded (NFKC, case, bidi marks and points dropped), one
space between them. Of each name all languages that use it are kept, because a name can be two months: ``listopad`` is
October in Croatian and November in Polish and Czech.
"""

# ruff: noqa: RUF001, SIM905 - words of other languages use their own letters; lists of words stay lists of words

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

import msgspec

INTERFACE_LANGUAGES = frozenset(
    "af am ar as az be bg bn bs ca ceb ckb cs cy da de el en eo es et eu fa fi fil fo fr fy ga gl gu ha he hi hr hu hy"
    " id ig is it ja jv ka kk km kn ko ku ky lb lo lt lv mg mi mk ml mn mr ms mt my nb ne nl nn no or pa pl ps pt rm ro"
    " ru sd si sk sl so sq sr sv sw ta te tg th ti tk tl tr tt ug uk ur uz vi yi yo zh zu".split()
)
"""Languages in which large providers offer their service; a name known in one of them is not read in a rarer one."""

_DROPPED = dict.fromkeys(
    [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C, 0x00AD, 0xFEFF], None
)


@dataclass(frozen=True, slots=True)
class Names:
    """Phrase → language → value. ``weekdays`` count from Monday = 0; ``halves`` say ``am``, ``pm``, ``noon`` or ``midnight``."""

    months: dict[str, dict[str, int]] = field(default_factory=dict)
    weekdays: dict[str, dict[str, int]] = field(default_factory=dict)
    halves: dict[str, dict[str, str]] = field(default_factory=dict)
    fillers: set[str] = field(default_factory=set)
    gmt: set[str] = field(default_factory=set)


def plain(text: str) -> str:
    """Return text in one spelling, case kept: NFKC, ASCII digits and minus, one space, no bidi or zero-width marks."""
    shown = unicodedata.normalize("NFKC", text.translate(_DROPPED))
    if not shown.isascii():
        shown = "".join(
            str(unicodedata.decimal(char)) if char.isdecimal() else "-" if char == "\u2212" else char for char in shown
        ).replace("\u2019", "'")
    return " ".join(shown.split())


@lru_cache(maxsize=16_384)
def folded(word: str) -> str:
    """Case-fold a word; the dotted capital I of Turkish and Azerbaijani becomes a plain i."""
    return word.casefold().replace("i\u0307", "i")


@lru_cache(maxsize=4_096)
def is_letter(char: str) -> bool:
    """Whether a character is a letter or a mark on one."""
    return unicodedata.category(char)[0] in "LM"


@dataclass(frozen=True, slots=True)
class Token:
    """A number or a word, folded, with its place in the plain text."""

    text: str
    start: int
    end: int
    is_number: bool


def tokens(shown: str) -> Iterator[Token]:
    """Cut plain text into numbers and words (letters, marks, apostrophes inside a word)."""
    at, size = 0, len(shown)
    while at < size:
        start, char = at, shown[at]
        if char.isdecimal():
            while at < size and shown[at].isdecimal():
                at += 1
            yield Token(shown[start:at], start, at, is_number=True)
        elif is_letter(char):
            while at < size and (
                is_letter(shown[at]) or (shown[at] in "'״׳" and at + 1 < size and is_letter(shown[at + 1]))
            ):
                at += 1
            yield Token(folded(shown[start:at]), start, at, is_number=False)
        else:
            at += 1


def phrase(name: str) -> str:
    """Return the key of a name."""
    return " ".join(token.text for token in tokens(plain(name)))


def joined(name: str) -> str:
    """Return the key of a half of the day: ``a. m.``, ``a.m.`` and ``am`` are one."""
    return phrase(name).replace(" ", "")


TABLE = Path(__file__).with_suffix(".json")


@cache
def names() -> Names:
    """Read the names of all languages."""
    return msgspec.json.decode(TABLE.read_bytes(), type=Names)

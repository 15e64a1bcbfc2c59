"""Names of months, days of the week and halves of the day in every language, from CLDR through Babel.

Read once, on first use (about a second). Keys are *phrases*: the words of a name, folded (NFKC, case, bidi marks and
points dropped), one space between them. Of each name all languages that use it are kept, because a name can be two
months: ``listopad`` is October in Croatian and November in Polish and Czech.
"""

# ruff: noqa: RUF001, RUF002, SIM905 - words of other languages use their own letters; lists of words stay lists of words

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

INTERFACE_LANGUAGES = frozenset(
    "af am ar as az be bg bn bs ca ceb ckb cs cy da de el en eo es et eu fa fi fil fo fr fy ga gl gu ha he hi hr hu hy"
    " id ig is it ja jv ka kk km kn ko ku ky lb lo lt lv mg mi mk ml mn mr ms mt my nb ne nl nn no or pa pl ps pt rm ro"
    " ru sd si sk sl so sq sr sv sw ta te tg th ti tk tl tr tt ug uk ur uz vi yi yo zh zu".split()
)
"""Languages in which large providers offer their service; a name known in one of them is not read in a rarer one."""

_DROPPED = dict.fromkeys(
    [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C, 0x00AD, 0xFEFF], None
)
_FIELD = re.compile(r"'((?:[^']|'')*)'|(([A-Za-z])\3*)|([^'A-Za-z]+)")
_OWN_MONTHS = {"de": {"mrz": 3}, "es": {"set": 9, "setiembre": 9}, "en": {"sept": 9}, "ru": {"сен": 9, "нояб": 11}}
"""Spellings that older CLDR data or the providers themselves use."""
_OWN_HALVES = {"凌晨": "am", "清晨": "am", "早上": "am", "晚上": "pm", "am": "am", "pm": "pm", "ÖÖ": "am", "ÖS": "pm"}
_OWN_FILLERS = (
    "at on of the st nd rd th à le er um uhr den am de del a las la los as às o alle ore ora il do las kl klo om kello"
    " г года в о р року год godz r roku o v ve saat günü il tarixində lúc ngày năm pukul στις lo בשעה في الساعة ساعت"
    " klockan dia data time ci cı cu cü"
).split()
"""Words that providers put between date and time; CLDR's patterns bring more."""


@dataclass(frozen=True, slots=True)
class Names:
    """Phrase → language → value. ``weekdays`` count from Monday = 0; ``halves`` say ``am`` or ``pm``."""

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
def _is_letter(char: str) -> bool:
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
        elif _is_letter(char):
            while at < size and (
                _is_letter(shown[at]) or (shown[at] in "'״׳" and at + 1 < size and _is_letter(shown[at + 1]))
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


@cache
def names() -> Names:
    """Read the names of all languages."""
    from babel import Locale, localedata

    found = Names()
    for identifier in localedata.locale_identifiers():
        language, *parts = identifier.split("_")
        if not parts or len(parts[0]) == 4 or language in INTERFACE_LANGUAGES:  # noqa: PLR2004 - a script has 4 letters
            _learn(Locale.parse(identifier), language, found)
    for language, months in _OWN_MONTHS.items():
        for name, number in months.items():
            found.months.setdefault(name, {})[language] = number
    for name, half in _OWN_HALVES.items():
        found.halves.setdefault(joined(name), {})[""] = half
    found.fillers.update(folded(plain(word)) for word in _OWN_FILLERS)
    found.gmt.update(("UTC", "GMT"))
    _settle_fillers(found)
    return found


def _settle_fillers(found: Names) -> None:
    """Decide what is a name and what a filler, where languages differ, and cut fillers off the names."""
    for word in found.fillers & (found.months.keys() | found.weekdays.keys()):
        _settle(word, found)
    for table in (found.months, found.weekdays):
        for key in list(table):
            first, _, rest = key.partition(" ")
            if first in found.fillers and len(rest) > 2 and _is_name(rest):  # noqa: PLR2004 - Catalan ``de març``: the filler is read by itself
                for language, number in table.pop(key).items():
                    table.setdefault(rest, {}).setdefault(language, number)


def _settle(word: str, found: Names) -> None:
    """Decide a word that is a filler here and a name there: ``de`` joins dates in Spanish and is a day in Gbaya.

    A month of an interface language stays a month; otherwise it is a filler, which costs a check of the weekday at most.
    """
    if found.months.get(word, {}).keys() & INTERFACE_LANGUAGES:
        found.fillers.discard(word)
    else:
        found.months.pop(word, None)
        found.weekdays.pop(word, None)


def _learn(locale: Locale, language: str, found: Names) -> None:
    affixes = _patterns(locale, found)
    for values, letters, table in ((locale.months, "ML", found.months), (locale.days, "Ec", found.weekdays)):
        around = {affix for letter in letters for affix in affixes.get(letter, ())} | {("", "")}
        for name, number in _listed(values):
            for before, after in around:
                key = phrase(f"{before}{name}{after}")
                if _is_name(key):
                    table.setdefault(key, {}).setdefault(language, number)
    for widths in locale.day_periods.values():
        for width in ("wide", "abbreviated"):
            for half in ("am", "pm"):
                key = joined(widths.get(width, {}).get(half, ""))
                if key:
                    found.halves.setdefault(key, {}).setdefault(language, half)
    for eras in locale.eras.values():
        found.fillers.update(token.text for token in tokens(plain(eras.get(1, ""))) if not token.is_number)
    found.gmt.add(plain(locale.zone_formats.get("gmt", "").replace("%s", "")).strip("[] "))
    found.gmt.discard("")


def _is_name(key: str) -> bool:
    """Whether a key is a name: ``tháng 3`` and ``1 р сарын`` are, ``M03`` and ``3 月`` are only a number."""
    words = [word for word in key.split() if not word.isdecimal()]
    return len(words) > 1 or (len(words) == 1 and (len(words[0]) > 1 or words[0] == key))


def _listed(values: Mapping[str, Mapping[str, Mapping[int, str]]]) -> Iterator[tuple[str, int]]:
    for widths in values.values():
        for width in ("wide", "abbreviated", "short"):
            for number, name in widths.get(width, {}).items():
                yield name, number


def _patterns(locale: Locale, found: Names) -> dict[str, set[tuple[str, str]]]:
    """Note the words between the fields of date patterns; return what stands attached to a name's field.

    Hebrew writes ``d בMMMM y`` and Basque ``MMMM'ren'``: letters that touch the name are part of the written word.
    """
    attached: dict[str, set[tuple[str, str]]] = {}
    formats = (*locale.date_formats.values(), *locale.time_formats.values())
    for written in (
        *(str(item.pattern) for item in formats),
        *(str(item) for item in locale.datetime_formats.values()),
    ):
        parts = [(match[2] or "", match[1] or match[4] or "") for match in _FIELD.finditer(written)]
        merged: list[tuple[str, str]] = []
        for letters, literal in parts:
            if not letters and merged and not merged[-1][0]:
                merged[-1] = ("", merged[-1][1] + literal)
            else:
                merged.append((letters, literal))
        for at, (letters, literal) in enumerate(merged):
            if not letters:
                found.fillers.update(token.text for token in tokens(plain(literal)) if not token.is_number)
            elif len(letters) >= 3 and letters[0] in "MLEc":  # noqa: PLR2004 - three letters and more are a name
                before = _tail(merged[at - 1][1]) if at else ""
                after = _tail(merged[at + 1][1][::-1])[::-1] if at + 1 < len(merged) else ""
                if before or after:
                    attached.setdefault(letters[0], set()).add((before, after))
    return attached


def _tail(literal: str) -> str:
    """Return the letters at the end of a literal."""
    size = len(literal)
    while size and _is_letter(literal[size - 1]):
        size -= 1
    return literal[size:]

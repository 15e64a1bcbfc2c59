# ruff: noqa: RUF001, RUF002, SIM905 - words of other languages use their own letters; lists of words stay lists of words
"""Write ``forensics/ingest/calendar_names.json``: the calendar names of CLDR, as the installed Babel has them.

Run it after Babel is updated; ``tests/ingest/test_written_times.py`` says when that is due. CLDR's data are under the
Unicode licence (``Unicode-3.0``), which asks for nothing but its notice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields

from babel import Locale, localedata

from forensics.ingest.calendar_names import (
    INTERFACE_LANGUAGES,
    TABLE,
    Names,
    folded,
    is_letter,
    joined,
    phrase,
    plain,
    tokens,
)

_FIELD = re.compile(r"'((?:[^']|'')*)'|(([A-Za-z])\3*)|([^'A-Za-z]+)")
_OWN_MONTHS = {"de": {"mrz": 3}, "es": {"set": 9, "setiembre": 9}, "en": {"sept": 9}, "ru": {"сен": 9, "нояб": 11}}
"""Spellings that older CLDR data or the providers themselves use."""
_OWN_HALVES = {"凌晨": "am", "清晨": "am", "早上": "am", "晚上": "pm", "am": "am", "pm": "pm", "ÖÖ": "am", "ÖS": "pm"}
_OWN_HALVES |= {"da tarde/noite": "pm", "vorm": "am", "nachm": "pm", "中午": "noon", "午夜": "midnight"}
"""Spellings of the halves that CLDR has no longer or never had; Meta's pages in Portuguese say ``da tarde/noite``.

In Chinese of Taiwan the day has seven parts: CLDR says 中午 from 12:00 to 13:00, and 午夜 at 0:00.
"""
_OWN_FILLERS = (
    "at on of the st nd rd th à le er um uhr den am de del a las la los as às o alle ore ora il do las kl klo om kello"
    " г года в о р року год godz r roku o v ve saat günü il tarixində lúc ngày năm pukul στις lo בשעה في الساعة ساعت"
    " klockan dia data time ci cı cu cü"
).split()
"""Words that providers put between date and time; CLDR's patterns bring more."""


def learned() -> Names:
    """Read the names of all languages from Babel."""
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
    while size and is_letter(literal[size - 1]):
        size -= 1
    return literal[size:]


def text_of(names: Names) -> str:
    """Return the table as JSON, one name a line, so that an update can be read as a difference."""
    tables = []
    for field in fields(names):
        table = getattr(names, field.name)
        if isinstance(table, dict):
            lines = [f"{_json(key)}:{_json(table[key])}" for key in sorted(table)]
            tables.append(f'"{field.name}":{{\n' + ",\n".join(lines) + "\n}")
        else:
            tables.append(f'"{field.name}":[\n' + ",\n".join(map(_json, sorted(table))) + "\n]")
    return "{" + ",\n".join(tables) + "}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


if __name__ == "__main__":
    TABLE.write_text(text_of(learned()), encoding="utf-8")

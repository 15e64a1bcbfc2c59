"""Sentences of ours that stay translatable: an English text that remembers its template and its values.

A ``Sentence`` is a ``str``, so every stage may print, seal and compare it as the English text that it is. A report in
another language looks its ``template`` up in a catalogue and fills in the same ``values``. Values keep their type:
whole numbers get the separators of the language, a ``Sentence`` inside a ``Sentence`` is translated as well, and any
other text is a quotation (an address, a name, a device) that no catalogue touches.

A number or a time that a sentence states in a form of its own (a rounded ratio, a day) is a ``Figure`` or a ``Stamp``: the
English text, which another language writes its own way. A time in a table stays a plain text, the same everywhere.

Templates are literals at the call (``say("{n} rows of {file}", n=3, file=name)``), so that the catalogue can be
extracted from the source. ``{{`` and ``}}`` stand for braces, as in ``str.format``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from string import Formatter
from types import MappingProxyType

Value = str | int | float
"""What a sentence may quote; a float is written in at most six digits, so round it first."""


class Figure(str):
    """A number as English writes it ("2,200", "0.44"); another language changes its separators and nothing else."""

    __slots__ = ()


class Recorded(str):
    """A text of ours that a table of the case keeps without its template, such as the rule by which a row is not used.

    Where a catalogue holds it, whole or as a template with values, it is said in the language; else it is a quotation.
    """

    __slots__ = ()


class Stamp(str):
    """A day, or an aware UTC time to the second (``zone`` "" or "UTC", as it is written), that a sentence states."""

    __slots__ = ("moment", "zone")

    moment: date
    zone: str

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the moment when a stamp is copied or sent to another process."""
        return (stamp, (self.moment, self.zone))


class Sentence(str):
    """English text of ours with what is needed to say it in another language.

    ``many`` is the template for any ``number`` but one ("" where nothing is counted). ``parts`` are the sentences of a
    paragraph, joined by ``between``; a paragraph has no template of its own.
    """

    __slots__ = ("between", "many", "number", "parts", "template", "values")

    template: str
    many: str
    number: int
    values: Mapping[str, Value]
    parts: tuple[str, ...]
    between: str

    def __reduce__(self) -> tuple[object, ...]:
        """Keep template and values when a sentence is copied or sent to another process."""
        return (
            rebuilt,
            (str(self), self.template, self.many, self.number, dict(self.values), self.parts, self.between),
        )


def say(template: str, /, **values: Value) -> Sentence:
    """Return a sentence; raise ``KeyError`` if the template names a value that is not given."""
    return rebuilt(_filled(template, values), template, "", 0, values, (), "")


def say_n(one: str, many: str, n: int, /, **values: Value) -> Sentence:
    """Return a sentence about ``n`` things, which both templates may quote as ``{n}``."""
    quoted: dict[str, Value] = {"n": n, **values}
    return rebuilt(_filled(one if n == 1 else many, quoted), one, many, n, quoted, (), "")


def paragraph(parts: Iterable[str], join: str = " ") -> Sentence:
    """Return several sentences as one text; empty ones are left out, quotations among them stay as they are."""
    held = tuple(part for part in parts if part)
    return rebuilt(join.join(held), "", "", 0, {}, held, join)


def stamp(moment: date, zone: str = "") -> Stamp:
    """Return a day as ``2020-03-11``, or a time in UTC to the second, with ``zone`` behind it."""
    if isinstance(moment, datetime):
        written = f"{moment.astimezone(UTC) if moment.tzinfo else moment:%Y-%m-%d %H:%M:%S}"
    else:
        written = moment.isoformat()
    made = Stamp(f"{written} {zone}" if zone else written)
    made.moment, made.zone = moment, zone
    return made


def dated(day: date | None) -> str:
    """Return a day that a sentence states, or that it is unknown."""
    return say("unknown") if day is None else stamp(day)


def plain(value: object) -> str:
    """Return a sentence as the text that it is, for encoders that take no subclass of ``str``; else ``TypeError``."""
    if isinstance(value, str):
        return str(value)
    message = f"cannot write a {type(value).__name__}"
    raise TypeError(message)


def template(text: str) -> str:
    """Return a template as it is; the call marks it for the catalogue where it is filled in elsewhere.

    Where a text is made for millions of rows, or travels through a table, it is made by ``template(…).format`` and becomes a
    sentence again by ``recalled`` where it is shown.
    """
    return text


def verbatim(text: str) -> Sentence:
    """Return a whole text of ours as a sentence without values, braces and all; it must be in the catalogue by itself."""
    return rebuilt(text, text.replace("{", "{{").replace("}", "}}"), "", 0, {}, (), "")


def recalled(text: str, templates: tuple[str, ...]) -> str:
    """Return the sentence that one of the templates makes of some values, or the text as it is if none does.

    The first template wins, so the more specific ones come first. The words stay the same whatever is recalled.
    """
    if isinstance(text, Sentence):
        return text
    for known in templates:
        found = _pattern(known).fullmatch(text)
        if found is not None and known.format(**found.groupdict()) == text:
            return rebuilt(text, known, "", 0, found.groupdict(), (), "")
    return text


@cache
def _pattern(known: str) -> re.Pattern[str]:
    """Return a pattern that takes a text apart into the values of a template; each value is as short as it can be."""
    held, seen = "", set[str]()
    for literal, name, _, _ in Formatter().parse(known):
        held += re.escape(literal)
        if name:
            held += f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
            seen.add(name)
    return re.compile(held, re.DOTALL)


def _filled(template: str, values: Mapping[str, Value]) -> str:
    return template.format(**{name: _english(value) for name, value in values.items()})


def _english(value: Value) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)


def rebuilt(  # noqa: PLR0913, PLR0917 - the slots of one value
    text: str, template: str, many: str, count: int, values: Mapping[str, Value], parts: tuple[str, ...], join: str
) -> Sentence:
    """Return a sentence of its slots: for what keeps whole sentences, and makes them again as they were."""
    made = Sentence(text)
    made.template, made.many, made.number, made.parts, made.between = template, many, count, parts, join
    made.values = MappingProxyType(dict(values))
    return made

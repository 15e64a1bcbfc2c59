"""Sentences of ours that stay translatable: an English text that remembers its template and its values.

A ``Sentence`` is a ``str``, so every stage may print, seal and compare it as the English text that it is. A report in
another language looks its ``template`` up in a catalogue and fills in the same ``values``. Values keep their type:
whole numbers get the separators of the language, a ``Sentence`` inside a ``Sentence`` is translated as well, and any
other text is a quotation (an address, a name, a device) that no catalogue touches.

Templates are literals at the call (``say("{n} rows of {file}", n=3, file=name)``), so that the catalogue can be
extracted from the source. ``{{`` and ``}}`` stand for braces, as in ``str.format``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

Value = str | int | float
"""What a sentence may quote; a float is written as given, so round it first."""


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
            _rebuilt,
            (str(self), self.template, self.many, self.number, dict(self.values), self.parts, self.between),
        )


def say(template: str, /, **values: Value) -> Sentence:
    """Return a sentence; raise ``KeyError`` if the template names a value that is not given."""
    return _rebuilt(_filled(template, values), template, "", 0, values, (), "")


def say_n(one: str, many: str, n: int, /, **values: Value) -> Sentence:
    """Return a sentence about ``n`` things, which both templates may quote as ``{n}``."""
    quoted: dict[str, Value] = {"n": n, **values}
    return _rebuilt(_filled(one if n == 1 else many, quoted), one, many, n, quoted, (), "")


def paragraph(parts: Iterable[str], join: str = " ") -> Sentence:
    """Return several sentences as one text; empty ones are left out, quotations among them stay as they are."""
    held = tuple(part for part in parts if part)
    return _rebuilt(join.join(held), "", "", 0, {}, held, join)


def _filled(template: str, values: Mapping[str, Value]) -> str:
    return template.format(**{name: _english(value) for name, value in values.items()})


def _english(value: Value) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _rebuilt(  # noqa: PLR0913, PLR0917 - the slots of one value
    text: str, template: str, many: str, count: int, values: Mapping[str, Value], parts: tuple[str, ...], join: str
) -> Sentence:
    made = Sentence(text)
    made.template, made.many, made.number, made.parts, made.between = template, many, count, parts, join
    made.values = MappingProxyType(dict(values))
    return made

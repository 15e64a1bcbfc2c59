"""Says our sentences in another language: template from the catalogue, values as that language writes them.

A sentence inside a sentence is said as well; a number gets the separators of the language, a day or time its words and
order (Babel, CLDR), always in 24 hours and in the zone that it names. Any other value is a quotation: no catalogue
touches it, and in a language that runs from right to left it stands between isolates (U+2068, U+2069; Unicode UAX 9), so
that an address keeps its order. What has no translation is said in English and counted in ``missing``.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from forensics.report.neutral import Spoken, visible
from forensics.sentence import Figure, Recorded, Sentence, Stamp, recalled

if TYPE_CHECKING:
    from babel import Locale

    from forensics.report.language.catalogue import Catalogue
    from forensics.report.language.speech import Speech
    from forensics.sentence import Value

ISOLATE, END = "\u2068", "\u2069"
_COMMAS: Final = {"ar": {", ": "، ", "; ": "؛ "}}
"""Separators of lists, in languages with marks of their own."""
_TELLING: Final = 3
"""A template is recognised by more than so many characters before its first value."""


class Translator:
    """Says sentences from one catalogue; ``missing`` counts the templates that it does not hold."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Take the catalogue; the data about numbers and dates are loaded with the first sentence."""
        self.catalogue = catalogue
        self.language = catalogue.language
        self.option = f" --lang {self.language}"
        self.missing: Counter[str] = Counter()

    @cached_property
    def _locale(self) -> Locale:
        from babel import Locale

        return Locale.parse(self.language)

    @cached_property
    def direction(self) -> str:
        """``ltr`` or ``rtl``, as CLDR tells it."""
        return str(self._locale.text_direction)

    @property
    def sides(self) -> tuple[Speech, ...]:
        """This language alone."""
        return (self,)

    def say(self, text: str) -> str:
        """Return a sentence, number or time of ours in the language; a quotation as it is."""
        if not isinstance(text, Sentence | Figure | Stamp | Recorded):
            return text
        made = self._value(text)
        return Spoken(made) if self.direction == "rtl" else made

    def _value(self, value: Value) -> str:
        if isinstance(value, Sentence):
            return self._sentence(value)
        if isinstance(value, Stamp):
            return self._stamp(value)
        if isinstance(value, Recorded):
            return self._recorded(value)
        if isinstance(value, str) and not isinstance(value, Figure):
            return self._quoted(value)
        written = value if isinstance(value, str) else f"{value:,}" if isinstance(value, int) else f"{value:g}"
        return written.translate(self._separators)

    def _quoted(self, text: str) -> str:
        """Return a quotation; its own isolates and other invisible characters are spelled before ours are put round it."""
        return text if self.direction == "ltr" else f"{ISOLATE}{visible(text)}{END}"

    def _sentence(self, said: Sentence) -> str:
        if said.parts:
            between = said.between
            joined = self._sentence(between) if isinstance(between, Sentence) else self._comma(between)
            return joined.join(map(self._value, said.parts))
        template = self._many(said) if said.many else self._one(said.template)
        return template.format(**{name: self._value(value) for name, value in said.values.items()})

    def _recorded(self, text: str) -> str:
        """Say a text that lost its template, if the catalogue holds it; the templates that begin like it are tried."""
        whole = self.catalogue.texts.get(text.replace("{", "{{").replace("}", "}}"))
        if whole is not None:
            return whole.format()
        likely = tuple(known for start, known in self._starts if text.startswith(start))
        found = recalled(text, likely)
        return self._sentence(found) if isinstance(found, Sentence) else self._quoted(text)

    @cached_property
    def _starts(self) -> tuple[tuple[str, str], ...]:
        """The templates with values that begin with words of their own, each with these words; longer ones first."""
        held = ((known.partition("{")[0], known) for known in self.catalogue.texts if "{" in known)
        return tuple(
            sorted((pair for pair in held if len(pair[0]) > _TELLING), key=lambda pair: (-len(pair[0]), pair[1]))
        )

    def _one(self, template: str) -> str:
        if not template:
            return template
        found = self.catalogue.texts.get(template)
        if found is None:
            self.missing[template] += 1
            return template
        return found

    def _many(self, said: Sentence) -> str:
        found = self.catalogue.forms.get(said.template)
        if found is None:
            self.missing[said.template] += 1
            return said.template if said.number == 1 else said.many
        return found[self.catalogue.form(abs(said.number))]

    def _comma(self, between: str) -> str:
        return _COMMAS.get(self.language, {}).get(between, between)

    @cached_property
    def _separators(self) -> dict[int, str]:
        from babel import numbers

        return str.maketrans(
            {
                ",": numbers.get_group_symbol(self._locale),
                ".": numbers.get_decimal_symbol(self._locale),
            }
        )

    def _stamp(self, value: Stamp) -> str:
        """Write a day in words; a time follows it to the second, with its zone."""
        from babel.dates import format_date

        day = str(format_date(_day(value.moment), "long", locale=self._locale))
        if not isinstance(value.moment, datetime):
            return day
        _, clock = str(value).removesuffix(value.zone).strip().split(" ")
        return f"{day}{self._comma(', ')}{clock}{' ' if value.zone else ''}{value.zone}"


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment

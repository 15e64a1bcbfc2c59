"""The one door by which text enters an HTML page: said in the language of the page, made harmless, escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from forensics.report.language.both import Pair
from forensics.report.neutral import CELL, Spoken, clip, defang, readable, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from forensics.report.language.speech import Speech

LONG = 4000
"""Longest passage; only absurd lengths are cut."""


class Door:
    """Puts text into a page of one language, or of two."""

    def __init__(self, speech: Speech) -> None:
        """Take the language of the page."""
        self.speech = speech

    def bare(self, value: object) -> object:
        """Make harmless whatever a template prints without a filter, so that forgetting a filter is no hole."""
        if not isinstance(value, str) or hasattr(value, "__html__"):
            return value
        said = self.speech.say(value)
        if isinstance(said, Pair):
            return self._both(said, lambda text: str(escape(visible(defang(text)))))
        return visible(defang(said))

    def cell(self, value: object, limit: int = CELL) -> Markup:
        """Return text for a cell: clipped, defanged, visible, escaped, and isolated in its writing direction."""
        said = self._said(value)
        most = limit if said is value else LONG
        return self._isolated(said, lambda text: str(escape(readable(text, most))))

    def passage(self, value: object) -> Markup:
        """Return a sentence that may quote evidence; only absurd lengths are cut. Line breaks of a note are kept."""
        return self._isolated(self._said(value), _passage)

    def attribute(self, value: object) -> str:
        """Return text for an attribute or a title, which hold no markup."""
        return self.line(value)

    def line(self, value: object) -> str:
        """Return text as one line without markup."""
        said = self._said(value)
        if isinstance(said, Pair):
            return Spoken(f"{readable(said.first)} / {readable(said.second)}")
        return readable(said)

    def _said(self, value: object) -> str:
        return self.speech.say(value if isinstance(value, str) else str(value))

    def _isolated(self, said: str, show: Callable[[str], str]) -> Markup:
        if isinstance(said, Pair):
            return self._both(said, show)
        return Markup(f"<bdi>{show(said)}</bdi>")  # noqa: S704 - shown texts are escaped

    def _both(self, said: Pair, show: Callable[[str], str]) -> Markup:
        sides = zip((said.first, said.second), self.speech.sides, strict=True)
        stroke = '<span class="or" aria-hidden="true"> / </span>'
        made = stroke.join(
            f'<span lang="{one.language}" dir="{one.direction}">{show(text)}</span>' for text, one in sides
        )
        return Markup(f'<span class="both">{made}</span>')  # noqa: S704 - shown texts are escaped


def _passage(text: str) -> str:
    held = clip(defang(text), LONG)
    kind = Spoken if isinstance(held, Spoken) else str
    return "\n".join(str(escape(visible(kind(line)))) for line in held.split("\n"))
